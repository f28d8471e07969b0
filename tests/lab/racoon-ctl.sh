#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoonctl: what it says when a tunnel is up, and why one is not
# needs: openssl
# timeout: 900
# shellcheck disable=SC2016
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/gateways.sh
. "$XT_TOP/tests/lib/gateways.sh"

conf=$XT_TOP/conf/racoon

row() {	# NAME: is it among those that XT_ROWS asks for?
	grep -Eq "${XT_ROWS:-.}" <<< "$1"
}

# So that what fails does so soon.
quick='s/interval 5 sec/interval 1 sec; counter 2/'

# The samples, each through a sed script: what is wrong about ga's, and gb's.
files() {	# SAMPLE SED-A SED-B
	sed -e "$quick" -e "$2" "$conf/$1" | gw_put ga racoon/racoon.conf 600
	sed -e "$quick" -e "$3" "$conf/$1" | gw_mirror |
		gw_put gb racoon/racoon.conf 600
}

psk() {	# KEY-A KEY-B; an empty one is no line
	echo "${1:+198.51.100.1 $1}" | gw_put ga racoon/psk.txt 600
	echo "${2:+192.0.2.1 $2}" | gw_put gb racoon/psk.txt 600
}

start() {	# HOST ...
	local h
	for h; do
		gw "$h" rm -f /run/log
		gw "$h" racoon -l /run/log || return 1
	done
}

establish() {
	gw ga timeout 60 racoonctl establish-sa -w esp inet 10.1.0.0/16 \
		10.2.0.0/16 > "$XT_TMP/es" 2>&1
}

status() {	# HOST
	gw "$1" racoonctl status > "$XT_TMP/status" 2>&1
	cat "$XT_TMP/status"
}

status_says() {	# HOST REGEX
	status "$1" | grep -Eq -- "$2"
}

