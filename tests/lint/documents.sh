#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What documents say is what the programs have: racoonctl's commands and the
# members of its JSON, what hooks get, files of the tree, and the examples of
# README.
set -u
# shellcheck source=tests/lib/result.sh
. tests/lib/result.sh

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# NAME FILE: every line of stdin is a word of FILE, and there is one at least
words_in() {
	local word n=0 missing=
	while read -r word; do
		n=$((n + 1))
		grep -qw -e "$word" "$2" || missing+=" $word"
	done
	if [ "$n" -eq 0 ]; then
		fail "$1" "nothing found to look for"
	elif [ -n "$missing" ]; then
		fail "$1" "not in $2:$missing"
	else
		pass "$1"
	fi
}

# racoonctl: long and short names
sed -n 's/^	{ "\([a-z-]*\)", "\([a-z]*\)", cmd_.*/\1 \2/p' ike/ctl/main.c \
	> "$tmp/commands"
sed 's/\(.*\) \(.*\)/^.It Ic \1 | \2\\>/' "$tmp/commands" > "$tmp/items"
while read -r item; do
	grep -q -e "$item" man/racoonctl.8 || echo "$item"
done < "$tmp/items" > "$tmp/missing"
expect "there are commands" test -s "$tmp/items"
expect "racoonctl.8 has every command" test ! -s "$tmp/missing"
cat "$tmp/missing"
cut -d ' ' -f 1 "$tmp/commands" |
	words_in "completion has every command" conf/completion/racoonctl

# The members of status in JSON
sed -n 's/.*\<jset([a-z]*, "\([a-z0-9_]*\)".*/\1/p' ike/daemon/showstatus.c \
	ike/daemon/showtunnels.c ike/daemon/jvalue.c |
	sort -u | words_in "racoonctl.8 has every member" man/racoonctl.8

# The environment of hooks
grep -oh '"[A-Z0-9_]*="\|"[A-Z_]*=%' ike/core/hook.c | tr -d '"=%' |
	words_in "racoon.8 has every variable" man/racoon.8
grep -oh '"[A-Z0-9_]*=0"' ike/core/hook.c | tr -d '"' | sed 's/=0//' |
	words_in "racoon.8 has the variable that is 0" man/racoon.8

# Plain text: 80 columns, and no file that is not there. NAME and CASE stand
# for any.
texts="README HACKING NEWS tests/README"
for f in $texts; do
	expand "$f" | awk -v f="$f" 'length > 80 { print f ":" FNR ": " $0 }'
done > "$tmp/long"
expect "80 columns" test ! -s "$tmp/long"
cat "$tmp/long"
# shellcheck disable=SC2086
grep -ohE '\<(\.ci|libxfrm|parser|setkey|ike|tests|conf|man)/[A-Za-z0-9_./*-]+' \
    $texts | sed 's/[.,]*$//' | grep -v 'NAME\|CASE' | sort -u |
	while read -r f; do
		compgen -G "$f" > /dev/null ||
			grep -rqw --include="*.mk" -e "$f" tests || echo "$f"
	done > "$tmp/missing"
expect "files that are named are there" test ! -s "$tmp/missing"
cat "$tmp/missing"

# README: what a reader copies has to load.
# FIRST-LINE: the indented block that starts with it
block() {
	awk -v first="$1" '!on && index($0, "\t" first) == 1 { on = 1 }
		on && /^[^\t]/ { exit }
		on { print substr($0, 2) }' README
}

key1=0x000102030405060708090a0b0c0d0e0f
block 'flush;' |
	sed "s/KEY[13]/$key1/; s/KEY[24]/$key1${key1#0x}/" > "$tmp/first.conf"
block '#!/usr/sbin/setkey' > "$tmp/gateway.conf"
block 'path pre_shared_key' > "$tmp/racoon.conf"
if [ -x "$XT_BUILD/setkey/setkey" ] &&
   [ -x "$XT_BUILD/ike/daemon/racoon" ]; then
	for f in first gateway; do
		expect "README's $f.conf has policies" \
			test "$(grep -c '^spdadd.*ipsec' "$tmp/$f.conf")" -eq 2
		expect "README's $f.conf" \
			"$XT_BUILD/setkey/setkey" -n --strict -f "$tmp/$f.conf"
	done
	expect "README's racoon.conf has a tunnel" \
		test "$(grep -c '^remote\|^sainfo' "$tmp/racoon.conf")" -eq 2
	expect "README's racoon.conf" \
		"$XT_BUILD/ike/daemon/racoon" -t -f "$tmp/racoon.conf"
else
	skip "README's examples" "nothing is built"
fi
finish
