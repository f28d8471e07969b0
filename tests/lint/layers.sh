#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Includes point only down (HACKING, "Layout"); ike/v1 and ike/v2 do not know
# each other; the core knows neither the parser nor a socket.
set -u
# shellcheck source=tests/lib/result.sh
. tests/lib/result.sh

# FOLDER: the folders whose headers its files may include
allowed() {
	case $1 in
	libxfrm/base)	echo libxfrm/base ;;
	libxfrm)	echo libxfrm libxfrm/base ;;
	parser)		echo parser libxfrm libxfrm/base ike/core ike/crypto ike/wire ;;
	setkey)		echo setkey parser libxfrm libxfrm/base ;;
	ike/wire)	echo ike/wire libxfrm libxfrm/base ;;
	ike/crypto)	echo ike/crypto ike/wire libxfrm libxfrm/base ;;
	ike/core)	echo ike/core ike/wire ike/crypto libxfrm libxfrm/base ;;
	ike/v1)		echo ike/v1 ike/core ike/wire ike/crypto libxfrm libxfrm/base ;;
	ike/v2)		echo ike/v2 ike/core ike/wire ike/crypto libxfrm libxfrm/base ;;
	# racoonctl prints SAs and policies as setkey does
	ike/ctl)	echo ike/ctl ike/crypto setkey libxfrm libxfrm/base ;;
	ike/daemon)	echo ike/daemon ike/v1 ike/v2 ike/core ike/wire ike/crypto \
			ike/ctl parser libxfrm libxfrm/base ;;
	esac
}

for dir in libxfrm/base libxfrm parser setkey ike/wire ike/crypto ike/core \
    ike/v1 ike/v2 ike/ctl ike/daemon; do
	bad=$(for f in "$dir"/*.[chly] "$dir"/*.def; do
		[ -e "$f" ] || continue
		sed -n 's,^[[:space:]]*#[[:space:]]*include "\([^"]*\)".*,\1,p' "$f" |
		while read -r inc; do
			to=$(dirname "$inc")
			[ "$to" != . ] || [ "$inc" = config.h ] ||
				[ ! -e "$inc" ] || to=.
			[ "$inc" = config.h ] && continue
			[ "$to" = . ] && to=$dir
			case " $(allowed "$dir") " in
			*" $to "*) ;;
			*) echo "$f includes $inc" ;;
			esac
			# the core is sans-I/O
			case $dir:$inc in
			ike/core:libxfrm/sock.h|ike/v[12]:libxfrm/sock.h)
				echo "$f includes $inc" ;;
			esac
		done
	done)
	if [ -z "$bad" ]; then
		pass "includes of $dir"
	else
		fail "includes of $dir" "they point up or sideways"
		echo "$bad"
	fi
done
finish
