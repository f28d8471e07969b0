#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoon with racoon: keys that plainrsa-gen makes
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"

rsa_conf() {	# HOST PEER MODE
	rc_conf "$1" <<-END
		timer { interval 2 sec; counter 2; }
		remote $2 {
			exchange_mode $3;
			certificate_type plain_rsa "own.key";
			peers_certfile plain_rsa "peers.pub";
			verify_identifier off;
			proposal {
				encryption_algorithm aes;
				hash_algorithm sha256;
				authentication_method rsasig;
				dh_group 19;
			}
		}
		sainfo anonymous {
			encryption_algorithm aes;
			authentication_algorithm hmac_sha256;
			compression_algorithm deflate;
		}
	END
}

# A key of HOST; its public half goes to PEER, as that of the address NAME.
rsa_key() {	# HOST PEER NAME
	local own
	own=$(rc_dir "$1")/certs/own.key
	plainrsa-gen -b 2048 -f "$own" && chmod 600 "$own" &&
		sed -n "s/^# \(: PUB .*\)/$3 \1/p" "$own" \
			> "$(rc_dir "$2")/certs/peers.pub"
}

net_hosts || exit 1
expect "keys are made" rsa_key a b 10.1.0.1
expect "keys are made" rsa_key b a 10.1.0.2
for mode in main aggressive; do
	rsa_conf a 10.1.0.2 $mode
	rsa_conf b 10.1.0.1 $mode
	expect "$mode mode: a starts" rc_start a
	expect "$mode mode: b starts" rc_start b
	expect "$mode mode: phase 1 comes up" \
		ctl a establish-sa -w isakmp inet 10.1.0.1 10.1.0.2
	rc_stop a
	rc_stop b
done

# The same key, but the file has it for another peer.
sed -i 's/^10.1.0.1 /10.1.0.77 /' "$(rc_dir b)/certs/peers.pub"
rsa_conf a 10.1.0.2 main
rsa_conf b 10.1.0.1 main
rc_start a
rc_start b
expect_not "a key of another peer does not do" \
	ctl a establish-sa -w isakmp inet 10.1.0.1 10.1.0.2
expect "and b says why" rc_says b 'no public key that peers_certfile has'
finish
