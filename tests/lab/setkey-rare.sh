#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: setkey -x: events that only traffic makes: counters, NAT, Mobile IPv6
# timeout: 240
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"

cd "$XT_TMP" || exit 1
enc="-E aes-cbc 0x000102030405060708090a0b0c0d0e0f
	-A hmac-sha1 0x000102030405060708090a0b0c0d0e0f10111213"

net_hosts || exit 1
on b setkey -x > text 2> text.err &
text=$!
on b setkey -x --json > json 2> json.err &
json=$!
listening() {
	on b setkey -c <<< "spdupdate 10.7.7.7 10.7.7.8 any -P out none;"
	sleep 0.2
	grep -q 10.7.7.7 text && grep -q 10.7.7.7 json
}
expect "both listen" wait_for 30 listening

# ---- counters: every other packet while somebody listens -------------------

for h in a b; do
	on $h setkey -c <<-END
		add 10.1.0.1 10.1.0.2 esp 0x1000 -u 7 -r 32 $enc;
		add 10.1.0.2 10.1.0.1 esp 0x1001 -u 8 -r 32 $enc;
	END
done
on a setkey -c <<-END
	spdadd 10.1.0.1 10.1.0.2 any -P out ipsec esp/transport//unique:7;
END
on b setkey -c <<-END
	spdadd 10.1.0.2 10.1.0.1 any -P out ipsec esp/transport//unique:8;
END
on a ping -n -c 5 -i 0.2 -w 20 10.1.0.2 > pings 2>&1
expect "aevent: five pings" grep -q ' 5 received' pings
wait_for 20 grep -q '^aevent' text
expect "aevent: shown" grep -Eq '^aevent seq=[0-9]+ pid=0$' text
expect "aevent: of which SA" grep -Eq '^	esp .*0x00001000.* reqid=7$' text
expect "aevent: why" grep -Eq '^	cause=0x[0-9a-f]*$' text
expect "aevent: what it has received" \
	grep -Eq '^	seq=0x000000000000000[2-5] oseq=0x0{16}$' text
expect "aevent: JSON" grep -q '"event":"aevent".*"reqid":7' json
on a setkey -F
on a setkey -FP
on b setkey -F
on b setkey -FP

# ---- a NAT that gave the peer another port ---------------------------------

start_ready a xtnet encap 4 4500 || exit 1
start_ready b xtnet encap 4 4500 || exit 1
on a setkey -c <<-END
	add 10.1.0.1[4500] 10.1.0.2[4500] esp-udp 0x2000 $enc;
	spdadd 10.1.0.1 10.1.0.2 any -P out ipsec esp/transport//require;
END
on b setkey -c <<-END
	add 10.1.0.1[4510] 10.1.0.2[4500] esp-udp 0x2000 -u 9 $enc;
END
on a ping -n -c 2 -i 0.2 -w 10 10.1.0.2 > /dev/null 2>&1
wait_for 20 grep -q '^mapping' text
expect "mapping: shown" grep -q '^mapping ' text
expect "mapping: from where to where" grep -Fqx \
	'	moved: 10.1.0.1[4510] to 10.1.0.1[4500]' text
expect "mapping: of which SA" grep -q 'spi=8192(0x00002000) reqid=9' text
expect "mapping: JSON" grep -q '"event":"mapping"' json
on a setkey -F
on a setkey -FP
on b setkey -F

# ---- Mobile IPv6: a home address that no policy asks for ---------------------

home=fd01::99
ip -n a addr add $home/128 dev lo nodad
ip -n b -6 route add $home/128 via fd01::1
ip -n a xfrm state add src $home dst fd01::2 proto hao mode ro coa fd01::1 \
	2> mip6 && ip -n b xfrm state add src $home dst fd01::2 proto hao \
	mode ro coa fd01::1 2>> mip6 && ip -n a xfrm policy add src $home/128 \
	dst fd01::2/128 dir out tmpl src $home dst fd01::2 proto hao mode ro
if [ -s mip6 ]; then
	skip report "this kernel has no Mobile IPv6: $(head -n 1 mip6)"
else
	on a ping -n -c 2 -i 0.2 -w 5 -I $home fd01::2 > /dev/null 2>&1
	wait_for 20 grep -q '^report' text
	expect "report: shown" grep -q '^report ' text
	expect "report: what no policy asks for" \
		grep -Eq "^	no policy for .* ?$home" text
	expect "report: JSON" grep -q '"event":"report"' json
fi

if command -v python3 > /dev/null; then
	expect "each line is an object" python3 -c '
import json
for line in open("json"):
    d = json.loads(line)
    assert d["schema_version"] == 1 and d["command"] == "monitor", d'
fi
kill $text $json
[ $XT_FAILED -eq 0 ] || tail -n 60 text
finish
