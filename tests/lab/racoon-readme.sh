#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: README's two gateways: its very files and commands make the tunnel
# needs: openssl
# timeout: 400
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/gateways.sh
. "$XT_TOP/tests/lib/gateways.sh"

# The indented block of README that follows the line that holds TEXT.
block() {	# TEXT
	awk -v text="$1" '
		index($0, text) { found = 1; next }
		found && /^\t/ { block = 1; sub(/^\t/, ""); print; next }
		block && /^$/ { print; next }
		block { exit }
	' "$XT_TOP/README"
}

# The X.509 lines of README in place of those that they change.
with_certificates() {
	local lines auth
	lines=$(block 'here as well' | sed '/^[[:space:]]*\.\.\.$/,$d')
	auth=$(block 'here as well' | sed '1,/^[[:space:]]*\.\.\.$/d')
	block 'racoon.conf begins with'
	block 'says with whom and how' | grep -v '^path pre_shared_key' |
		awk -v lines="$lines" -v auth="$auth" '
			/authentication_method/ { print auth; next }
			{ print }
			/exchange_mode/ { print lines }'
}

start() {	# HOST
	gw "$1" racoon -t > "$XT_TMP/t.$1" 2>&1 || return 1
	gw "$1" rm -f /run/log
	gw "$1" racoon -l /run/log
}

# From README's "racoon -t" on.
tunnel() {	# NAME
	expect "$1: racoon starts on gw-a" start ga
	expect "$1: and on gw-b" start gb
	expect_not "$1: nothing warns" grep -E 'warning|error' \
		"$XT_TMP/t.ga" "$XT_TMP/t.gb"
	cap_start "$1"
	# shellcheck disable=SC2046
	expect "$1: the tunnel comes up" gw ga \
		$(block 'Check it, start it' | grep establish-sa)
	expect "$1: net to net" ping_ok ha 10.2.0.2
	cap_stop "$1"
	expect "$1: only ESP and IKE" only_esp_or_ah "$1" ike
	# shellcheck disable=SC2046
	gw ga $(block 'Check it, start it' | grep racoonctl.status) \
		> "$XT_TMP/status"
	expect "$1: status says that it is up" \
		grep -q '^  up  *10.1.0.0/16 -> 10.2.0.0/16' "$XT_TMP/status"
	gw_stop ga
	gw_stop gb
}

gw_net || exit 1
key=$(openssl rand -hex 32)
block 'ipsec-tools.conf says what' | gw_put ga ipsec-tools.conf 755
block 'ipsec-tools.conf says what' | gw_mirror | gw_put gb ipsec-tools.conf 755
block 'mode 0600, has the key' | sed "s/5f6a1c\.\.\./$key/" |
	gw_put ga racoon/psk.txt 600
block 'mode 0600, has the key' | sed "s/5f6a1c\.\.\./$key/" | gw_mirror |
	gw_put gb racoon/psk.txt 600
block 'says with whom and how' | gw_put ga racoon/racoon.conf 600
block 'says with whom and how' | gw_mirror | gw_put gb racoon/racoon.conf 600
expect "policies load on gw-a" gw ga setkey -f /etc/ipsec-tools.conf
expect "policies load on gw-b" gw gb setkey -f /etc/ipsec-tools.conf
tunnel psk

cd "$XT_TMP" || exit 1
block 'a key and a certificate for each gateway' > make-a.sh
gw_mirror < make-a.sh | sed 1,2d > make-b.sh
expect "certificates are made" bash -e make-a.sh 2> /dev/null
expect "for gw-b too" bash -e make-b.sh 2> /dev/null
for h in a b; do
	for f in ca.crt gw-$h.crt gw-$h.key; do
		gw_put "g$h" "racoon/certs/$f" 600 < "$f"
	done
done
with_certificates | gw_put ga racoon/racoon.conf 600
with_certificates | gw_mirror | gw_put gb racoon/racoon.conf 600
tunnel x509
finish
