#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The manual pages: mandoc finds no warning in them, and no quotation marks of
# one macro close within those of another.
set -u
# shellcheck source=tests/lib/result.sh
. tests/lib/result.sh

if ! command -v mandoc > /dev/null; then
	echo "no mandoc here"
	exit 77
fi
nested() {	# FILE
	mandoc -T ascii "$1" | sed 's/.\x08//g' | grep -E '"(""|, "[a-z]+, ")'
}

found=
for f in man/*.[1-8]; do
	[ -e "$f" ] || continue
	found=1
	expect "$f" mandoc -T lint -W warning "$f"
	expect_not "$f: quotation" nested "$f"
done
[ -n "$found" ] || skip manuals "there are none"
finish
