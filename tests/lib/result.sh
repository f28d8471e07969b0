# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# How a test script reports: one line per case on stdout, which tests/check
# counts. Anything else on stdout or stderr is commentary.
#	ok NAME
#	not ok NAME: REASON
#	skip NAME: REASON

XT_FAILED=0

pass() {	# NAME
	echo "ok $1"
}

fail() {	# NAME REASON
	XT_FAILED=$((XT_FAILED + 1))
	echo "not ok $1: ${2-}"
}

skip() {	# NAME REASON
	echo "skip $1: ${2-}"
}

# Run a command as a case: its status decides.
expect() {	# NAME COMMAND [ARG ...]
	local name=$1 status=0
	shift
	"$@" || status=$?
	if [ $status -eq 0 ]; then
		pass "$name"
	else
		fail "$name" "status $status of: $*"
	fi
}

# The same for a command that must fail.
expect_not() {	# NAME COMMAND [ARG ...]
	local name=$1
	shift
	if "$@"; then
		fail "$name" "worked, but should not: $*"
	else
		pass "$name"
	fi
}

# Last line of a test script: status from what was reported.
finish() {
	[ "$XT_FAILED" -eq 0 ]
	exit
}

# Count result lines of a log: prints "PASSED FAILED SKIPPED".
count_results() {	# FILE
	awk '/^ok /{p++} /^not ok /{f++} /^skip /{s++}
		END {print p+0, f+0, s+0}' "$1"
}
