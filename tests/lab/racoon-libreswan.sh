#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoon with libreswan, as initiator and as responder
# needs: openssl
# timeout: 900
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"
# shellcheck source=tests/lib/libreswan.sh
. "$XT_TOP/tests/lib/libreswan.sh"

# racoon is host a, pluto is host b.  One row per tunnel; each has addresses of
# its own, and all are brought up at once, from either side in turn:
#	NAME | FAMILY | MODE | KIND | AUTH | IKE | ESP | RULE
#	MODE	main or aggressive; KIND net or transport; AUTH psk, x509, or dn:
#		x509 with the certificates' subjects as identifiers
#	IKE	racoon's encryption/hash/group = pluto's
#	ESP	racoon's pfs/encryption/authentication = pluto's esp, or ah:...
#	RULE	of setkey where it is not one ESP; @ stands for the two ends
rows() {
	cat <<'END'
psk       | 4 | main | net | psk | aes 256/sha256/modp2048 = aes256-sha2;modp2048 | modp2048/aes 256/hmac_sha256 = aes256-sha2;modp2048 |
gcm6      | 6 | main | transport | psk | aes 128/sha512/modp2048 = aes128-sha2_512;modp2048 | -/aes_gcm_16 128/non_auth = aes_gcm128-null |
old       | 4 | main | transport | psk | 3des/sha1/modp1536 = 3des-sha1;modp1536 | modp1536/3des/hmac_sha1 = 3des-sha1;modp1536 |
aggr      | 4 | aggressive | net | psk | aes 128/sha1/modp1536 = aes128-sha1;modp1536 | -/aes 128/hmac_sha512 = aes128-sha2_512 |
x509      | 4 | main | net | x509 | aes 256/sha256/modp2048 = aes256-sha2;modp2048 | modp2048/aes 128/hmac_sha256 = aes128-sha2;modp2048 |
dn        | 4 | main | net | dn | aes 256/sha256/modp2048 = aes256-sha2;modp2048 | modp2048/aes 128/hmac_sha256 = aes128-sha2;modp2048 |
dn-aggr   | 4 | aggressive | net | dn | aes 256/sha256/modp2048 = aes256-sha2;modp2048 | modp2048/aes 128/hmac_sha256 = aes128-sha2;modp2048 |
x509-aggr | 4 | aggressive | transport | x509 | aes 128/sha256/modp2048 = aes128-sha2;modp2048 | -/aes 128/hmac_sha256 = aes128-sha2 |
ah        | 4 | main | net | psk | aes 128/sha256/modp2048 = aes128-sha2;modp2048 | modp2048/aes/hmac_sha256 = ah:sha2;modp2048 | ah/tunnel/@/require
ipcomp    | 4 | main | net | psk | aes 128/sha256/modp2048 = aes128-sha2;modp2048 | modp2048/aes 128/hmac_sha256 = aes128-sha2;modp2048 | ipcomp/tunnel/@/require esp/transport//require
END
}

trim() {
	sed 's/^ *//;s/ *$//'
}

N=0 NAMES=()
declare -A FROM TO	# addresses whose traffic a row protects

# Addresses of the next row: a and b on the wire, and behind them a net each.
addresses() {	# FAMILY
	N=$((N + 1))
	if [ "$1" = 4 ]; then
		a=10.1.$N.1 b=10.1.$N.2 plen=24 full=32
		anet=10.11.$N.0/24 bnet=10.12.$N.0/24
		ahost=10.11.$N.1 bhost=10.12.$N.1
	else
		a=fd01:$N::1 b=fd01:$N::2 plen=64 full=128
		anet=fd11:$N::/64 bnet=fd12:$N::/64
		ahost=fd11:$N::1 bhost=fd12:$N::1
	fi
	net_addr a $WIRE $a/$plen && net_addr b $WIRE $b/$plen &&
		net_addr a lo $ahost/$full && net_addr b lo $bhost/$full &&
		ip -n a route add $bnet via $b src $ahost &&
		ip -n b route add $anet via $a src $bhost
}

