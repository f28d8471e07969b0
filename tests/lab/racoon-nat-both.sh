#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoon and its peers, each behind a NAT of its own
# needs: nft
# timeout: 900
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"
# shellcheck source=tests/lib/swan.sh
. "$XT_TOP/tests/lib/swan.sh"
# shellcheck source=tests/lib/libreswan.sh
. "$XT_TOP/tests/lib/libreswan.sh"

# ha is a racoon.  The gateways ga and gb are the NATs, which know nothing of
# each other's inside and hand ports 500 and 4500 on to ha and hb.
KEY="a key for two NATs"
A=10.11.0.2 B=10.12.0.2 NA=192.0.2.1 NB=192.0.2.2
GROUP=19

nat() {	# HOST INSIDE
	ip -n "$1" route flush proto boot &&
		on "$1" nft "
			add table ip nat
			add chain ip nat in { type nat hook prerouting priority -100; }
			add rule ip nat in iifname $WIRE udp dport { 500, 4500 } dnat to $2
			add chain ip nat out { type nat hook postrouting priority 100; }
			add rule ip nat out oifname $WIRE masquerade random"
}

# A racoon on HOST, and how it finds the other.
racoon_on() {	# HOST SELF PEER NAT
	{
		echo "timer { natt_keepalive 5 sec; }"
		rc_remote "$4" group="$GROUP" more="nat_traversal on;
			proposal_check obey; dpd_delay 5;"
		rc_sainfo pfs="$GROUP"
	} | rc_conf "$1"
	: > "$XT_TMP/$1/psk.txt"
	rc_psk "$1" "$4" "$KEY"
	rc_policies "$1" "$2" "$3" "esp/tunnel/$2-$4/require" \
		"esp/tunnel/$4-$2/require"
	rc_start "$1"
}

# Connections that the NATs remember do not count for the next story.
forget() {
	local h
	for h in ga gb; do
		on $h sysctl -qw net.netfilter.nf_conntrack_udp_timeout=1 \
			net.netfilter.nf_conntrack_udp_timeout_stream=1
	done
	sleep 2.5
	for h in ga gb; do
		on $h sysctl -qw net.netfilter.nf_conntrack_udp_timeout=600 \
			net.netfilter.nf_conntrack_udp_timeout_stream=600
	done
}

comes_up() {	# NAME FROM TO COMMAND ...
	local name=$1 from=$2 to=$3
	shift 3
	cap_start nats
	"$@" > /dev/null 2>&1
	if wait_for 30 ping_ok "$from" "$to"; then
		pass "$name: comes up"
	else
		fail "$name: comes up" "no tunnel"
		rc_tail ha
		"$PEER_TAIL" hb
	fi
	expect "$name: from a" ping_ok ha $B
	expect "$name: from b" ping_ok hb $A
	expect "$name: TCP" flow tcp ha hb $B 7 20000
	cap_stop nats
	expect "$name: ESP in UDP only" cap_only nats esp-udp ike
}

wanted() {	# NAME: is it among those that XT_ROWS asks for?
	grep -Eq "${XT_ROWS:-.}" <<< "$1"
}

# Both daemons are there: a's begins, then b's; in between nothing is left.
story() {	# NAME COMMAND ... that makes b begin
	local name=$1
	shift
	comes_up "racoon to $name" ha $B on ha ping -q -c 1 -W 1 $B
	rc_stop ha
	expect "racoon to $name: nothing is left" [ -z "$(ip -n ha xfrm state)" ]
	forget
	expect "racoon starts again" rc_start ha
	comes_up "$name to racoon" hb $A "$@"
	rc_stop ha
	on ha setkey -FP
	forget
}

net_gateways && nat ga $A && nat gb $B || exit 1
PEER_TAIL=rc_tail
if wanted racoon; then
	expect "a racoon starts" racoon_on ha $A $B $NB
	expect "the other one starts" racoon_on hb $B $A $NA
	story racoon on hb ping -q -c 1 -W 1 $A
	rc_stop hb
	on hb setkey -FP
fi

SW_HOST=hb PEER_TAIL=sw_tail
if wanted strongSwan && sw_here && sw_start; then
	{
		sw_conn nats local=$B remote=$NA id=$B rid=$A start=none \
			lts=$B/32 rts=$A/32
		sw_psk nats "$KEY"
	} | sw_load
	expect "a racoon starts" racoon_on ha $A $B $NB
	story strongSwan sw --initiate --child nats
	sw_stop TERM
fi

PEER_TAIL=pl_tail GROUP=14
if wanted libreswan && pl_here && pl_start hb; then
	pl_psk hb "$KEY"
	pl_conn nats left=$B right=$NA id=$B rid=$A lts=$B/32 rts=$A/32 |
		pl_load hb nats
	expect "a racoon starts" racoon_on ha $A $B $NB
	story libreswan pl hb --initiate --name nats
	pl_stop hb
fi
finish
