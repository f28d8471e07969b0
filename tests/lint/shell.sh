#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every shell script of the tree: syntax, and what shellcheck says.
set -u
# shellcheck source=tests/lib/result.sh
. tests/lib/result.sh

if ! command -v shellcheck > /dev/null; then
	echo "no shellcheck here"
	exit 77
fi
scripts() {
	find . -name .git -prune -o -path ./build -prune -o \
		-name autom4te.cache -prune -o -name build-aux -prune -o \
		-type f -size -200k -print | sed 's,^\./,,' | sort |
	while read -r f; do
		case $f in
		m4/*|configure|config.status|libtool|xfrm-tools-*|tests/golden/*.conf)
			continue ;;
		*.sh)	echo "$f" ;;
		*)	case $(head -c 60 "$f" | head -n 1 | tr -d '\0') in
			'#!/bin/sh'*|'#!/bin/bash'*|'#!/bin/busybox'*) echo "$f" ;;
			esac ;;
		esac
	done
}
for f in $(scripts); do
	if ! grep -q 'SPDX-License-Identifier: BSD-2-Clause' "$f"; then
		fail "$f" "no SPDX line"
	else
		# 2317: functions called by name only, as steps of a test
		expect "$f" shellcheck -x -e SC2317 -s "$(sed -n '1s,#!.*/busybox.*,dash,p
			1s,#!/bin/bash.*,bash,p; 1s,#!/bin/sh.*,sh,p
			1s,# SPDX.*,bash,p' "$f")" "$f"
	fi
done
finish