racoon_side() {
	local e h g pfs enc auth_alg of="address $anet any address $bnet any"
	local more='proposal_check obey;' names
	IFS=/ read -r e h g <<< "$(trim <<< "${ike%%=*}")"
	IFS=/ read -r pfs enc auth_alg <<< "$(trim <<< "${esp%%=*}")"
	[ "$kind" = net ] || of="address $a any address $b any"
	names='my_identifier fqdn "a.example"; peers_identifier fqdn "b.example";'
	[ "$auth" != dn ] || names='my_identifier asn1dn;
		peers_identifier asn1dn "C=XX, O=Lab, CN=b";'
	[ "$auth" = psk ] || more+='certificate_type x509 "gw.crt" "gw.key";
		ca_type x509 "ca.crt"; verify_identifier on; '$names
	rc_remote "$b" mode="$mode" auth="$auth" enc="$e" hash="$h" \
		group="$g" life=28800 more="$more"
	rc_sainfo of="$of" pfs="${pfs#-}" enc="$enc" auth="$auth_alg" life=3600
}

pluto_side() {
	local names=() proposal
	proposal=$(trim <<< "${esp#*=}")
	case $proposal in
	ah:*)	names+=(esp= ah="${proposal#ah:}") ;;
	*)	names+=(esp="$proposal") ;;
	esac
	[ "$kind" = net ] && names+=(kind=tunnel lts="$bnet" rts="$anet") ||
		names+=(kind=transport)
	case $auth in
	x509)	names+=(id=@b.example rid=@a.example) ;;
	dn)	names+=(id="C=XX, O=Lab, CN=b" rid="$DN_OF_A") ;;
	esac
	[[ $rule != *ipcomp* ]] || names+=(more=compress=yes)
	[[ $proposal == *modp* ]] || names+=(pfs=no)
	pl_conn "$name" left="$b" right="$a" mode="$mode" auth="$auth" \
		ike="$(trim <<< "${ike#*=}")" "${names[@]}"
}

# What is too small to be compressed comes without it.
policies() {
	local out=${rule:-esp/tunnel/@/require} back
	if [ "$kind" = transport ]; then
		rc_policies a "$a" "$b" esp/transport//require
		return
	fi
	back=${out/ipcomp\/tunnel\/@\/require/ipcomp\/tunnel\/@\/use}
	rc_policies a "$anet" "$bnet" "${out//@/$a-$b}" "${back//@/$b-$a}"
}

row() {
	addresses "$family"
	NAMES+=("$name")
	FROM[$name]=$ahost TO[$name]=$bhost
	[ "$kind" = net ] || FROM[$name]=$a TO[$name]=$b
	racoon_side >> "$XT_TMP/racoon"
	pluto_side >> "$XT_TMP/pluto"
	policies
	[ "$auth" != psk ] || {
		rc_psk a "$b" "the key of $name"
		pl_psk b "the key of $name" "$b" "$a"
	}
}

# Until message 3 is there, pluto answers in clear: what comes from a counts.
protected() {	# CAPTURE
	local clear
	clear=$(cap_show "$1" "ether src $(net_mac a "$WIRE") and
		not ($(cap_expr esp ah ike))")
	[ -z "$clear" ] || {
		head -n 5 <<< "$clear"
		return 1
	}
}

all_up() {	# WHO
	local n
	for n in "${NAMES[@]}"; do
		if wait_for 30 ping_ok a "${TO[$n]}" -I "${FROM[$n]}"; then
			pass "$n from $1"
		else
			fail "$n from $1" "no tunnel"
			rc_tail a
			pl_tail b
		fi
	done
}

from_racoon() {
	local n pids=()
	cap_start racoon
	for n in "${NAMES[@]}"; do
		on a ping -q -c 1 -W 1 -I "${FROM[$n]}" "${TO[$n]}" \
			> /dev/null 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}"
	all_up racoon
	cap_stop racoon
	expect "nothing in clear from racoon" protected racoon
	rc_stop a
	expect "a has nothing left" [ -z "$(ip -n a xfrm state)" ]
}

