#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoon: its two processes, what they hold and how they end
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"

net_hosts || exit 1
d=$(rc_dir a)
rc_conf a <<-END
	remote 10.1.0.2 {
		exchange_mode main;
		proposal {
			encryption_algorithm aes;
			hash_algorithm sha256;
			authentication_method pre_shared_key;
			dh_group 19;
		}
	}
	sainfo anonymous {
		encryption_algorithm aes;
		authentication_algorithm hmac_sha256;
		compression_algorithm deflate;
	}
END

started() {	# MONITOR and ENGINE are its processes
	MONITOR=$(cat "$d/racoon.pid") && ENGINE=$(pgrep -P "$MONITOR")
}

gone() {	# PID ...: ended, or waiting for an init that may not care
	local p
	for p; do
		[ ! -e "/proc/$p/exe" ] || return 1
	done
	return 0
}

# One that reads its output to the end, as ssh does, must not wait for the
# daemon; names of files are those of the directory it is started in.
in_background() {
	timeout 10 ip netns exec a bash -c \
		"cd '$d' && racoon -f racoon.conf -l log 2>&1 | cat"
}
expect "in the background: nobody waits for it" in_background
expect "in the background: two processes" started

held() {	# PID: what its descriptors are
	local fd
	for fd in "/proc/$1/fd"/*; do
		readlink "$fd"
	done
}
foreign() {	# what the unprivileged one should not hold
	held "$ENGINE" | grep -Ev '^(socket:|anon_inode:|/dev/null$)'
}
expect_not "the unprivileged one holds no file, pipe or terminal" foreign
: > "$d/log"
kill -HUP "$MONITOR"
expect "reads its files again from elsewhere" \
	wait_for 5 rc_says a "Reading configuration from \"$d/racoon.conf\""

# A process that strangers have taken over does as it likes.
kill -STOP "$ENGINE"
kill -TERM "$MONITOR"
expect "ends with an unprivileged process that does not" \
	wait_for 15 gone "$MONITOR" "$ENGINE"
expect "no pid file is left" test ! -e "$d/racoon.pid"
finish