# ga wants the tunnel and does not get it: why, on ga and (- for nothing) gb.
why() {	# NAME REGEX-A REGEX-B [HOST ...]
	local name=$1 a=$2 b=$3 h
	shift 3
	[ $# -gt 0 ] || set -- ga gb
	if ! start "$@"; then
		fail "$name" "racoon does not start"
		return
	fi
	expect_not "$name: establish-sa fails" establish
	expect "$name: ga says why" wait_for 5 status_says ga "DOWN"
	expect "$name: in these words" status_says ga "$a"
	status ga | sed -n '/DOWN/,/^$/s/^/# ga: /p'
	if [ "$b" != - ]; then
		expect "$name: gb says why" wait_for 5 status_says gb "$b"
		status gb | sed -n '/DOWN/,/^$/s/^/# gb: /p'
	fi
	for h; do
		gw_stop "$h"
	done
}

certs() {
	(
		cd "$XT_TMP" && gw_ca && gw_cert gw-a && gw_cert gw-b || exit 1
		for h in a b; do
			for f in ca.crt gw-$h.crt gw-$h.key; do
				gw_put "g$h" "racoon/certs/$f" 600 < "$f"
			done
		done
	)
}

gw_net || exit 1
for h in ga gb; do
	mirror='cat'
	[ $h = ga ] || mirror=gw_mirror
	$mirror < "$conf/net-to-net-policies.conf" |
		gw_put $h ipsec-tools.conf 755
	gw $h setkey -f /etc/ipsec-tools.conf
done
psk=net-to-net-psk.conf x509=net-to-net-x509.conf

# ---- a tunnel that comes up, its counters, and flush-sa
if row up; then
	# the first SA makes the kernel load modules, which takes its time
	quick='' files $psk '' ''
	psk same same
	start ga gb
	expect "idle: not asked for" status_says ga '1 not asked for'
	expect "up: establish-sa" establish
	on ha ping -q -c 5 -i 0.2 10.2.0.2 > /dev/null
	expect "up: status" status_says ga '^Tunnels: 1 up$'
	status ga | sed -n 's/^/# /;3,6p'
	gw ga racoonctl status -v -f json > "$XT_TMP/json"
	expect "up: five packets each way" grep -Eq \
		'"tunnels":.*"in":\{"bytes":[0-9]*,"packets":5,.*"packets":5,' \
		"$XT_TMP/json"
	expect "up: lifetimes" grep -Eq \
		'"lifetime_left":28[0-9]{3},.*"lifetime_left":3[0-9]{3},' \
		"$XT_TMP/json"
	gw ga setkey -c <<-END
		add 192.0.2.1 198.51.100.1 esp 0x9999 -m tunnel -E null
			-A hmac-sha1 "12345678901234567890";
	END
	expect "flush-sa ah: nothing of ours" gw ga racoonctl flush-sa ah
	expect "flush-sa ah: the tunnel stays" status_says ga '1 up'
	expect "flush-sa esp" gw ga racoonctl flush-sa esp
	expect "flush-sa esp: ours are gone" wait_for 5 status_says ga \
		'1 not asked for'
	expect "flush-sa esp: the peer was told" wait_for 5 status_says gb \
		'1 not asked for'
	expect "flush-sa esp: others stay" grep -q 'spi=39321(' <(
		gw ga setkey -D)
	expect "flush-sa esp: phase 1 stays" status_says ga 'Phase 1: 0x'
	gw ga setkey -F
	expect_not "delete-sa ipsec: there is no such SA" gw ga racoonctl \
		delete-sa ipsec inet 192.0.2.1 198.51.100.1
	expect_not "delete-sa: a word too many" gw ga racoonctl \
		delete-sa esp inet 192.0.2.1 198.51.100.1 any any
	expect "delete-sa ipsec: phase 1 stays" status_says ga 'Phase 1: 0x'
	expect "logout-user: nobody is logged in" gw ga racoonctl logout-user x
	gw ga racoonctl establish-sa -u x isakmp inet 192.0.2.1 198.51.100.1 \
		<<< pw > "$XT_TMP/es" 2>&1
	expect "establish-sa -u: says that there is no XAUTH" \
		grep -q XAUTH "$XT_TMP/es"
	gw_stop ga
	gw_stop gb
fi

# ---- reasons
if row psk; then
	files $psk '' ''
	psk one other
	why "keys differ" 'pre-shared keys differ' 'pre-shared key'
	psk '' same
	why "no key here" 'psk\.txt' -
	psk same ''
	why "no key there" '198\.51\.100\.1' 'psk\.txt'
fi
if row anonymous; then
	files $psk '' 's/^remote .*/remote anonymous {/'
	psk one other
	why "anonymous, keys differ" 'pre-shared keys differ' 'pre-shared key'
	gw gb setkey -FP
	start ga gb
	expect_not "anonymous, no policy: establish-sa fails" establish
	expect "anonymous, no policy: gb says whom it refused" \
		wait_for 5 status_says gb '^Refused in the last hour:'
	expect "anonymous, no policy: and why" status_says gb 'pre-shared key'
	status gb | sed -n '/^Refused/,/^$/s/^/# gb: /p'
	gw_stop ga
	gw_stop gb
	gw gb setkey -f /etc/ipsec-tools.conf
fi
if row proposal; then
	psk same same
	files $psk '' 's/hash_algorithm sha256/hash_algorithm sha512/'
	why "phase 1 differs" 'NO-PROPOSAL-CHOSEN|no common proposal' \
		'no common proposal: peer offers .*we allow'
	files $psk '' '/^sainfo/,$s/aes 256/3des/'
	why "phase 2 differs" 'NO-PROPOSAL-CHOSEN' 'ESP: peer offers aes'
	files $psk '' '/^sainfo/,$d'
	why "no sainfo there" 'sainfo' 'sainfo'
	files $psk '/^sainfo/,$d' ''
	why "no sainfo here" 'no sainfo of racoon.conf fits' -
	files $psk '/^remote/,/^}/d' ''
	why "no remote here" 'no remote section' -
fi
if row answer; then
	psk same same
	files $psk '' ''
	why "nobody there" 'no answer from 198\.51\.100\.1' - ga
fi
if row policy; then
	psk same same
	files $psk '' ''
	gw gb setkey -FP
	start ga gb
	establish
	expect "no policy there: ga says so" status_says ga 'policy'
	status ga | sed -n '/DOWN/,/^$/s/^/# ga: /p'
	expect "no policy there: gb's log says so" gw_says gb 'no policy found'
	gw_stop ga
	gw_stop gb
	gw gb setkey -f /etc/ipsec-tools.conf
fi
if row cert && certs; then
	files $x509 's/CN=gw-b/CN=gw-c/' ''
	why "another name" 'identif' -
	files $x509 '' ''
	(cd "$XT_TMP" && gw_ca && gw_cert gw-b &&
		gw_put gb racoon/certs/gw-b.crt 600 < gw-b.crt &&
		gw_put gb racoon/certs/gw-b.key 600 < gw-b.key)
	why "unknown CA" 'certificate' -
	files $x509 's/"gw-a.key"/"none.key"/' ''
	why "no private key" 'none\.key|private key|certificate' -
fi

# ---- a name server that does not answer
if row names; then
	psk same same
	sed 's/^remote .*/remote gw-b.example {/' "$conf/$psk" |
		gw_put ga racoon/racoon.conf 600
	echo 'nameserver 203.0.113.1' | gw_put ga resolv.conf 644
	SECONDS=0
	expect "names: it starts" start ga
	expect "names: in time" [ $SECONDS -le 20 ]
	expect "names: and says what is missing" \
		gw_says ga 'getaddrinfo\(gw-b.example\)'
	gw ga racoonctl reload-config &
	sleep 1
	SECONDS=0
	expect "names: it works meanwhile" status_says ga 'not asked for'
	expect "names: without waiting" [ $SECONDS -le 3 ]
	expect "names: the reload ends" wait $!
	echo '198.51.100.1 gw-b.example' | gw_put ga hosts 644
	expect "names: found after a reload" gw ga racoonctl reload-config
	files $psk '' ''
	start gb
	expect "names: the tunnel comes up" establish
	gw_stop ga
	gw_stop gb
fi
finish
