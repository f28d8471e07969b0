#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: the test bed itself: topologies, traffic, captures
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"

# ---- two hosts: clear, and keyed with nothing but iproute2
net_hosts || exit 1
cap_start clear || exit 1
expect "hosts ping4" ping_ok a 10.1.0.2
expect "hosts ping6" ping_ok b fd01::1
expect "hosts tcp" flow tcp a b fd01::2 7 20000 3
expect "hosts udp" flow udp b a 10.1.0.1 7 1000 3
expect "capture ends" cap_stop clear
expect "clear text is seen" cap_has_text clear "in clear text"
expect_not "clear is not ESP" only_esp_or_ah clear 2> /dev/null
expect_not "clear is not ESP alone" cap_only clear esp 2> /dev/null
expect "clear is ICMP, TCP and UDP" cap_only clear icmp icmp6 tcp udp

key_pair() {	# SRC DST SPI
	local h
	for h in a b; do
		ip -n $h xfrm state add src "$1" dst "$2" proto esp spi "$3" \
			mode transport \
			enc 'cbc(aes)' 0x000102030405060708090a0b0c0d0e0f \
			auth 'hmac(sha1)' 0x000102030405060708090a0b0c0d0e0f10111213
	done
}

policies() {	# HOST LOCAL REMOTE
	ip -n "$1" xfrm policy add src "$2" dst "$3" dir out \
		tmpl proto esp mode transport
	ip -n "$1" xfrm policy add src "$3" dst "$2" dir in \
		tmpl proto esp mode transport
}

key_pair 10.1.0.1 10.1.0.2 0x1001
key_pair 10.1.0.2 10.1.0.1 0x1002
policies a 10.1.0.1 10.1.0.2
policies b 10.1.0.2 10.1.0.1
cap_start esp || exit 1
expect "keyed ping4" ping_ok a 10.1.0.2 -s 3000
expect "keyed tcp" flow tcp a b 10.1.0.2 7 20000 3
expect "capture ends again" cap_stop esp
expect "only ESP on the wire" only_esp_or_ah esp
expect "only ESP by name" cap_only esp esp
expect_not "no AH there" cap_only esp esp ah 2> /dev/null
expect_not "no text readable" cap_has_text esp "in clear text"
ip -n b xfrm state flush
expect "without SAs nothing passes" ping_fails a 10.1.0.2
net_down

# ---- two gateways
net_gateways || exit 1

# ESP tunnel between them for IPv4: FROM and TO are the networks, SRC and DST
# the gateways' addresses, IN the gateway where it comes in.
tunnel() {	# FROM TO SRC DST SPI IN
	local h dir dirs
	for h in ga gb; do
		ip -n $h xfrm state add src "$3" dst "$4" proto esp spi "$5" \
			mode tunnel \
			enc 'cbc(aes)' 0x000102030405060708090a0b0c0d0e0f \
			auth 'hmac(sha1)' 0x000102030405060708090a0b0c0d0e0f10111213
		dirs=out
		[ $h = "$6" ] && dirs="in fwd"
		for dir in $dirs; do
			ip -n $h xfrm policy add src "$1" dst "$2" dir "$dir" \
				tmpl src "$3" dst "$4" proto esp mode tunnel
		done
	done
}

tunnel 10.11.0.0/24 10.12.0.0/24 192.0.2.1 192.0.2.2 0x2001 gb
tunnel 10.12.0.0/24 10.11.0.0/24 192.0.2.2 192.0.2.1 0x2002 ga
cap_start tunnel || exit 1
expect "gateways ping4" ping_ok ha 10.12.0.2
expect "gateways ping6" ping_ok hb fd11::2
expect "gateways tcp" flow tcp ha hb fd12::2 7 20000
expect "gateways capture ends" cap_stop tunnel
expect_not "IPv6 went in clear" cap_only tunnel esp 2> /dev/null
expect "IPv4 did not" [ "$(cap_count tunnel 'ip and not ip proto 50')" -eq 0 ]
expect "but in ESP" [ "$(cap_count tunnel 'ip proto 50')" -gt 0 ]
net_down

# ---- NAT
net_nat || exit 1
cap_start nat || exit 1
expect "NAT ping" ping_ok a 192.0.2.2
expect "NAT udp" flow udp a b 192.0.2.2 7 100
expect "NAT capture ends" cap_stop nat
expect "NAT hides the inside" [ "$(cap_count nat 'host 10.1.0.1')" -eq 0 ]
expect "NAT shows the outside" [ "$(cap_count nat 'src 192.0.2.254')" -gt 0 ]
finish