terminate() {
	local n
	for n in "${NAMES[@]}"; do
		pl b --terminate --name "$n" > /dev/null 2>&1
	done
}

nothing_left() {	# HOST
	[ -z "$(ip -n "$1" xfrm state)" ]
}

from_pluto() {
	local n
	for n in "${NAMES[@]}"; do
		pl b --initiate --asynchronous --name "$n" > /dev/null 2>&1
	done
	all_up libreswan
	terminate
	expect "what libreswan deletes is gone" wait_for 10 nothing_left a
}

# pluto renews both phases of a tunnel by which a has made its policies: they
# change hands between SAs, and no packet of either side may be lost.
renewal() {
	local first h sent got
	addresses 4
	{
		rc_remote anonymous group=14 life=3600 \
			more='passive on; generate_policy on;
			proposal_check obey;'
		rc_sainfo pfs=14 life=3600
	} | rc_conf a
	rc_psk a "$b" "a key for life"
	pl_psk b "a key for life" "$b" "$a"
	pl_conn renewal left="$b" right="$a" lts="$bnet" rts="$anet" \
		more="ikelifetime=24s
		salifetime=20s
		rekeymargin=8s
		rekeyfuzz=0%" | pl_load b renewal
	net_know a $WIRE b $WIRE
	expect "renewal: racoon starts" rc_start a
	pl b --listen > /dev/null 2>&1
	pl b --initiate --name renewal > /dev/null 2>&1
	expect "renewal: comes up" wait_for 10 rc_up a
	cap_start renewal
	ping_steady "$XT_TMP/ping.a" 45 0.1 a "$bhost" -I "$ahost" &
	first=$!
	ping_steady "$XT_TMP/ping.b" 45 0.1 b "$ahost" -I "$bhost" &
	wait $! "$first"
	cap_stop renewal
	for h in a b; do
		ping_kept "renewal: from $h" "$XT_TMP/ping.$h"
	done
	expect "renewal: nothing in clear" cap_only renewal esp ike
	expect "renewal: of phase 2" rc_up a 3
	expect "renewal: of phase 1" \
		[ "$(rc_count a 'ISAKMP-SA established')" -ge 2 ]
	pl b --terminate --name renewal > /dev/null 2>&1
	expect "renewal: the SAs go" wait_for 10 nothing_left a
	expect "renewal: and the policies" [ "$(ip -n a xfrm policy |
		grep -c "dst $bnet")" = 0 ]
	rc_stop a
}

# In aggressive mode pluto checks a's signature over a name that it has encoded
# itself, unless it takes the one in the certificate.
DN_OF_A=%fromcert
pl_here || finish
net_hosts || exit 1
rc_ca ca
rc_cert a "/C=XX/O=Lab/CN=a" DNS:a.example
rc_cert b "/C=XX/O=Lab/CN=b" DNS:b.example
pl_cert b
while IFS='|' read -r name family mode kind auth ike esp rule; do
	name=$(trim <<< "$name")
	grep -Eq "${XT_ROWS:-.}" <<< "$name" || continue
	family=$(trim <<< "$family") mode=$(trim <<< "$mode")
	kind=$(trim <<< "$kind") auth=$(trim <<< "$auth")
	rule=$(trim <<< "$rule")
	row
done <<< "$(rows)"
net_know a $WIRE b $WIRE
rc_conf a < "$XT_TMP/racoon"
pl_start b || {
	fail libreswan "pluto does not start"
	finish
}
pl_load b "${NAMES[@]}" < "$XT_TMP/pluto"
expect "racoon starts" rc_start a
from_racoon
terminate
expect "racoon starts again" rc_start a
from_pluto
rc_stop a
on a setkey -FP
renewal
pl_stop b
finish
