#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every racoon.conf that people have published: taken, but for those with a
# mistake of their own, and what -C prints of it means the same again.
set -u
# shellcheck source=tests/lib/env.sh
. "$(dirname "$0")/../lib/env.sh"
# shellcheck source=tests/lib/result.sh
. "$XT_TOP/tests/lib/result.sh"

if [ ! -d "$XT_SHARED/corpus/racoon" ]; then
	echo "no folder $XT_SHARED/corpus/racoon"
	exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Files with a user's mistake or a foreign statement, and its line.
mistake() {	# NAME
	case $1 in
	013-*)	echo 44 ;;	# xxx.xxx.xxx.xxx as address
	015-*)	echo 31 ;;	# no semicolon
	018-*)	echo 5 ;;	# Apple's keychain
	039-*)	echo 14 ;;	# a vendor's remote_mask
	041-*)	echo 3 ;;	# AAA.BBB.CCC:DDD
	esac
}

refused() {	# FILE LINE
	racoon -t -f "$1" > "$work/out" 2>&1 && return 1
	grep -q ":$2:[0-9]*: error: " "$work/out" &&
		grep -q '" test failed$' "$work/out"
}

taken() {	# FILE
	racoon -t -f "$1" > "$work/out" 2>&1 || {
		grep ' error: ' "$work/out"
		return 1
	}
	grep -q '" test is successful$' "$work/out"
}

# The second -C is that of the first one's output.
same_again() {	# FILE
	racoon -C -f "$1" > "$work/one" 2> /dev/null &&
		racoon -C -f "$work/one" > "$work/two" 2> /dev/null &&
		diff -u "$work/one" "$work/two"
}

json() {	# FILE
	racoon -t --json -f "$1" | python3 -c '
import json, sys
r = json.load(sys.stdin)
assert r["schema_version"] == 1
assert r["errors"] == sum(d["level"] == "error" for d in r["diagnostics"])
assert (r["result"] == "failed") == (r["errors"] > 0)'
}

for f in "$XT_SHARED"/corpus/racoon/*.conf "$XT_SHARED"/corpus/seeds/*racoon.conf; do
	name=$(basename "$f")
	line=$(mistake "$name")
	if [ -n "$line" ]; then
		expect "$name refused" refused "$f" "$line"
	else
		expect "$name taken" taken "$f"
		expect "$name printed" same_again "$f"
	fi
	expect "$name as JSON" json "$f"
done
finish
