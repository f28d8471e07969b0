#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoon with racoon: pre-shared keys, modes, families, algorithms
# timeout: 900
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"

# One row per tunnel: NAME | FAMILY | MODE | RULE | PHASE 1 | PHASE 2
#	MODE	exchange_mode
#	RULE	of both policies; "@" stands for tunnel endpoints
#	PHASE1	encryption / hash / group
#	PHASE2	pfs_group (- for none) / encryption / authentication
rows() {
	cat <<'END'
main-transport  | 4 | main | esp/transport//require | aes 128/sha256/modp2048 | modp2048/aes 128/hmac_sha256
main-transport6 | 6 | main | esp/transport//require | aes 256/sha512/modp3072 | -/aes 256/hmac_sha512
main-ah         | 4 | main | ah/transport//require | aes 128/sha1/modp1536 | -/aes/hmac_sha1
main-tunnel     | 4 | main | esp/tunnel/@/require | aes 192/sha384/19 | 19/aes_gcm_16 128/non_auth
main-unique     | 4 | main | esp/transport//unique | aes 128/sha256/31 | 31/aes_gcm_16 256/non_auth
main-ah-esp     | 4 | main | esp/transport//require ah/transport//require | aes 128/sha256/modp2048 | -/aes/hmac_sha256
main-3des-md5   | 4 | main | esp/transport//require | 3des/md5/modp1024 | -/3des/hmac_md5
main-ipcomp     | 4 | main | ipcomp/transport//use esp/transport//require | aes 128/sha256/modp2048 | -/aes/hmac_sha1
aggr-transport  | 4 | aggressive | esp/transport//require | aes 128/sha256/modp2048 | modp2048/aes/hmac_sha256
aggr-transport6 | 6 | aggressive | esp/tunnel/@/require | aes 128/sha1/modp1024 | -/aes/hmac_sha1
END
}

trim() {
	sed 's/^ *//;s/ *$//'
}

write_conf() {	# HOST PEER
	local enc hash group pfs esp auth
	IFS=/ read -r enc hash group <<< "$ph1"
	IFS=/ read -r pfs esp auth <<< "$ph2"
	[ "$pfs" = - ] && pfs= || pfs="pfs_group $pfs;"
	rc_conf "$1" <<-END
		remote $2 {
			exchange_mode $mode;
			proposal {
				encryption_algorithm $enc;
				hash_algorithm $hash;
				authentication_method pre_shared_key;
				dh_group $group;
			}
		}
		sainfo anonymous {
			$pfs
			lifetime time 1 hour;
			encryption_algorithm $esp;
			authentication_algorithm $auth;
			compression_algorithm deflate;
		}
	END
	: > "$XT_TMP/$1/psk.txt"
	rc_psk "$1" "$2" "the key of $name"
}

row() {
	local a=10.1.0.1 b=10.1.0.2
	[ "$family" = 4 ] || a=fd01::1 b=fd01::2
	write_conf a "$b"
	write_conf b "$a"
	rc_policies a "$a" "$b" "${rule//@/$a-$b}" "${rule//@/$b-$a}"
	rc_policies b "$b" "$a" "${rule//@/$b-$a}" "${rule//@/$a-$b}"
	if ! rc_start a || ! rc_start b; then
		fail "$name" "racoon does not start"
	fi
	cap_start "$name"
	on a ping -q -c 1 -W 1 "$b" > /dev/null 2>&1
	if wait_for 20 rc_up a && wait_for 5 rc_up b &&
		wait_for 10 ping_ok a "$b"; then
		pass "$name: comes up"
	else
		fail "$name: comes up" "no SA"
		rc_tail a b
	fi
	expect "$name: b reaches a" ping_ok b "$a"
	cap_stop "$name"
	expect "$name: only ESP, AH and IKE" only_esp_or_ah "$name" ike
	expect "$name: status" grep -q established <(ctl a status)
	rc_stop a && rc_stop b
	expect "$name: nothing is left" \
		test -z "$(ip -n a xfrm state)$(ip -n b xfrm state)"
	for h in a b; do
		on $h setkey -FP
		on $h setkey -F
	done
}

net_hosts || exit 1
while IFS='|' read -r name family mode rule ph1 ph2; do
	name=$(trim <<< "$name")
	grep -Eq "${XT_ROWS:-.}" <<< "$name" || continue
	family=$(trim <<< "$family") mode=$(trim <<< "$mode")
	rule=$(trim <<< "$rule")
	ph1=$(trim <<< "$ph1") ph2=$(trim <<< "$ph2")
	row
done <<< "$(rows)"
finish
