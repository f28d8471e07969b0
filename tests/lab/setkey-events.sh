#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: setkey -x: every kind of event, as text and JSON; lost events
# timeout: 300
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"

cd "$XT_TMP" || exit 1
k16=0x000102030405060708090a0b0c0d0e0f
k20=0x000102030405060708090a0b0c0d0e0f10111213
enc="-E aes-cbc $k16 -A hmac-sha1 $k20"

ip link set lo up
ip link add dummy0 type dummy && ip link set dummy0 up &&
	ip addr add 10.0.0.1/24 dev dummy0

setkey -x > text 2> text.err &
text=$!
setkey -x --json > json 2> /dev/null &
json=$!
setkey -xxH > hex 2> /dev/null &
hex=$!
# they listen when a change shows up
wait_for 30 bash -c 'setkey -c <<< "spdupdate 10.7.7.7 10.7.7.8 any -P out none;"
	sleep 0.2
	grep -q 10.7.7.7 text && grep -q 10.7.7.7 json && grep -q policy hex'
setkey -FP

setkey -c <<END
add 10.0.0.1 10.0.0.2 esp 0x1000 -m tunnel -u 9 $enc;
update 10.0.0.1 10.0.0.2 esp 0x1000 -m tunnel -u 9 -lh 100 $enc;
add 10.0.0.1 10.0.0.2 esp 0x1001 -ls 1 -lh 2 $enc;
spdadd 10.0.0.1 10.0.0.2 any -P out ipsec esp/tunnel/10.0.0.1-10.0.0.2/unique:9;
spdupdate 10.0.0.1 10.0.0.2 any -P out prio 3 ipsec
	esp/tunnel/10.0.0.1-10.0.0.2/unique:9;
spdadd 10.0.0.1 10.0.0.9 icmp -P out ipsec esp/transport//require;
spdadd 10.0.0.1 10.0.0.8 any -lh 1 -P out none;
END
ping -c 1 -W 1 10.0.0.9 > /dev/null 2>&1
setkey -c <<END
migrate 10.0.0.1 10.0.0.2 any -P out
	esp/tunnel/10.0.0.1-10.0.0.2/unique:9
	esp/tunnel/10.0.0.1-10.0.0.3/unique:9;
END
wait_for 20 grep -q 'policy-expire hard' text
wait_for 20 grep -q 'sa-expire hard' text
setkey -c <<END
delete 10.0.0.1 10.0.0.3 esp 0x1000;
spddelete 10.0.0.1 10.0.0.2 any -P out;
flush;
END
wait_for 20 grep -q 'sa-flush' text
wait_for 20 grep -q 'sa-flush' json

while read -r event where; do
	expect "text: $event" grep -Eq "^$event" text
	expect "JSON: $event" grep -q "\"event\":\"$where\"" json
done <<'END'
sa-new sa-new
sa-update sa-update
sa-delete sa-delete
sa-flush sa-flush
sa-expire.soft sa-expire
sa-expire.hard sa-expire
policy-new policy-new
policy-update policy-update
policy-delete policy-delete
policy-flush policy-flush
policy-expire.hard policy-expire
acquire acquire
migrate migrate
END
expect "acquire: what is wanted" grep -q '	wanted: esp 10.0.0.1 10.0.0.9' text
expect "acquire: which packet" \
	grep -Eq '	packet: 10.0.0.1(/32)? 10.0.0.9(/32)? icmp' text
expect "migrate: from where to where" grep -q \
	'	esp/tunnel/10.0.0.1-10.0.0.2 to 10.0.0.1-10.0.0.3' text
expect "an SA is shown as in the dump" grep -q \
	'^	esp mode=tunnel spi=4096(0x00001000) reqid=9(0x00000009)$' text
expect "times" grep -Eq '^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6} $' text
expect "-xx: seconds" grep -Eq '^[0-9]{9,}\.[0-9]{6} $' hex
expect "-H: bytes" grep -Eq '^00000010: [0-9a-f]{32}$' hex
if command -v python3 > /dev/null; then
	expect "each line is an object" python3 -c '
import json, sys
for line in open("json"):
    d = json.loads(line)
    assert d["schema_version"] == 1 and d["command"] == "monitor", d
    assert d["time"] > 0 and "event" in d, d'
fi
kill $json $hex

# A reader that sleeps while more happens than the kernel keeps for it.
for i in $(seq 0x2000 0x3fff); do
	echo "add 10.0.0.1 10.0.0.2 esp $i -E null;"
done > many.conf
dropped() {
	awk '$9 > 0 && NR > 1 { found = 1 } END { exit !found }' /proc/net/netlink
}
kill -STOP $text
for _ in 1 2 3 4 5 6 7 8; do
	setkey -F
	setkey -f many.conf
	dropped && break
done
expect "the queue is full at last" dropped
kill -CONT $text
wait_for 30 grep -q lost text.err
expect "lost events are told" grep -q '^setkey: WARNING: events were lost$' text.err
# as long as the queue is full, the kernel drops what comes
expect "and it goes on" wait_for 60 bash -c '
	setkey -c <<< "spdupdate 10.9.9.9 10.0.0.2 any -P out none;"
	sleep 1
	grep -q "^10.9.9.9" text'
kill $text

# Nobody reads any more: it ends by itself.
setkey -x | head -n 1 > /dev/null &
pipe=$!
wait_for 30 bash -c "setkey -c <<< 'spdupdate 10.7.7.7 10.7.7.8 any -P out none;'
	sleep 0.2
	! kill -0 $pipe 2> /dev/null"
expect "ends when its reader does" bash -c "! kill -0 $pipe 2> /dev/null"
finish
