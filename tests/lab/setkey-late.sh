#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: setkey: extensions that are newer than the kernel
# timeout: 120
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"

cd "$XT_TMP" || exit 1
enc="-E aes-cbc 0x000102030405060708090a0b0c0d0e0f
	-A hmac-sha1 0x000102030405060708090a0b0c0d0e0f10111213"

since() {	# VERSION: the running kernel is that or later
	printf '%s\n' "$1" "$(uname -r)" | sort -CV
}

status() {	# WANTED COMMAND [ARG ...]
	local want=$1 got=0
	shift
	"$@" > out 2> err || got=$?
	[ "$got" -eq "$want" ] || {
		cat out err
		return 1
	}
}

count() {	# NUMBER TEXT FILE
	[ "$(grep -c -- "$2" "$3")" -eq "$1" ] || {
		cat "$3"
		return 1
	}
}

cat > dir.conf <<END
add 10.0.0.1 10.0.0.2 esp 0x1000 -esn -dir out $enc;
add 10.0.0.2 10.0.0.1 esp 0x1001 -esn -r 64 -dir in $enc;
add 10.0.0.1 10.0.0.2 ah 0x1002 -dir out
	-A hmac-sha1 0x000102030405060708090a0b0c0d0e0f10111213;
END

since 6.10 && knows=1 || knows=
expect "directions: loaded" status 0 setkey -f dir.conf
cp err said
setkey -D > sad
ip -d xfrm state > sad.ip
expect "directions: three SAs" count 3 state=mature sad
expect "directions: both ESN" count 2 'esn: seq=' sad
expect "directions: plan is empty afterwards" \
	status 0 setkey --plan -f dir.conf
expect "directions: … it says so" grep -q "^0 changes, 3 as it should be" out
if [ -n "$knows" ]; then
	expect "directions: no word about them" [ ! -s said ]
	expect "directions: out" count 2 'dir: out' sad
	expect "directions: in" count 1 'dir: in' sad
else
	expect "directions: warned of once" count 1 'WARNING' said
	expect "directions: by name and place" \
		grep -q '^setkey: dir.conf,1: WARNING: .* -dir, .* 6\.10' said
	expect "directions: left out" count 0 'dir: ' sad
	expect "directions: the outbound SA has a window for ESN" \
		grep -q 'replay_window 32,' sad.ip
	setkey -F
	expect "directions: --strict fails" \
		status 1 setkey --strict -f dir.conf
	expect "directions: … for that" grep -q 'does not know -dir' err
	expect "directions: … before anything is sent" \
		[ "$(setkey -D)" = "No SAD entries." ]
	expect "directions: --json tells, too" \
		status 0 setkey --json -f dir.conf
	expect "directions: … as a warning" \
		grep -q '"event": *"warning".*-dir' out
fi
setkey -F

# labels count with SELinux only
cat > ctx.conf <<END
add 10.0.0.1 10.0.0.2 esp 0x1000 -ctx 1 1 "u:r:t:s0" $enc;
spdadd 10.0.0.1 10.0.0.2 any -ctx 1 1 "u:r:t:s0" -P in none;
END
if grep -q selinuxfs /proc/filesystems; then
	skip labels "this kernel has SELinux"
else
	expect "labels: loaded" status 0 setkey -f ctx.conf
	expect "labels: warned of once" count 1 'WARNING' err
	expect "labels: by name and place" \
		grep -q '^setkey: ctx.conf,1: WARNING: without SELinux .* -ctx' err
	expect "labels: nothing to change afterwards" \
		grep -q '^0 changes, 3' <<< "$(setkey --plan -f ctx.conf 2> /dev/null)"
	expect "labels: deleted with their label" status 0 setkey -c <<< \
		'spddelete 10.0.0.1 10.0.0.2 any -ctx 1 1 "u:r:t:s0" -P in;'
	expect "labels: gone" [ "$(setkey -DP)" = "No SPD entries." ]
	expect "labels: --strict fails" status 1 setkey --strict -f ctx.conf
fi
setkey -F

# a word of 6.11; natt keepalives need -dir out
cat > keep.conf <<END
add 10.0.0.1[4500] 10.0.0.2[4500] esp-udp 0x1000 -dir out -keepalive 20 $enc;
END
expect "keepalives: loaded" status 0 setkey -c < keep.conf
if since 6.11; then
	expect "keepalives: there" grep -q 'keepalive' <<< "$(setkey -D)"
else
	expect "keepalives: warned of" grep -q 'not know -keepalive' err
fi
expect "keepalives: the SA is there" grep -q 'spi=4096' <<< "$(setkey -D)"
finish
