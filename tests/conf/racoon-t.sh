#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# racoon -t, -C, -V and a wrong command line: output lines and exit statuses.
set -u
# make check runs it from the top of the build tree
[ -x ike/daemon/racoon ] && export XT_BUILD=$PWD
# shellcheck source=tests/lib/env.sh
. "$(dirname "$0")/../lib/env.sh"
if ! command -v racoon > /dev/null; then
	echo "racoon is not built"
	exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

run() {	# STATUS ARGUMENT ...
	local want=$1 got=0
	shift
	racoon "$@" > "$work/out" 2> "$work/err" || got=$?
	if [ $got -ne "$want" ]; then
		echo "racoon $*: status $got, wanted $want"
		cat "$work/out" "$work/err"
		failed=1
	fi
}

says() {	# out|err LINE
	grep -qxF -- "$2" "$work/$1" || {
		echo "no line \"$2\" in std$1:"
		cat "$work/$1"
		failed=1
	}
}

silent() {	# out|err
	[ ! -s "$work/$1" ] || {
		echo "unexpected on std$1:"
		cat "$work/$1"
		failed=1
	}
}

clean=$work/clean.conf
printf '%s\n' 'log info;' 'timer { interval 5 sec; }' > "$clean"
run 0 -t -f "$clean"
says out "racoon: configuration file \"$clean\" syntax is ok"
says out "racoon: configuration file \"$clean\" test is successful"
silent err
run 0 -t --strict -f "$clean"
run 0 -C -f "$clean"
says out "	interval 5 sec;"
says out "	phase1 30 sec;"

warn=$work/warn.conf
printf 'timer { counter 0; }\n' > "$warn"
run 0 -t -f "$warn"
says out "racoon: configuration file \"$warn\" test is successful"
says out "    timer { counter 0; }"
says out "                    ^"
run 1 -t --strict -f "$warn"
says err "racoon: configuration file \"$warn\" test failed"

bad=$work/bad.conf
printf 'log info;\nlog loud;\n' > "$bad"
run 1 -t -f "$bad"
says err "racoon: configuration file \"$bad\" test failed"
grep -q "^$bad:2:5: error: " "$work/out" || {
	echo "no place on stdout:"
	cat "$work/out"
	failed=1
}
run 1 -C -f "$bad"
says err "racoon: failed to parse configuration file."
silent out
run 1 -t --json -f "$bad"
says out '  "result": "failed",'
says out '      "line": 2,'
run 1 -t -f "$work/none.conf"
says err "racoon: configuration file \"$work/none.conf\" test failed"

run 0 -V
says out "Compiled with:"
run 1 -h
grep -q '^usage: racoon ' "$work/out" || failed=1
run 1 --json -f "$clean"
run 1 -p 0
run 1 -p 70000
run 1 -t extra
exit $failed
