#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Rules of HACKING that grep and awk can see: sizes, banned calls, licence.
# tests/lint/exceptions lists what may break a rule; it only shrinks.
set -u
shopt -s lastpipe
# shellcheck source=tests/lib/result.sh
. tests/lib/result.sh

sources() {
	find libxfrm parser setkey ike tests -name '*.[chly]' |
		grep -Ev '_(gram|lex)\.[ch]$' | sort
}

excepted() {	# RULE NAME
	grep -qsx "$1 $2" tests/lint/exceptions
}

# Lines of grep -n that are not just comment.
code_only() {
	grep -Ev '^[^:]*:[0-9]+:[[:space:]]*(/?\*|//)'
}

# RULE TEXT: fail with the lines on stdin, pass if there are none
verdict() {
	local lines
	lines=$(cat)
	if [ -z "$lines" ]; then
		pass "$1"
	else
		fail "$1" "$2"
		head -n 20 <<< "$lines"
	fi
}

# Functions in kernel style: "{" and "}" in the first column.
# shellcheck disable=SC2016
functions() {
	sources | grep '\.c$' | xargs awk '
		FNR == 1 { start = 0 }
		/^[a-zA-Z_].*\(/ && !/;/ { name = $0; sub(/\(.*/, "", name)
			sub(/.*[ *]/, "", name) }
		/^\{/ { start = FNR }
		/^\}/ && start { print FILENAME ":" name, FNR - start - 1; start = 0 }'
}

functions | while read -r name lines; do
	[ "$lines" -le 100 ] || excepted function "$name" ||
		echo "$name has $lines lines"
done | verdict "functions up to 100 lines" "too long"

for f in $(sources); do
	lines=$(wc -l < "$f")
	[ "$lines" -le 1000 ] || excepted file "$f" || echo "$f has $lines lines"
done | verdict "files up to 1000 lines" "too long"

for f in $(sources); do
	# flex and bison want some things first
	head -n 3 "$f" | grep -q 'SPDX-License-Identifier: BSD-2-Clause' || echo "$f"
done | verdict "SPDX at the top" "missing"

# A call, not a word in a comment or a longer name.
sources | xargs grep -nE \
	'(^|[^a-zA-Z0-9_>.])(strcpy|strcat|sprintf|vsprintf|strncpy|strncat|gets|alloca|system|popen|strtok|mktemp|tmpnam)\(' |
	code_only | verdict "banned calls" "not in this tree"

# Libraries have no voice and no exit: text travels in struct diag.
find libxfrm parser ike -name '*.[cly]' | grep -Ev '^ike/(daemon|ctl)/' | grep -Ev '_(gram|lex)\.c$' |
	xargs grep -nE \
	'(^|[^a-zA-Z0-9_>.])(printf|puts|putchar|perror|syslog|vsyslog|exit|_exit|errx?|warnx?)\(' |
	code_only |
	verdict "libraries neither print nor exit" "they do"

# Headers of the oldest systems we build on (Linux 5.15) lack these.
sources | xargs grep -nE \
	'\<(XFRM_OFFLOAD_PACKET|XFRMA_(MTIMER|SA_DIR|NAT_KEEP|SA_PCPU|IPTFS)|XFRM_MODE_IPTFS|XFRM_SA_DIR_)' |
	code_only | grep -v '"XFRMA_NAT_KEEPALIVE_INTERVAL"' |
	verdict "names of new kernels" "take those of libxfrm/uapi.h"

sources | grep -v '^tests/' | xargs grep -nE '\<(TODO|FIXME|XXX|HACK)\>' |
	verdict "no TODO" "finish it"

sources | xargs grep -nP '[ \t]+$|^ {8}' | verdict "white space" "tabs, no blanks at the end"
finish
