#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoon with racoon and strongSwan: restarts, crashes, new addresses
# timeout: 900
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"
# shellcheck source=tests/lib/swan.sh
. "$XT_TOP/tests/lib/swan.sh"

KEY="a key for restarts"
DPD="dpd_delay 3; dpd_retry 1; dpd_maxfail 3; proposal_check obey;"

# a and b talk by policies of their own; c is a client whose policies b makes.
gateway() {	# HOST PEER [CLIENT]
	local h=$1 id
	{
		rc_remote "$2" more="$DPD"
		[ $# -lt 3 ] || rc_remote "$3" more="$DPD passive on;
			generate_policy unique;"
		rc_sainfo
	} | rc_conf "$h"
	shift
	for id; do
		rc_psk "$h" "$id" "$KEY"
	done
}

# SAs and policies of somebody else on b, which have to outlive everything
foreign() {
	ip -n b xfrm state add src 10.1.0.2 dst 10.9.9.9 proto esp spi 0x9999 \
		mode transport enc 'cbc(aes)' 0x000102030405060708090a0b0c0d0e0f \
		auth 'hmac(sha1)' 0x000102030405060708090a0b0c0d0e0f10111213
	ip -n b xfrm policy add src 10.1.0.2 dst 10.9.9.9 dir out \
		tmpl proto esp mode transport
}

foreign_there() {
	ip -n b xfrm state | grep -q 0x00009999 &&
		ip -n b xfrm policy | grep -q 10.9.9.9
}

# SAs between two addresses on a host, larval ones and its acquires aside
sas() {	# HOST ADDRESS ADDRESS
	{
		ip -n "$1" xfrm state list src "$2" dst "$3"
		ip -n "$1" xfrm state list src "$3" dst "$2"
	} | grep -c 'spi 0x0*[1-9a-f]'
}

sas_are() {	# HOST ADDRESS ADDRESS N
	[ "$(sas "$1" "$2" "$3")" = "$4" ]
}

generated() {	# are b's policies for c there?
	ip -n b xfrm policy | grep -q 10.1.0.3
}

one_pair() {	# NAME: after a while, one pair of SAs on both sides
	wait_for 15 sas_are a 10.1.0.1 10.1.0.2 2 &&
		wait_for 15 sas_are b 10.1.0.1 10.1.0.2 2
	expect "$1: one pair of SAs on each side" [ "$(sas a 10.1.0.1 10.1.0.2
		) $(sas b 10.1.0.1 10.1.0.2)" = "2 2" ]
}

sw_here || finish
net_hosts && net_spoke c 3 || exit 1
foreign
gateway a 10.1.0.2
gateway b 10.1.0.1 10.1.0.3
gateway c 10.1.0.2
rc_policies a 10.1.0.1 10.1.0.2 esp/transport//require
rc_policies b 10.1.0.2 10.1.0.1 esp/transport//require
rc_policies c 10.1.0.3 10.1.0.2 esp/transport//require
cap_start all w right
for h in a b c; do
	expect "$h starts" rc_start $h
done
back_within "a begins" 20 a 10.1.0.2
back_within "c begins" 20 c 10.1.0.2
expect "b made policies for c" generated

# ---- b crashes and starts again: what it left goes, and a's DPD finds out
rc_stop b KILL
expect "crash: the kernel carries on" ping_ok a 10.1.0.2
expect "crash: its SAs are there" sas_are b 10.1.0.1 10.1.0.2 2
rc_start b
expect "crash: its SAs went when it started" sas_are b 10.1.0.1 10.1.0.2 0
expect_not "crash: and the policies it had made" generated
expect "crash: what is not its own stays" foreign_there
back_within "crash, a talks" 25 a 10.1.0.2
back_within "crash, c talks" 25 c 10.1.0.2
one_pair "crash"

# ---- again, and b talks first: INITIAL-CONTACT makes a forget the old SAs
rc_stop b KILL
rc_start b
back_within "crash, b talks" 15 b 10.1.0.1
expect "crash, b talks: INITIAL-CONTACT" rc_says a 'received INITIAL-CONTACT'
one_pair "crash, b talks"

# ---- it ends in order: peers are told, and come back at once
rc_stop b
wait_for 5 sas_are a 10.1.0.1 10.1.0.2 0
expect "end: a was told" sas_are a 10.1.0.1 10.1.0.2 0
expect "end: nothing is left on b" sas_are b 10.1.0.1 10.1.0.2 0
expect_not "end: nor the policies it made" generated
expect "end: what is not its own stays" foreign_there
rc_start b
back_within "end" 15 a 10.1.0.2
rc_stop c

# ---- strongSwan in b's place
rc_stop b
on b setkey -FP
on b setkey -F
foreign
swan() {
	sw_start || fail strongswan "charon does not start"
	{
		sw_conn a local=10.1.0.2 remote=10.1.0.1 kind=transport \
			conn='dpd_delay = 3s' child='dpd_action = clear'
		sw_psk a "$KEY"
	} | sw_load
}
swan_reboots() {	# as if its machine had lost power
	sw_stop KILL
	ip -n b xfrm state flush
	ip -n b xfrm policy flush
	swan
}
swan
back_within "strongSwan, a begins" 20 a 10.1.0.2
swan_reboots
back_within "strongSwan crash, b talks" 20 b 10.1.0.1
wait_for 15 sas_are a 10.1.0.1 10.1.0.2 2
expect "strongSwan crash: no SAs of before on a" sas_are a 10.1.0.1 10.1.0.2 2
swan_reboots
back_within "strongSwan crash, a talks" 30 a 10.1.0.2
sw_stop TERM
wait_for 5 sas_are a 10.1.0.1 10.1.0.2 0
expect "strongSwan end: a was told" sas_are a 10.1.0.1 10.1.0.2 0
swan
back_within "strongSwan end" 20 a 10.1.0.2
rc_stop a KILL
rc_start a
back_within "racoon crash" 20 a 10.1.0.2
expect "racoon crash: strongSwan has one IKE SA" \
	[ "$(sw --list-sas | grep -c ESTABLISHED)" = 1 ]
rc_stop a
expect "racoon end: strongSwan was told" \
	wait_for 5 test -z "$(sw --list-sas | grep ESTABLISHED)"
expect "racoon end: nothing is left" sas_are a 10.1.0.1 10.1.0.2 0
[ $XT_FAILED -eq 0 ] || RC_TAIL=80 sw_tail
sw_stop TERM
on b setkey -FP
on b setkey -F

# ---- a's address goes and comes, and another comes
on a setkey -FP
on a setkey -F
gateway b anonymous
for id in 10.1.0.1 10.1.0.9; do
	rc_psk b $id "$KEY"
done
rc_policies a 10.1.0.0/24 10.1.0.2 esp/transport//require
rc_policies b 10.1.0.2 10.1.0.0/24 esp/transport//require
rc_start a
rc_start b
back_within "address" 20 a 10.1.0.2
ip -n a addr flush dev $WIRE
expect "address gone: so are its SAs" wait_for 5 sas_are a 10.1.0.1 10.1.0.2 0
net_addr a $WIRE 10.1.0.1/24
net_know a $WIRE b $WIRE
back_within "the address comes again" 20 a 10.1.0.2
ip -n a addr flush dev $WIRE
net_addr a $WIRE 10.1.0.9/24
net_know a $WIRE b $WIRE
back_within "another address" 20 a 10.1.0.2
expect "another address: SAs of it" sas_are a 10.1.0.9 10.1.0.2 2
rc_stop a
rc_stop b
for h in a b c; do
	expect "nothing is left on $h" test -z "$(ip -n $h xfrm state)"
done
cap_stop all
expect "there was ESP" [ "$(cap_count all "$(cap_expr esp)")" -gt 50 ]
# what says that nobody listens to IKE may pass
expect "nothing in clear" [ -z "$(cap_show all 'icmp and icmp[0] != 3')" ]
finish
