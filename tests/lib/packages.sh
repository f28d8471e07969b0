# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Reads tests/packages and installs what is missing. Needs XT_TOP.

packages_of() {	# GROUP ...: entries, as written
	local g
	for g; do
		sed -n "/^\[$g\]/,/^\[/{/^[^[#]/p}" "$XT_TOP/tests/packages"
	done
}

package_here() {	# NAME
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null)" = installed ]
}

package_known() {	# NAME: the archive has it
	# of one that others only mention, nothing is shown, without an error
	[ -n "$(apt-cache show --no-all-versions "$1" 2> /dev/null)" ]
}

# Entries that no installed package satisfies.
packages_missing() {	# GROUP ...
	local entry names p here
	packages_of "$@" | while read -r entry; do
		names=${entry%\?}
		here=
		for p in ${names//|/ }; do
			package_here "$p" && here=$p && break
		done
		# what may be absent does not alone call for apt
		[ -n "$here" ] || echo "$entry"
	done
}

# Install the groups; quick where nothing is missing. Output of apt on stdout.
packages_install() {	# GROUP ...
	local missing entry p todo=()
	missing=$(packages_missing "$@")
	if ! grep -qv '?$' <<< "$missing"; then
		return 0
	fi
	if ! command -v apt-get > /dev/null; then
		echo "no apt-get here; install what gives these by hand:"
		echo "$missing"
		return 1
	fi
	apt-get -q update || return 1
	for entry in $missing; do
		for p in $(tr '|' ' ' <<< "${entry%\?}"); do
			package_known "$p" && todo+=("$p") && continue 2
		done
		case $entry in
		*\?) ;;
		*)	echo "no package for $entry in the configured sources"
			return 1 ;;
		esac
	done
	DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		--no-install-recommends install "${todo[@]}"
}
