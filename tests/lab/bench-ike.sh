#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: the benchmark of racoon, a few tunnels of it: do all come up?
# needs: openssl
# timeout: 600
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"

# it has a folder of its own, and removes it
XT_TMP='' "$XT_TOP/tests/bench/ike" -I -q -d racoon \
	-j "psk-modp2048 psk-x25519 rsa-modp2048 acquire" > "$XT_TMP/bench" 2>&1
status=$?
sed 's/^/# /' "$XT_TMP/bench"
for job in psk-modp2048 psk-x25519 rsa-modp2048; do
	expect "$job: all tunnels come up" \
		grep -q "^$job: racoon, tunnels per second  *[0-9]" "$XT_TMP/bench"
done
expect "acquire: SAs come soon" \
	grep -q '^acquire: racoon, ms to both SAs, p50  *[0-9]' "$XT_TMP/bench"
expect "the benchmark is content" test $status -eq 0
finish
