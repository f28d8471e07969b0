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
# shellcheck source=tests/lib/swan.sh
. "$XT_TOP/tests/lib/swan.sh"

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

sw_here || finish
SW_HOST=gb
sw_start || {
	fail strongSwan "charon does not start"
	finish
}
cf_cert gb "/C=XX/O=Lab/OU=Gateways/CN=b" IP:192.0.2.2
sw_cert gb
for f in "$XT_TOP"/tests/lab/configs/*.swan; do
	name=$(basename "$f" .swan)
	grep -Eq "${XT_ROWS:-.}" <<< "$name" || continue
	cf_swan "$name" "${f%.swan}.conf" "$f"
done
sw_stop TERM
finish
