#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The units of systemd: no mistakes in them, and hardened.
set -u
# shellcheck source=tests/lib/result.sh
. tests/lib/result.sh

command -v systemd-analyze > /dev/null || exit 77
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

closed() {	# UNIT EXPOSURE: in tenths, at most; versions count differently
	sed "s,@sbindir@/[a-z]*,/bin/true,g;s,@sysconfdir@,/etc,g" \
		"conf/$1.in" > "$tmp/$1"
	systemd-analyze security --no-pager --offline=true --threshold="$2" \
		"$tmp/$1" > "$tmp/out" 2>&1 && return
	tail -n 3 "$tmp/out"
	return 1
}

known() {	# UNIT: no directive that systemd does not know
	systemd-analyze verify "$tmp/$1" > "$tmp/out" 2>&1
	! grep "$1:.*\(Unknown\|Failed to parse\|Invalid\)" "$tmp/out"
}

for unit in setkey.service:35 racoon.service:55; do
	expect "${unit%:*}: closed" closed "${unit%:*}" "${unit#*:}"
	expect "${unit%:*}: known words" known "${unit%:*}"
done
finish
