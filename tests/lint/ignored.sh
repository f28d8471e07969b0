#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a build makes in place does not show in "git status", and nothing that
# is in the repository is hidden.
set -u
# shellcheck source=tests/lib/result.sh
. tests/lib/result.sh

repository() {	# ARG ...
	git -c safe.directory='*' "$@"
}

if ! repository rev-parse --git-dir > /dev/null 2>&1; then
	echo "this is no git repository"
	exit 77
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
if [ -e "$XT_BUILD/Makefile" ]; then
	(cd "$XT_BUILD" && find . -path ./check -prune -o -type f -print) |
		sed 's,^\./,,' | repository check-ignore -v -n --stdin |
		sed -n 's/^::\t//p' > "$tmp/shown"
	expect "what is built is ignored" test ! -s "$tmp/shown"
	head -n 20 "$tmp/shown"
else
	skip "what is built is ignored" "nothing is built"
fi
repository ls-files -c -i --exclude-standard > "$tmp/hidden"
expect "what is in the repository is not ignored" test ! -s "$tmp/hidden"
cat "$tmp/hidden"
finish
