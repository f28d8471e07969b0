#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: setkey.service: what its commands do at start, reload and stop
# timeout: 120
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"

cd "$XT_TMP" || exit 1
mkdir -p etc/ipsec-tools.d
conf=etc/ipsec-tools.conf
enc="-E aes-cbc 0x000102030405060708090a0b0c0d0e0f
	-A hmac-sha1 0x000102030405060708090a0b0c0d0e0f10111213"

# The commands of the unit for one verb, as systemd would run them, with
# folders of ours; a failing one behind "=-" does not count.
unit() {	# ExecStart|ExecStartPost|ExecReload|ExecStop
	local line may_fail
	while read -r line; do
		line=${line#"$1"=}
		may_fail=
		case $line in
		-*)	may_fail=1 line=${line#-} ;;
		esac
		line=${line//@sysconfdir@/$XT_TMP/etc}
		line=${line//@sbindir@\/setkey/setkey}
		line=${line//\$\$/\$}
		bash -c "$line" > out 2> err || [ -n "$may_fail" ] || {
			cat out err
			return 1
		}
	done < <(grep "^$1=" "$XT_TOP/conf/setkey.service.in")
}

start() {
	unit ExecStart && unit ExecStartPost
}

spis() {	# SPIs in the kernel
	setkey -D | sed -n 's/.*spi=\([0-9]*\).*/\1/p' | sort -n | xargs
}

printf '#!/usr/sbin/setkey -f\nflush;\nspdflush;\n%s\n%s\n' \
	"add 10.0.0.1 10.0.0.2 esp 4096 $enc;" \
	"spdadd 10.0.0.1 10.0.0.2 any -P out ipsec esp/transport//require;" > $conf
echo "add 10.0.0.1 10.0.0.3 esp 4097 $enc;" > etc/ipsec-tools.d/b.conf
# the last of a file may end it; the others go on
printf '%s\nexit;\nnot read any more\n' \
	"spdadd 10.0.0.1 10.0.0.3 any -P out ipsec esp/transport//unique;" \
	> etc/ipsec-tools.d/a.conf
expect "start" start
expect "start: SAs of both files" [ "$(spis)" = "4096 4097" ]
expect "start: policies of both files" \
	[ "$(setkey -DP | grep -c spid=)" -eq 2 ]
spids=$(setkey -DP | grep -o 'spid=[0-9]*' | sort)

# what an IKE daemon would add
setkey -c <<END
add 10.0.0.9 10.0.0.8 esp 5000 $enc;
spdadd 10.0.0.9 10.0.0.8 any -P out ipsec esp/transport//require;
END
expect "reload without a change" unit ExecReload
expect "reload: all there" [ "$(spis)" = "4096 4097 5000" ]
expect "reload: the same policies" [ "$(setkey -DP |
	grep -o 'spid=[0-9]*' | sort | grep -cxF "$spids")" -eq 2 ]

rm etc/ipsec-tools.d/b.conf
echo "add 10.0.0.1 10.0.0.4 esp 4098 $enc;" > etc/ipsec-tools.d/c.conf
expect "reload with one file less, one more" unit ExecReload
expect "reload: one went, one came, the daemon's stays" \
	[ "$(spis)" = "4096 4098 5000" ]
expect "reload: the daemon's policy stays" \
	[ "$(setkey -DP | grep -c spid=)" -eq 3 ]

echo "add 10.0.0.1 nonsense" >> etc/ipsec-tools.d/c.conf
echo "more nonsense" > etc/ipsec-tools.d/d.conf
expect_not "reload with an error" unit ExecReload
expect "reload: the error has a place" grep -q "/c.conf,4: " err
expect "reload: so has that in the next file" grep -q "/d.conf,1: " err
expect "reload: nothing changed" [ "$(spis)" = "4096 4098 5000" ]
rm etc/ipsec-tools.d/*.conf
expect "reload with an empty folder" unit ExecReload
expect "reload: only the main file's" [ "$(spis)" = "4096 5000" ]

expect "stop" unit ExecStop
expect "stop: nothing is left" \
	[ "$(setkey -D; setkey -DP)" = "No SAD entries.
No SPD entries." ]
expect "start again" start
expect "start again: there" [ "$(spis)" = 4096 ]
finish
