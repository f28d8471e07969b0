#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# libxfrm as a program outside of this tree meets it: each installed header
# stands alone, in C and in C++, libxfrm.map has just the functions that they
# declare, and the example of libxfrm(3) builds.
set -u
# shellcheck source=tests/lib/result.sh
. tests/lib/result.sh

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# what is not there is said once
here() {	# PROGRAM
	command -v "$1" > /dev/null || { skip "$1" "not here"; return 1; }
}

mapfile -t headers < <(sed -n '/_HEADERS = /,/[^\\]$/p' libxfrm/local.mk |
	grep -o 'libxfrm/[a-z_/]*\.h')
expect "there are headers" test ${#headers[@]} -gt 10

# COMPILER ARG ...: does each header compile alone?
alone() {
	local h
	for h in "${headers[@]}"; do
		echo "#include <$h>" | "$@" -I. -fsyntax-only -Wall -Wextra \
			-Wpedantic -Werror - || return 1
	done
}
here gcc && expect "headers in C" alone gcc -std=c99 -x c
here clang++ && expect "headers in C++" alone clang++ -std=c++11 -x c++

if here gcc; then
	for h in "${headers[@]}"; do
		gcc -E -P -I. "$h"
	done | tr '\n' ' ' | sed 's/static inline [^{]*{[^}]*}//g' |
		grep -oE '\<(x|arena_|cur_|wbuf_|ipsec_)[a-z0-9_]+\(' |
		tr -d '(' | sort -u > "$tmp/declared"
	sed -n 's/^\t\([a-z0-9_]*\);$/\1/p' libxfrm/libxfrm.map |
		LC_ALL=C sort -u > "$tmp/exported"
	expect "there are functions" test -s "$tmp/declared"
	expect "libxfrm.map has what the headers declare" \
		diff "$tmp/declared" "$tmp/exported"
fi

awk '/^#include <stdio.h>/ { on = 1 } on && /^\.Ed/ { exit } on' \
	man/libxfrm.3 | sed 's/\\e/\\/g' > "$tmp/example.c"
lib=$XT_BUILD/libxfrm/.libs
if [ -e "$lib/libxfrm.so" ] && here gcc; then
	expect "the example of libxfrm(3) builds" gcc -Wall -Werror -I. \
		-o "$tmp/example" "$tmp/example.c" -L"$lib" -lxfrm
	nm -D --defined-only "$lib/libxfrm.so" |
		sed -n 's/.* T \([a-z0-9_]*\).*/\1/p' |
		LC_ALL=C sort -u > "$tmp/defined"
	expect "libxfrm.so has what libxfrm.map names" \
		diff "$tmp/exported" "$tmp/defined"
else
	skip "the example of libxfrm(3)" "nothing is built"
fi
finish
