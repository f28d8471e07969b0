#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoon and strongSwan on both sides of a NAT that forgets and moves
# needs: nft
# timeout: 900
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"
# shellcheck source=tests/lib/swan.sh
. "$XT_TOP/tests/lib/swan.sh"

KEY="a key for a NAT"

# A second host behind the NAT, c; for each new connection the NAT takes another
# port.
nat_lab() {
	net_nat && net_host c && net_link c lan n lan2 &&
		net_addr c lan 10.2.0.1/24 && net_addr n lan2 10.2.0.254/24 &&
		net_know c lan n lan2 &&
		ip -n c route add default via 10.2.0.254 &&
		ip -n b route add 10.0.0.0/8 via 192.0.2.254 &&
		on n nft "
			flush chain ip nat out
			add rule ip nat out oifname $WIRE masquerade random" &&
		nat_memory 600
}

nat_memory() {	# SECONDS
	on n sysctl -qw "net.netfilter.nf_conntrack_udp_timeout=$1" \
		"net.netfilter.nf_conntrack_udp_timeout_stream=$1"
}

# The NAT forgets the connections of these hosts.
nat_forgets() {	# HOST ...
	local h
	nat_memory 1
	for h; do
		ping_ok "$h" 192.0.2.2
	done
	sleep 2.5
	nat_memory 600
}

racoon_client() {	# HOST ADDRESS
	{
		echo "timer { natt_keepalive 20 sec; }"
		rc_remote 192.0.2.2 more="nat_traversal on; proposal_check obey;"
		rc_sainfo
	} | rc_conf "$1"
	: > "$XT_TMP/$1/psk.txt"
	rc_psk "$1" 192.0.2.2 "$KEY"
	rc_policies "$1" "$2" 192.0.2.2 "esp/tunnel/$2-192.0.2.2/require" \
		"esp/tunnel/192.0.2.2-$2/require"
	rc_start "$1"
}

comes_up() {	# NAME HOST
	on "$2" ping -q -c 1 -W 1 192.0.2.2 > /dev/null 2>&1
	if wait_for 20 ping_ok "$2" 192.0.2.2; then
		pass "$1: comes up"
	else
		fail "$1: comes up" "no tunnel"
		RC_TAIL=60 rc_tail a b
		sw_tail
	fi
}

# Besides ESP in UDP and IKE, the NAT's own words: ARP, ports unreachable.
in_udp() {	# NAME of a capture
	expect "$1: ESP in UDP" [ "$(cap_count "$1" "$(cap_expr esp-udp)")" -gt 50 ]
	expect "$1: nothing in clear" [ -z "$(cap_show "$1" "tcp or
		(ip proto 1 and icmp[0] != 3) or (udp and not ($(cap_expr esp-udp ike)))")" ]
}

back_to() {	# NAME ADDRESS: b reaches it
	expect "$1: and back" ping_ok b "$2"
}

sw_here || finish
nat_lab || exit 1

# ---- b is a racoon that makes its policies from what clients ask for
{
	rc_remote anonymous more='nat_traversal on; passive on;
		generate_policy unique; proposal_check obey;'
	rc_sainfo
} | rc_conf b
rc_psk b 192.0.2.254 "$KEY"
rc_psk b 192.0.2.253 "$KEY"
expect "b starts" rc_start b
cap_start nat
expect "a starts" racoon_client a 10.1.0.1
SW_HOST=c
sw_start || fail strongswan "charon does not start"
{
	sw_conn c local=10.2.0.1 remote=192.0.2.2 ike=aes128-sha256-ecp256 \
		lts=10.2.0.1/32 rts=192.0.2.2/32
	sw_psk c "$KEY"
} | sw_load
comes_up "racoon to racoon" a
back_to "racoon to racoon" 10.1.0.1
comes_up "strongSwan to racoon, the same NAT" c
back_to "strongSwan to racoon" 10.2.0.1
expect "racoon still works" ping_ok a 192.0.2.2
back_to "racoon still" 10.1.0.1
expect "TCP to a" flow tcp b a 10.1.0.1 7 20000
expect "TCP from c" flow tcp c b 192.0.2.2 7 20000

nat_forgets a c
expect "another port: racoon" ping_ok a 192.0.2.2
back_to "another port: racoon" 10.1.0.1
expect "another port: strongSwan" ping_ok c 192.0.2.2
back_to "another port: strongSwan" 10.2.0.1
expect "b saw the port change" rc_says b 'NAT-T: ports changed'

# the NAT gets another address
nat_memory 1
ping_ok a 192.0.2.2 && ping_ok c 192.0.2.2
ip -n n addr flush dev $WIRE
net_addr n $WIRE 192.0.2.253/24
net_know n $WIRE b $WIRE
ip -n b route replace 10.0.0.0/8 via 192.0.2.253
sleep 2.5
nat_memory 600
expect "another address: racoon" wait_for 10 ping_ok a 192.0.2.2
back_to "another address: racoon" 10.1.0.1
expect "another address: strongSwan" wait_for 10 ping_ok c 192.0.2.2
back_to "another address: strongSwan" 10.2.0.1
cap_stop nat
in_udp nat
if [ $XT_FAILED -gt 0 ]; then
	on b ip xfrm policy | grep -v socket
	on b ip xfrm state | grep -E 'src|encap|reqid'
	RC_TAIL=400 rc_tail b | grep -v DEBUG
fi
sw_stop TERM
rc_stop a
rc_stop b
expect "b has nothing left" test -z "$(ip -n b xfrm state)$(ip -n b xfrm policy)"
on a setkey -FP

# ---- b is strongSwan
SW_HOST=b
sw_start || fail strongswan "charon does not start"
{
	sw_conn a local=192.0.2.2 lts=192.0.2.2/32 rts=10.1.0.1/32 start=none \
		rid=10.1.0.1 conn='dpd_delay = 30s'
	sw_psk a "$KEY"
} | sw_load
cap_start nat2
expect "a starts again" racoon_client a 10.1.0.1
comes_up "racoon to strongSwan" a
back_to "racoon to strongSwan" 10.1.0.1
expect "racoon to strongSwan: TCP" flow tcp a b 192.0.2.2 7 20000
nat_forgets a
expect "another port: racoon to strongSwan" ping_ok a 192.0.2.2
back_to "another port: racoon to strongSwan" 10.1.0.1
expect "rekeyed by strongSwan" sw --rekey --child a
expect "works after that" ping_ok a 192.0.2.2
expect "two pairs" wait_for 5 rc_up a 2
cap_stop nat2
in_udp nat2
if [ $XT_FAILED -gt 0 ]; then
	RC_TAIL=400 rc_tail a | grep -v DEBUG
	sw_tail
fi
sw_stop TERM
rc_stop a
finish
