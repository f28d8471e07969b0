# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# strongSwan beside racoon: one charon, in $SW_HOST (default b), with its files
# in $SW.
#
#	sw_start		starts charon and waits until it listens; SW_CONF is
#				what stands inside of "charon { }" of
#				strongswan.conf instead of what sw_usual prints
#	sw_stop [SIGNAL]	ends it; KILL leaves its SAs and policies behind
#	sw_load < TEXT		swanctl.conf: loads it instead of what was
#	sw_cert HOST		gives it the key and certificate that rc_cert() made
#				for HOST, and the CA
#	sw WORD ...		swanctl
#	sw_conn NAME KEY=VALUE ...	TEXT of one connection with one child of
#				the same name; keys: see there
#	sw_says REGEX		is that in its log?
#
# A test ends when sw_here is false; sw_found says nothing.  XT_STRONGSWAN names
# a folder with another strongSwan than the one installed: its packages and all
# that they depend on, the C library, too, unpacked by "dpkg -x".

SW=$XT_TMP/sw
SW_HOST=${SW_HOST:-b}
SW_PID=
SW_ROOT=${XT_STRONGSWAN-}
SW_CHARON=$(command -v "$SW_ROOT"/usr/lib/ipsec/charon \
	"$SW_ROOT"/usr/libexec/ipsec/charon "${SW_ROOT:-charon}" | head -n 1)
SW_CTL=$(command -v "$SW_ROOT"/usr/sbin/swanctl "${SW_ROOT:-swanctl}" | head -n 1)
SW_RUN=()	# what starts a program of it
if [ -n "$SW_ROOT" ]; then
	SW_RUN=("$(command -v "$SW_ROOT"/usr/lib64/ld-linux-*.so.2)"
		--library-path "$(printf '%s:' "$SW_ROOT"/usr/lib/*-linux-gnu \
			"$SW_ROOT"/usr/lib/ipsec)")
fi

# charon looks for its plugins where the package would have put them.
sw_mount() {
	[ -z "$SW_ROOT" ] || mountpoint -q /usr/lib/ipsec || {
		mkdir -p /usr/lib/ipsec &&
			mount --bind "$SW_ROOT/usr/lib/ipsec" /usr/lib/ipsec
	}
}

sw_found() {
	[ -n "$SW_CHARON" ] && [ -n "$SW_CTL" ]
}

sw_here() {
	sw_found && return
	skip strongswan "no charon or no swanctl here"
	return 1
}

sw_usual() {
	cat <<-END
		i_dont_care_about_security_and_use_aggressive_mode_psk = yes
		retransmit_timeout = 2
		plugins {
			include $SW_ROOT/etc/strongswan.d/charon/*.conf
			vici { socket = unix://$SW/vici }
		}
		filelog { stdout { default = 1
			ike = 2 } }
	END
}

sw_start() {
	sw_found && sw_mount || return 1
	mkdir -p "$SW/private" "$SW/x509" "$SW/x509ca"
	cat > "$SW/strongswan.conf" <<-END
		charon {
			${SW_CONF:-$(sw_usual)}
			filelog { stdout { path = $SW/log
				flush_line = yes } }
		}
		swanctl { load = pem pkcs1 pkcs8 x509 pubkey openssl random nonce }
	END
	rm -f "$SW/vici"
	LD_PRELOAD=${SW_PRELOAD-} STRONGSWAN_CONF=$SW/strongswan.conf \
		ip netns exec "$SW_HOST" "${SW_RUN[@]}" "$SW_CHARON" \
		> "$SW/out" 2>&1 &
	SW_PID=$!
	disown	# its end is no news for the shell
	wait_for 120 sw --stats > /dev/null 2>&1 && return
	cat "$SW/out" >&2
	sw_tail
	return 1
}

sw_gone() {
	! kill -0 "$SW_PID" 2> /dev/null
}

sw_stop() {	# [SIGNAL]
	kill -s "${1:-TERM}" "$SW_PID" 2> /dev/null
	wait_for 60 sw_gone || kill -9 "$SW_PID"
}

sw() {	# WORD ...
	STRONGSWAN_CONF=$SW/strongswan.conf SWANCTL_DIR=$SW \
		ip netns exec "$SW_HOST" "${SW_RUN[@]}" \
		"$SW_CTL" "$@" --uri "unix://$SW/vici"
}

sw_cert() {	# HOST
	local d=$XT_TMP/$1/certs
	cp "$d/gw.key" "$SW/private/" && cp "$d/gw.crt" "$SW/x509/" &&
		cp "$d/ca.crt" "$SW/x509ca/"
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
