#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: configurations as people write them: racoon with racoon, with strongSwan
# needs: openssl
# timeout: 900
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"
# shellcheck source=tests/lib/configs.sh
. "$XT_TOP/tests/lib/configs.sh"
# shellcheck source=tests/lib/strongswan.sh
. "$XT_TOP/tests/lib/strongswan.sh"

net_gateways || exit 1
rc_ca ca
for f in "$XT_TOP"/tests/lab/configs/*.conf; do
	name=$(basename "$f" .conf)
	case $name in
	*.peer)	continue ;;
	esac
	grep -Eq "${XT_ROWS:-.}" <<< "$name" || continue
	cf_run "$name" "$f"
done

sw_start gb <<-END || {
	i_dont_care_about_security_and_use_aggressive_mode_psk = yes
	retransmit_timeout = 2
	plugins {
		include /etc/strongswan.d/charon/*.conf
		vici { socket = unix://$SW/vici }
	}
END
	skip strongSwan "charon is not here or does not start"
	finish
}
cf_cert gb "/C=XX/O=Lab/OU=Gateways/CN=b" IP:192.0.2.2
cp "$XT_TMP/gb/certs/gw.key" "$SW/private/"
cp "$XT_TMP/gb/certs/gw.crt" "$SW/x509/"
cp "$XT_TMP/gb/certs/ca.crt" "$SW/x509ca/"
for f in "$XT_TOP"/tests/lab/configs/*.swan; do
	name=$(basename "$f" .swan)
	grep -Eq "${XT_ROWS:-.}" <<< "$name" || continue
	cf_swan "$name" "${f%.swan}.conf" "$f"
done
sw_stop
finish
