#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoon while others flush, load policies anew, cut cables and stop it
# timeout: 600
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"

psk_conf() {	# HOST PEER
	rc_conf "$1" <<-END
		timer { interval 2 sec; counter 3; phase1 20 sec; }
		remote $2 {
			exchange_mode main;
			dpd_delay 10;
			proposal {
				encryption_algorithm aes 128;
				hash_algorithm sha256;
				authentication_method pre_shared_key;
				dh_group 19;
				lifetime time 120 sec;
			}
		}
		sainfo anonymous {
			lifetime time 40 sec;
			encryption_algorithm aes 128;
			authentication_algorithm hmac_sha256;
			compression_algorithm deflate;
		}
	END
	rc_psk "$1" "$2" "a key for upsets"
}

sas_are() {	# HOST N: SAs with an SPI
	[ "$(ip -n "$1" xfrm state | grep -c 'spi 0x0*[1-9a-f]')" = "$2" ]
}

one_pair() {	# NAME: after a while, one pair of SAs on both sides
	wait_for 30 sas_are a 2 && wait_for 30 sas_are b 2
	expect "$1: one pair of SAs on each side" sas_are a 2
	expect "$1: and on b" sas_are b 2
}

policies() {
	rc_policies a 10.1.0.1 10.1.0.2 esp/transport//require
	rc_policies b 10.1.0.2 10.1.0.1 esp/transport//require
}

one_is_up() {	# HOST: and no other tunnel is there, in whatever state
	ctl "$1" status | grep -qx 'Tunnels: 1 up'
}

net_hosts || exit 1
psk_conf a 10.1.0.2
psk_conf b 10.1.0.1
rc_start a && rc_start b
policies
back_within "policies after racoon" 60 a 10.1.0.2

# ---- somebody flushes, under traffic from both
on b setkey -F
back_within "b's SAs flushed" 30 a 10.1.0.2
on a setkey -F
back_within "a's SAs flushed, b talks" 30 b 10.1.0.1
on a ping -q -i 0.1 -c 150 10.1.0.2 > "$XT_TMP/flushes" 2>&1 &
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	on b setkey -F
	sleep 0.$((RANDOM % 9 + 1))
	[ $((i % 3)) != 0 ] || on a setkey -F
done
wait $!
back_within "many flushes" 30 a 10.1.0.2
back_within "many flushes, other way" 30 b 10.1.0.1
one_pair "many flushes"

# ---- policies are loaded anew under traffic: the tunnel stays
lost_at_most() {	# N FILE, of ping_steady
	local sent came lost
	read -r sent came lost <<< "$(ping_tally "$2")"
	echo "# $((sent - came)) of $sent packets lost: $lost"
	[ "$sent" -gt 0 ] && [ $((sent - came)) -le "$1" ]
}
cat > "$XT_TMP/pol.conf" <<-END
	spdadd 10.1.0.1 10.1.0.2 any -P out ipsec esp/transport//require;
	spdadd 10.1.0.2 10.1.0.1 any -P in ipsec esp/transport//require;
END
{ echo 'spdflush;'; cat "$XT_TMP/pol.conf"; } > "$XT_TMP/anew.conf"
ping_steady "$XT_TMP/ping.anew" 37 0.1 a 10.1.0.2 &
for i in 1 2 3 4 5 6; do
	on a setkey -f "$XT_TMP/anew.conf"
	sleep 3
	on a setkey --sync -f "$XT_TMP/pol.conf"
	sleep 3
done
wait $!
# what leaves after spdflush is in clear, and refused
expect "policies loaded anew: one packet lost each time, at most" \
	lost_at_most 6 "$XT_TMP/ping.anew"
one_pair "policies loaded anew"
expect "policies loaded anew: the tunnel is theirs" one_is_up a

# ---- the interface of a goes down and up
ip -n a link set $WIRE down
sleep 3
ip -n a link set $WIRE up
back_within "interface down and up" 40 a 10.1.0.2

# ---- an address more comes and goes
ip -n a addr add 10.1.0.77/24 dev $WIRE
sleep 1
expect "another address comes" ping_ok a 10.1.0.2
ip -n a addr del 10.1.0.77/24 dev $WIRE
expect "and goes" ping_ok a 10.1.0.2

# ---- racoon stands still for a while
mapfile -t pids < <(pgrep -f 'racoon.*/b/')
on a ping -q -i 0.1 -c 300 10.1.0.2 > /dev/null 2>&1 &
kill -STOP "${pids[@]}"
sleep 30
kill -CONT "${pids[@]}"
wait $!
back_within "stopped for 30 s" 40 a 10.1.0.2
back_within "stopped for 30 s, other way" 40 b 10.1.0.1
one_pair "stopped for 30 s"

# ---- hundreds of policies want a tunnel at once
rc_down a b
nets=500
for ((i = 0; i < nets; i++)); do
	n=10.$((100 + i / 250)).$((i % 250)).0/24
	echo "spdadd 10.9.0.0/24 $n any -P out ipsec" \
		"esp/tunnel/10.1.0.1-10.1.0.2/unique:$((i + 1));"
	echo "spdadd $n 10.9.0.0/24 any -P in ipsec" \
		"esp/tunnel/10.1.0.2-10.1.0.1/unique:$((i + 1));"
done > "$XT_TMP/many.a"
sed 's/-P out/-P tmp/; s/-P in/-P out/; s/-P tmp/-P in/' "$XT_TMP/many.a" \
	> "$XT_TMP/many.b"
on a setkey -f "$XT_TMP/many.a"
on b setkey -f "$XT_TMP/many.b"
for h in a b; do
	sed -i 's/time 40 sec/time 900 sec/' "$XT_TMP/$h/racoon.conf"
done
rc_start a && rc_start b
ip -n a addr add 10.9.0.1/24 dev lo
ip -n a route add 10.100.0.0/14 via 10.1.0.2 src 10.9.0.1
# shellcheck disable=SC2016 # that shell counts
on a bash -c 'for ((i = 0; i < $1; i++)); do
	echo x > /dev/udp/10.$((100 + i / 250)).$((i % 250)).1/9
done' - $nets 2> /dev/null
start=$SECONDS
wait_for 200 sas_are a $((2 * nets))
echo "# $nets tunnels: after $((SECONDS - start)) s"
expect "$nets tunnels at once" sas_are a $((2 * nets))
on a setkey -F
wait_for 60 sas_are a 0
wait_for 60 sas_are b 0
expect "flush of all: a" sas_are a 0
expect "flush of all: b was told" sas_are b 0
rc_stop a
rc_stop b
finish
