# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# strongSwan in lab tests, beside lab.sh: one charon, in $SW_HOST (default b).
#
#	sw_start		starts charon and waits until it listens
#	sw_stop [SIGNAL]	ends it; KILL leaves its SAs and policies behind
#	sw_load < TEXT		swanctl.conf: loads it instead of what was
#	sw WORD ...		swanctl
#	sw_conn NAME KEY=VALUE ...	TEXT of one connection with one child of
#				the same name; keys: see there
#	sw_says REGEX		is that in its log?
#
# A test that needs it says "# needs: swanctl", and ends when sw_here is false.

SW=$XT_TMP/sw
SW_HOST=${SW_HOST:-b}
SW_PID=
SW_CHARON=$(command -v charon /usr/lib/ipsec/charon /usr/libexec/ipsec/charon |
	head -n 1)

sw_here() {
	[ -n "$SW_CHARON" ] || skip strongswan "no charon here"
	[ -n "$SW_CHARON" ]
}

sw_start() {
	mkdir -p "$SW/private"
	cat > "$SW/strongswan.conf" <<-END
		charon {
			i_dont_care_about_security_and_use_aggressive_mode_psk = yes
			retransmit_timeout = 2
			${SW_CHARON_CONF-}
			plugins {
				include /etc/strongswan.d/charon/*.conf
				vici { socket = unix://$SW/vici }
			}
			filelog { stdout { path = $SW/log
				default = 1
				ike = 2
				flush_line = yes } }
		}
		swanctl { load = pem pkcs1 pkcs8 x509 pubkey openssl random nonce }
	END
	rm -f "$SW/vici"
	STRONGSWAN_CONF=$SW/strongswan.conf ip netns exec "$SW_HOST" \
		"$SW_CHARON" > "$SW/out" 2>&1 &
	SW_PID=$!
	disown	# its end is no news for the shell
	wait_for 60 sw --stats > /dev/null 2>&1 && return
	cat "$SW/out" >&2
	sw_tail
	return 1
}

sw_gone() {
	! kill -0 "$SW_PID" 2> /dev/null
}

sw_stop() {	# [SIGNAL]
	kill -s "${1:-TERM}" "$SW_PID" 2> /dev/null
	wait_for 15 sw_gone
}

sw() {	# WORD ...
	STRONGSWAN_CONF=$SW/strongswan.conf SWANCTL_DIR=$SW \
		ip netns exec "$SW_HOST" swanctl "$@" --uri "unix://$SW/vici"
}

sw_load() {	# < TEXT
	cat > "$SW/swanctl.conf"
	sw --load-all --clear --file "$SW/swanctl.conf" > "$SW/load" 2>&1 ||
		sed 's/^/# /' "$SW/load"
}

# One value per key: mode=main|aggressive local remote (addresses) auth=psk|x509
# id rid (identities; of x509 the subjects) cert ike esp (proposals)
# kind=tunnel|transport lts rts (networks) start=trap|none|start; "conn" and
# "child" are further lines of these sections.
sw_conn() {	# NAME KEY=VALUE ...
	local name=$1 kv aggr=no
	local mode=main local='' remote='' auth=psk id='' rid='' cert='' \
		ike=aes128-sha256-ecp256 esp=aes128-sha256-ecp256 kind=tunnel \
		lts='' rts='' start=trap conn='' child=''
	shift
	for kv; do
		local "${kv%%=*}=${kv#*=}"
	done
	[ "$mode" = main ] || aggr=yes
	[ "$auth" = psk ] || auth=pubkey
	cat <<-END
		connections { $name {
			version = 1
			aggressive = $aggr
			local_addrs = $local
			remote_addrs = ${remote:-%any}
			proposals = $ike
			$conn
			local { auth = $auth
				id = "${id:-$local}"
				${cert:+certs = $cert} }
			remote { auth = $auth
				id = "${rid:-${remote:-%any}}" }
			children { $name {
				mode = $kind
				${lts:+local_ts = $lts}
				${rts:+remote_ts = $rts}
				esp_proposals = $esp
				start_action = $start
				$child
			} }
		} }
	END
}

sw_psk() {	# NAME KEY [ID ...]
	local id n=0
	echo "secrets { ike-$1 { secret = \"$2\""
	shift 2
	for id; do
		n=$((n + 1))
		echo "id-$n = \"$id\""
	done
	echo "} }"
}

sw_says() {	# REGEX
	grep -Eq -e "$1" "$SW/log"
}

sw_count() {	# REGEX: how many lines say that
	grep -Ec -e "$1" "$SW/log"
}

# Lines of the log that tell why a test failed.
sw_tail() {
	sed "s/^/# strongSwan: /" "$SW/log" 2> /dev/null |
		tail -n "${RC_TAIL:-25}"
}
