#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoon with racoon: renewal under traffic, reload, dead peers, NAT
# timeout: 600
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"

psk_conf() {	# HOST PEER LIFE1 LIFE2 [LINE ...]: lifetimes in seconds
	local h=$1 peer=$2 life1=$3 life2=$4
	shift 4
	rc_conf "$h" <<-END
		timer { interval 2 sec; counter 3; phase1 20 sec; }
		remote $peer {
			exchange_mode main;
			$*
			proposal {
				encryption_algorithm aes 128;
				hash_algorithm sha256;
				authentication_method pre_shared_key;
				dh_group 19;
				lifetime time $life1 sec;
			}
		}
		sainfo anonymous {
			pfs_group 19;
			lifetime time $life2 sec;
			encryption_algorithm aes 128;
			authentication_algorithm hmac_sha256;
			compression_algorithm deflate;
		}
	END
}

up() {	# NAME FROM TO
	on "$2" ping -q -c 1 -W 1 "$3" > /dev/null 2>&1
	if wait_for 25 rc_up a && wait_for 10 ping_ok "$2" "$3"; then
		pass "$1: comes up"
	else
		fail "$1: comes up" "no tunnel"
		rc_tail a b
	fi
}


# ---- both phases are renewed, and not one packet is lost
net_hosts || exit 1
psk_conf a 10.1.0.2 40 20 "dpd_delay 5;"
psk_conf b 10.1.0.1 40 20 "dpd_delay 5;"
rc_psk a 10.1.0.2 "a key for renewal"
rc_psk b 10.1.0.1 "a key for renewal"
rc_policies a 10.1.0.1 10.1.0.2 esp/transport//require
rc_policies b 10.1.0.2 10.1.0.1 esp/transport//require
rc_start a && rc_start b
up renewal a 10.1.0.2
cap_start renewal
ping_steady "$XT_TMP/ping.long" 70 0.1 a 10.1.0.2
cap_stop renewal
ping_kept renewal "$XT_TMP/ping.long"
expect "renewal: phase 2 was renewed" rc_up a 3
expect "renewal: phase 1 was renewed" \
	[ "$(rc_count a 'ISAKMP-SA established')" -ge 2 ]
expect "renewal: only ESP and IKE" only_esp_or_ah renewal ike

# ---- a reload leaves the tunnel alone, a bad file changes nothing
spis() {
	ip -n a xfrm state | grep -o 'spi 0x[0-9a-f]*' | sort
}
before=$(spis)
expect "reload: accepted" ctl a reload-config
expect "reload: the tunnel stays" ping_ok a 10.1.0.2
echo 'remote {' >> "$XT_TMP/a/racoon.conf"
expect_not "reload: a bad file is refused" ctl a reload-config
expect "reload: and changes nothing" ping_ok a 10.1.0.2
expect "reload: same SAs or their successors" test -n "$before"

# ---- a peer that is dead is noticed, and found again
rc_down a b
psk_conf a 10.1.0.2 600 600 "dpd_delay 2; dpd_retry 1; dpd_maxfail 3;"
psk_conf b 10.1.0.1 600 600
rc_policies a 10.1.0.1 10.1.0.2 esp/transport//require
rc_policies b 10.1.0.2 10.1.0.1 esp/transport//require
rc_start a && rc_start b
up dpd a 10.1.0.2
ip -n b link set $WIRE down
expect "dpd: the dead peer is noticed" wait_for 30 rc_says a 'DPD: remote .* seems to be dead'
expect "dpd: its SAs are gone" test -z "$(ip -n a xfrm state | grep 'spi 0x[^0]')"
ip -n b link set $WIRE up
expect "dpd: the tunnel comes back" wait_for 40 ping_ok a 10.1.0.2
rc_down a b

# ---- a NAT in between
net_down
net_nat || exit 1
# What b answers has to be routed somewhere before it is put into the tunnel.
ip -n b route add 10.1.0.1 via 192.0.2.254
psk_conf a 192.0.2.2 600 20 "nat_traversal on;"
psk_conf b anonymous 600 20 "nat_traversal on; passive on; generate_policy on;"
: > "$XT_TMP/a/psk.txt"
: > "$XT_TMP/b/psk.txt"
rc_psk a 192.0.2.2 "a key for a NAT"
rc_psk b 192.0.2.254 "a key for a NAT"
on a setkey -c <<-END
	spdadd 10.1.0.1 192.0.2.2 any -P out ipsec esp/tunnel/10.1.0.1-192.0.2.2/require;
	spdadd 192.0.2.2 10.1.0.1 any -P in ipsec esp/tunnel/192.0.2.2-10.1.0.1/require;
END
rc_start a && rc_start b
cap_start nat
up nat a 192.0.2.2
ping_steady "$XT_TMP/ping.nat" 45 0.1 a 192.0.2.2
cap_stop nat
ping_kept "nat: renewed under policies that b made" "$XT_TMP/ping.nat"
expect "nat: phase 2 was renewed" rc_up a 2
expect "nat: it was found" rc_says a 'NAT detected'
expect "nat: ESP in UDP and IKE only" cap_only nat esp-udp ike
finish
