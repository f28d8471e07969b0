# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Configures and builds the tree. Needs XT_TOP and XT_BUILD.

# Build as the user who called sudo, if the tree is theirs: nothing in it ends
# up owned by root, and make check runs without root as it should.
as_user() {	# COMMAND [ARG ...]
	if [ "$(id -u)" -eq 0 ] && [ -n "${SUDO_UID-}" ] &&
	    [ "$(stat -c %u "$XT_TOP")" = "$SUDO_UID" ]; then
		setpriv --reuid "$SUDO_UID" --regid "${SUDO_GID-$SUDO_UID}" \
			--init-groups env HOME="${TMPDIR:-/tmp}" "$@"
	else
		"$@"
	fi
}

# Sets src to where configure is. A tree that was configured in place cannot be
# built from elsewhere, so then it is a copy without what that build left.
src=
find_source() {
	local copy=$XT_BUILD/check/src
	[ -z "$src" ] || return 0
	if [ ! -e "$XT_TOP/config.status" ]; then
		src=$XT_TOP
		return 0
	fi
	echo "the tree is configured in place: building a copy, $copy"
	if [ -e "$XT_TOP/.git" ] && command -v git > /dev/null; then
		as_user mkdir -p "$copy" || return 1
		(cd "$XT_TOP" && git -c safe.directory='*' ls-files -z -c -o \
			--exclude-standard) > "$copy.files" || return 1
		as_user tar -C "$XT_TOP" --null --ignore-failed-read \
			-T "$copy.files" -cf - | as_user tar -C "$copy" -xf - ||
			return 1
	elif [ ! -d "$copy" ]; then
		as_user make -s -C "$XT_TOP" distdir distdir="$copy" || return 1
	fi
	src=$copy
}

# A tree configured before packages came or went looks again for what is there.
reconfigure() {	# DIRECTORY
	[ "$1/config.status" -nt /var/lib/dpkg/status ] ||
		(cd "$1" && as_user ./config.status --recheck &&
			as_user ./config.status && as_user touch config.status)
}

build() {	# DIRECTORY [CONFIGURE OPTION ...]
	local dir=$1
	shift
	find_source || return 1
	case $src$dir in
	*[[:space:]]*)
		echo "autoconf and make take no folder with a blank in its" \
			"name: $src"
		return 1 ;;
	esac
	[ -x "$src/configure" ] || (cd "$src" && as_user autoreconf -fi) || return 1
	as_user mkdir -p "$dir" || return 1
	if [ ! -f "$dir/Makefile" ]; then
		(cd "$dir" && as_user "$src/configure" --enable-werror "$@") ||
			return 1
	elif [ -e /var/lib/dpkg/status ]; then
		reconfigure "$dir" || return 1
	fi
	as_user make -C "$dir" -j "$(nproc)"
}
