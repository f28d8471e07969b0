# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# strongSwan beside racoon, one charon at a time, with its files in $SW.
#
#	sw_start HOST < TEXT	starts charon in that network namespace, with
#				TEXT inside of "charon { }" of strongswan.conf
#	sw_stop			ends it and waits
#	sw WORD ...		swanctl, talking to it
#	sw_load < TEXT		loads TEXT as swanctl.conf
#	sw_tail			the end of its log
#
# sw_start leaves 0 if there is a charon at all and it runs.

SW=$XT_TMP/sw
SW_PID=
SW_HOST=
CHARON=$(command -v charon /usr/lib/ipsec/charon /usr/libexec/ipsec/charon |
	head -n 1)

sw_start() {	# HOST < TEXT
	[ -n "$CHARON" ] && command -v swanctl > /dev/null || return 1
	SW_HOST=$1
	mkdir -p "$SW/private" "$SW/x509" "$SW/x509ca"
	{
		echo "charon {"
		cat
		cat <<-END
			filelog { stdout { path = $SW/log
				flush_line = yes } }
		}
		swanctl { load = pem pkcs1 pkcs8 x509 pubkey openssl random nonce }
		END
	} > "$SW/strongswan.conf"
	rm -f "$SW/vici"
	LD_PRELOAD=${SW_PRELOAD-} STRONGSWAN_CONF=$SW/strongswan.conf \
		ip netns exec "$1" "$CHARON" \
		> /dev/null 2>&1 &
	SW_PID=$!
	wait_for 60 test -S "$SW/vici" && return
	sw_tail
	return 1
}

sw_gone() {
	! kill -0 "$SW_PID" 2> /dev/null
}

sw_stop() {
	kill "$SW_PID" 2> /dev/null
	wait_for 60 sw_gone || kill -9 "$SW_PID"
	wait "$SW_PID" 2> /dev/null
}

sw() {	# WORD ...
	STRONGSWAN_CONF=$SW/strongswan.conf SWANCTL_DIR=$SW \
		ip netns exec "$SW_HOST" swanctl "$@" \
		--uri "unix://$SW/vici"
}

sw_load() {	# < TEXT
	cat > "$SW/swanctl.conf"
	sw --load-all --file "$SW/swanctl.conf" > "$SW/load" 2>&1 && return
	sed 's/^/# /' "$SW/load"
	return 1
}

sw_tail() {
	[ ! -f "$SW/log" ] ||
		tail -n 20 "$SW/log" | sed 's/^/# strongSwan: /'
}
