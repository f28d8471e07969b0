#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: setkey: between networks, across families, through NAT
# timeout: 300
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"

ESP="-E aes-cbc 0x000102030405060708090a0b0c0d0e0f
	-A hmac-sha1 0x000102030405060708090a0b0c0d0e0f10111213"
AH="-A hmac-sha256-128
	0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

load() {	# HOST, text on stdin
	local said
	if ! said=$(on "$1" setkey -f - 2>&1) || [ -n "$said" ]; then
		echo "$said"
		return 1
	fi
}

# The same SAs on both gateways, the policies of each.
both() {	# NAME SADB POLICIES-OF-GA POLICIES-OF-GB
	expect "$1: load on ga" load ga <<< "flush; spdflush; $2 $3"
	expect "$1: load on gb" load gb <<< "flush; spdflush; $2 $4"
}

# Ping and TCP both ways between the hosts behind the gateways.
cross() {	# NAME FAMILY
	local ha=10.11.0.2 hb=10.12.0.2
	[ "$2" = 4 ] || { ha=fd11::2 hb=fd12::2; }
	expect "$1: ping there" ping_ok ha $hb
	expect "$1: ping back" ping_ok hb $ha
	expect "$1: TCP" flow tcp ha hb $hb 7 20000
	expect "$1: big UDP" flow udp hb ha $ha 7 3000 2
}

captured() {	# NAME WORD ...: stop, and only this was on the wire
	local name=$1
	shift
	expect "$name: capture" cap_stop "$name"
	expect "$name: only $*" cap_only "$name" "$@"
	expect_not "$name: no text readable" cap_has_text "$name" "in clear text"
}

