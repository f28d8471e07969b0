#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoon with strongSwan, as initiator and as responder
# needs: openssl
# timeout: 900
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"
# shellcheck source=tests/lib/swan.sh
. "$XT_TOP/tests/lib/swan.sh"

# racoon is host a, strongSwan is host b. One row per tunnel, which is brought
# up from both sides in turn:
#	NAME | FAMILY | MODE | KIND | AUTH | IKE | ESP
#	MODE	main or aggressive; KIND transport or tunnel; AUTH psk or x509
#	IKE	racoon's encryption/hash/group = strongSwan's proposal
#	ESP	racoon's pfs/encryption/authentication = strongSwan's
rows() {
	cat <<'END'
main-psk       | 4 | main | tunnel | psk | aes 128/sha256/modp2048 = aes128-sha256-modp2048 | modp2048/aes 128/hmac_sha256 = aes128-sha256-modp2048
main-psk6      | 6 | main | transport | psk | aes 256/sha512/19 = aes256-sha512-ecp256 | -/aes_gcm_16 128/non_auth = aes128gcm16
main-psk-old   | 4 | main | transport | psk | aes 128/sha1/modp1024 = aes128-sha1-modp1024 | -/aes 128/hmac_sha1 = aes128-sha1
main-psk-x     | 4 | main | tunnel | psk | aes 256/sha384/31 = aes256-sha384-x25519 | 31/aes 256/hmac_sha384 = aes256-sha384-x25519
main-x509      | 4 | main | tunnel | x509 | aes 256/sha256/modp2048 = aes256-sha256-modp2048 | modp2048/aes 256/hmac_sha512 = aes256-sha512-modp2048
aggr-psk       | 4 | aggressive | tunnel | psk | aes 128/sha256/modp2048 = aes128-sha256-modp2048 | -/aes 128/hmac_sha256 = aes128-sha256
aggr-x509      | 4 | aggressive | transport | x509 | aes 128/sha256/modp2048 = aes128-sha256-modp2048 | -/aes 128/hmac_sha256 = aes128-sha256
END
}

trim() {
	sed 's/^ *//;s/ *$//'
}

swan_conf() {
	local aggr=no auth="auth = psk" id="id = $a" lid="id = $b"
	[ "$mode" = main ] || aggr=yes
	if [ "$auth_kind" = x509 ]; then
		auth="auth = pubkey"
		id='id = "C=XX, O=Lab, CN=a"'
		lid="id = \"C=XX, O=Lab, CN=b\"
				certs = $XT_TMP/b/certs/gw.crt"
	fi
	cat <<-END
		connections {
			lab {
				version = 1
				aggressive = $aggr
				local_addrs = $b
				remote_addrs = $a
				proposals = ${ike#*= }
				local { $auth
				$lid }
				remote { $auth
				$id }
				children { lab {
					mode = $kind
					esp_proposals = ${esp#*= }
					start_action = trap
				} }
			}
		}
		secrets {
			ike-lab { secret = "the key of $name" }
		}
	END
}

racoon_conf() {
	local e h g pfs enc auth method=pre_shared_key more=
	IFS=/ read -r e h g <<< "$(trim <<< "${ike%%=*}")"
	IFS=/ read -r pfs enc auth <<< "$(trim <<< "${esp%%=*}")"
	[ "$pfs" = - ] && pfs= || pfs="pfs_group $pfs;"
	if [ "$auth_kind" = x509 ]; then
		method=rsasig
		more='certificate_type x509 "gw.crt" "gw.key";
			ca_type x509 "ca.crt";
			my_identifier asn1dn;
			peers_identifier asn1dn "C=XX, O=Lab, CN=b";
			verify_identifier on;'
	fi
	rc_conf a <<-END
		remote $b {
			exchange_mode $mode;
			$more
			proposal {
				encryption_algorithm $e;
				hash_algorithm $h;
				authentication_method $method;
				dh_group $g;
			}
		}
		sainfo anonymous {
			$pfs
			encryption_algorithm $enc;
			authentication_algorithm $auth;
			compression_algorithm deflate;
		}
	END
	: > "$XT_TMP/a/psk.txt"
	rc_psk a "$b" "the key of $name"
}

case_up() {	# NAME FROM TO: bring it up from that side and use it
	local from=$2 to=$3
	cap_start "$1"
	on "$from" ping -q -c 1 -W 1 "$to" > /dev/null 2>&1
	if wait_for 20 rc_up a && wait_for 10 ping_ok "$from" "$to"; then
		pass "$1"
	else
		fail "$1" "no tunnel"
		rc_tail a
		sw_tail
	fi
	cap_stop "$1"
	expect "$1: only ESP, AH and IKE" only_esp_or_ah "$1" ike
}

row() {
	local rule=esp/transport//require back=esp/transport//require
	a=10.1.0.1 b=10.1.0.2
	[ "$family" = 4 ] || a=fd01::1 b=fd01::2
	[ "$kind" = transport ] || rule=esp/tunnel/$a-$b/require \
		back=esp/tunnel/$b-$a/require
	racoon_conf
	rc_policies a "$a" "$b" "$rule" "$back"
	swan_conf | sw_load
	rc_start a || fail "$name" "racoon does not start"
	case_up "$name from racoon" a "$b"
	rc_stop a
	sw --terminate --ike lab --force > /dev/null 2>&1
	rc_start a || fail "$name" "racoon does not start"
	case_up "$name from strongSwan" b "$a"
	rc_stop a
	sw --terminate --ike lab --force > /dev/null 2>&1
	on a setkey -FP
	on a setkey -F
}

sw_here || finish
net_hosts || exit 1
rc_ca ca
rc_cert a "/C=XX/O=Lab/CN=a" IP:10.1.0.1,IP:fd01::1
rc_cert b "/C=XX/O=Lab/CN=b" IP:10.1.0.2,IP:fd01::2
sw_start || {
	fail strongswan "charon does not start"
	finish
}
sw_cert b
while IFS='|' read -r name family mode kind auth_kind ike esp; do
	name=$(trim <<< "$name")
	grep -Eq "${XT_ROWS:-.}" <<< "$name" || continue
	family=$(trim <<< "$family") mode=$(trim <<< "$mode")
	kind=$(trim <<< "$kind") auth_kind=$(trim <<< "$auth_kind")
	ike=$(trim <<< "$ike") esp=$(trim <<< "$esp")
	row
done <<< "$(rows)"
sw_stop TERM
finish
