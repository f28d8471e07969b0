#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoon with strongSwan: renewal under traffic, by either side, by bytes
# timeout: 900
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"
# shellcheck source=tests/lib/swan.sh
. "$XT_TOP/tests/lib/swan.sh"

# strongSwan is b. Around it are racoons, each with a ping that runs all the
# time, and all of them renew at once:
#	a	racoon renews phase 1 and phase 2 by time
#	c	strongSwan does
#	d	racoon renews phase 2 by bytes
#	e	strongSwan does
LONG="rekey_time = 3600s"
SECONDS_LONG=45

racoon_side() {	# HOST ADDRESS LIFE1 SAINFO-KEY=VALUE ...
	local h=$1 addr=$2 life1=$3
	shift 3
	{
		rc_remote 10.1.0.2 "life=$life1" more='proposal_check obey;'
		rc_sainfo "$@"
	} | rc_conf "$h"
	rc_psk "$h" 10.1.0.2 "a key for life"
	rc_policies "$h" "$addr" 10.1.0.2 esp/transport//require
	rc_start "$h"
}

swan_side() {	# NAME ADDRESS CONN CHILD
	sw_conn "$1" local=10.1.0.2 remote="$2" kind=transport \
		conn="$3" child="$4"
}

sw_here || finish
net_hosts && net_spoke c 3 && net_spoke d 4 && net_spoke e 5 || exit 1
sw_start || {
	fail strongswan "charon does not start"
	finish
}
{
	swan_side a 10.1.0.1 "$LONG" "$LONG"
	swan_side c 10.1.0.3 "rekey_time = 20s
		over_time = 15s
		rand_time = 0s" "rekey_time = 12s
		life_time = 25s
		rand_time = 0s"
	swan_side d 10.1.0.4 "$LONG" "$LONG"
	swan_side e 10.1.0.5 "$LONG" "$LONG
		rekey_bytes = 60000
		life_bytes = 120000
		rand_bytes = 0"
	sw_psk life "a key for life"
} | sw_load
racoon_side a 10.1.0.1 30 life=15
racoon_side c 10.1.0.3 3600 life=3600
racoon_side d 10.1.0.4 3600 life=3600 more='lifetime byte 100 KB;'
racoon_side e 10.1.0.5 3600 life=3600

for h in a c d e; do
	on $h ping -q -c 1 -W 1 10.1.0.2 > /dev/null 2>&1
	if ! wait_for 20 rc_up $h || ! wait_for 10 ping_ok $h 10.1.0.2; then
		fail "$h: comes up" "no tunnel"
		rc_tail $h
		sw_tail
	fi
done
cap_start life w right
pids=()
for h in a c d e; do
	ping_steady "$XT_TMP/ping.$h" $SECONDS_LONG 0.2 $h 10.1.0.2 -s 1000 &
	pids+=($!)
done
wait "${pids[@]}"
cap_stop life
expect "only ESP and IKE" only_esp_or_ah life ike
for h in a c d e; do
	ping_kept "$h" "$XT_TMP/ping.$h"
	expect "$h: phase 2 was renewed" rc_up $h 3
done
for h in a c; do
	expect "$h: phase 1 was renewed" \
		[ "$(rc_count $h 'ISAKMP-SA established')" -ge 2 ]
done
if [ $XT_FAILED -gt 0 ] || [ -n "${XT_SHOW-}" ]; then
	RC_TAIL=400 rc_tail a c d e | grep -v DEBUG
	RC_TAIL=1000 sw_tail
	for h in a b c d e; do on $h ip -s xfrm state; done
fi
for h in a c d e; do
	rc_stop $h
	expect "$h: nothing is left" test -z "$(ip -n $h xfrm state)"
done
finish