# Policies for the networks of FAMILY with RULE text, A and B in it being the
# gateways' addresses; printed for ga, or for gb.
nets() {	# ga|gb FAMILY RULES, with @A and @B of the near and far gateway
	local near=10.11.0.0/24 far=10.12.0.0/24 a=192.0.2.1 b=192.0.2.2 out in
	[ "$2" = 4 ] || { near=fd11::/64 far=fd12::/64; }
	case $3 in
	*@6*)	a=2001:db8::1 b=2001:db8::2 ;;
	esac
	if [ "$1" = gb ]; then
		set -- "$1" "$2" "$3" "$near" "$a"
		near=$far far=$4 a=$b b=$5
	fi
	out=${3//@[46]/$a-$b}
	in=${3//@[46]/$b-$a}
	echo "spdadd $near $far any -P out ipsec $out;"
	echo "spdadd $far $near any -P in ipsec $in;"
}

net_gateways || exit 1

# ---- ESP tunnel, each family in its own
cap_start esp || exit 1
both esp "add 192.0.2.1 192.0.2.2 esp 0x1001 -m tunnel $ESP;
	add 192.0.2.2 192.0.2.1 esp 0x1002 -m tunnel $ESP;
	add 2001:db8::1 2001:db8::2 esp 0x1061 -m tunnel $ESP;
	add 2001:db8::2 2001:db8::1 esp 0x1062 -m tunnel $ESP;" \
	"$(nets ga 4 esp/tunnel/@4/require; nets ga 6 esp/tunnel/@6/require)" \
	"$(nets gb 4 esp/tunnel/@4/require; nets gb 6 esp/tunnel/@6/require)"
cross "esp IPv4" 4
cross "esp IPv6" 6
captured esp esp

# ---- one family through a tunnel of the other
cap_start mixed || exit 1
both mixed "add 192.0.2.1 192.0.2.2 esp 0x2001 -m tunnel -u 6 -f af-unspec $ESP;
	add 192.0.2.2 192.0.2.1 esp 0x2002 -m tunnel -u 6 -f af-unspec $ESP;
	add 2001:db8::1 2001:db8::2 esp 0x2061 -m tunnel -u 4 -f af-unspec $ESP;
	add 2001:db8::2 2001:db8::1 esp 0x2062 -m tunnel -u 4 -f af-unspec $ESP;" \
	"$(nets ga 6 esp/tunnel/@4/unique:6; nets ga 4 esp/tunnel/@6/unique:4)" \
	"$(nets gb 6 esp/tunnel/@4/unique:6; nets gb 4 esp/tunnel/@6/unique:4)"
cross "IPv6 in IPv4" 6
cross "IPv4 in IPv6" 4
captured mixed esp

# ---- ESP tunnel, AH around it
cap_start bundle || exit 1
both bundle "add 192.0.2.1 192.0.2.2 esp 0x3001 -m tunnel $ESP;
	add 192.0.2.2 192.0.2.1 esp 0x3002 -m tunnel $ESP;
	add 192.0.2.1 192.0.2.2 ah 0x3003 $AH;
	add 192.0.2.2 192.0.2.1 ah 0x3004 $AH;" \
	"$(nets ga 4 "esp/tunnel/@4/require ah/transport//require")" \
	"$(nets gb 4 "esp/tunnel/@4/require ah/transport//require")"
cross bundle 4
captured bundle ah
expect "bundle: ESP inside of AH" \
	[ "$(cap_count bundle 'ah and ip[20] == 50')" -gt 0 ]

# ---- a hole in the tunnel, and a wall
cap_start hole || exit 1
sas="add 192.0.2.1 192.0.2.2 esp 0x4001 -m tunnel $ESP;
	add 192.0.2.2 192.0.2.1 esp 0x4002 -m tunnel $ESP;"
for h in ga gb; do
	near=10.11.0.0/24 far=10.12.0.0/24
	[ $h = ga ] || { near=10.12.0.0/24 far=10.11.0.0/24; }
	expect "hole: load on $h" load $h <<< "flush; spdflush; $sas
		$(nets $h 4 esp/tunnel/@4/require)
		spdadd $near ${far}[7] tcp -P out prio 100 none;
		spdadd ${near}[7] $far tcp -P out prio 100 none;
		spdadd $far ${near}[7] tcp -P in prio 100 none;
		spdadd ${far}[7] $near tcp -P in prio 100 none;
		spdadd $near ${far}[9] udp -P out prio 100 discard;"
done
expect "hole: ping is protected" ping_ok ha 10.12.0.2
expect "hole: TCP port 7 passes" flow tcp ha hb 10.12.0.2 7 1000
expect_not "hole: UDP port 9 does not" \
	on ha timeout 2 xtnet talk udp 10.12.0.2 9 100
expect "hole: capture" cap_stop hole
expect "hole: TCP in clear, the rest in ESP" cap_only hole esp tcp
net_down

# ---- through NAT: ESP in UDP from the inside
net_nat || exit 1
ip -n a addr add 10.21.0.1/32 dev lo
ip -n b addr add 10.22.0.1/32 dev lo
ip -n a route add 10.22.0.0/24 via 10.1.0.254 src 10.21.0.1
ip -n b route add 10.21.0.0/24 via 192.0.2.254 src 10.22.0.1
start_ready a xtnet encap 4 4500 || exit 1
start_ready b xtnet encap 4 4500 || exit 1
expect "nat: load on a" load a <<END
add 10.1.0.1[4500] 192.0.2.2[4500] esp-udp 0x5001 -m tunnel $ESP;
add 192.0.2.2[4500] 10.1.0.1[4500] esp-udp 0x5002 -m tunnel $ESP;
spdadd 10.21.0.0/24 10.22.0.0/24 any -P out ipsec esp/tunnel/10.1.0.1-192.0.2.2/require;
spdadd 10.22.0.0/24 10.21.0.0/24 any -P in ipsec esp/tunnel/192.0.2.2-10.1.0.1/require;
END
# b sees the address of the NAT; the port stays, nobody else uses it
expect "nat: load on b" load b <<END
add 192.0.2.254[4500] 192.0.2.2[4500] esp-udp 0x5001 -m tunnel $ESP;
add 192.0.2.2[4500] 192.0.2.254[4500] esp-udp 0x5002 -m tunnel $ESP;
spdadd 10.22.0.0/24 10.21.0.0/24 any -P out ipsec esp/tunnel/192.0.2.2-192.0.2.254/require;
spdadd 10.21.0.0/24 10.22.0.0/24 any -P in ipsec esp/tunnel/192.0.2.254-192.0.2.2/require;
END
cap_start nat || exit 1
expect "nat: ping" ping_ok a 10.22.0.1 -I 10.21.0.1
expect "nat: TCP" flow tcp a b 10.22.0.1 7 20000 1 10.21.0.1
captured nat esp-udp
expect "nat: the inside is hidden" [ "$(cap_count nat 'host 10.1.0.1')" -eq 0 ]
finish
