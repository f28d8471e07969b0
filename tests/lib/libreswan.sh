# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# libreswan in lab tests, beside lab.sh: one pluto per host, each with a folder
# of its own, $XT_TMP/pluto.HOST.
#
#	pl_start HOST		starts pluto and waits until it listens
#	pl_stop HOST [SIGNAL]	ends it; KILL leaves its SAs and policies behind
#	pl_psk HOST KEY [ID ...]	adds a line to its ipsec.secrets
#	pl_cert HOST PEER	the certificate that rc_cert() made for HOST, as
#				"own", and the CA
#	pl_conn NAME KEY=VALUE ...	TEXT of one conn; keys: see there
#	pl_load HOST NAME ... < TEXT	ipsec.conf; loads these conns of it
#	pl HOST WORD ...	whack
#	pl_says HOST REGEX	is that in its log?
#
# Debian's libreswan and strongSwan cannot be installed together.  XT_LIBRESWAN
# names a folder with libreswan's package, those it depends on and
# libnss3-tools in it, unpacked by "dpkg -x".  A test ends when pl_here is
# false.

declare -A PL_PID
PL_ROOT=${XT_LIBRESWAN-}
PL_DIR=
for pl_dir in "$PL_ROOT/usr/libexec/ipsec" "$PL_ROOT/usr/lib/ipsec"; do
	[ -x "$pl_dir/pluto" ] && PL_DIR=$pl_dir
done
unset pl_dir

pl_env() {	# COMMAND [ARG ...]: with the libraries beside it
	local libs
	libs=$(printf '%s:' "$PL_ROOT"/usr/lib/*-linux-gnu)
	LD_LIBRARY_PATH=${PL_ROOT:+$libs}$LD_LIBRARY_PATH \
		PATH=$PL_ROOT/usr/bin:$PATH "$@"
}

# pluto looks for its other programs where the package would have put them; a
# test has /usr and /run of its own.
pl_mount() {
	mkdir -p /run/pluto
	[ -z "$PL_ROOT" ] || mount -t overlay overlay \
		-o "lowerdir=$PL_ROOT/usr/libexec:/usr/libexec" /usr/libexec
}

pl_here() {
	if [ -z "$PL_DIR" ]; then
		skip libreswan "no pluto here (XT_LIBRESWAN names its folder)"
	elif ! pl_env certutil -H > /dev/null 2>&1 &&
	     ! pl_env sh -c 'command -v certutil' > /dev/null; then
		skip libreswan "no certutil here"
	else
		pl_mount
		return
	fi
	return 1
}

pl_dir() {	# HOST
	local d=$XT_TMP/pluto.$1
	[ -d "$d" ] || {
		mkdir -p "$d/nss" "$d/ipsec.d/cacerts" "$d/ipsec.d/crls" "$d/run"
		: > "$d/ipsec.secrets"
		chmod 600 "$d/ipsec.secrets"
		pl_env certutil -N -d "sql:$d/nss" --empty-password
	}
	echo "$d"
}

pl_start() {	# HOST
	local d
	d=$(pl_dir "$1")
	printf '\t%s\n' ikev1-policy=accept "logfile=$d/log" \
		"plutodebug=${PL_DEBUG:-none}" \
		${PL_SETUP:+"$PL_SETUP"} |
		sed '1i config setup' > "$d/setup.conf"
	LD_PRELOAD=${PL_PRELOAD-} pl_env ip netns exec "$1" "$PL_DIR/pluto" \
		--nofork --config "$d/setup.conf" --rundir "$d/run" \
		--secretsfile "$d/ipsec.secrets" --ipsecdir "$d/ipsec.d" \
		--nssdir "$d/nss" --logfile "$d/log" --no-dnssec \
		> "$d/out" 2>&1 &
	PL_PID[$1]=$!
	disown	# its end is no news for the shell
	if wait_for 60 pl "$1" --status > /dev/null 2>&1; then
		pl "$1" --listen > /dev/null
		return
	fi
	cat "$d/out" >&2
	pl_tail "$1"
	return 1
}

pl_gone() {	# HOST
	! kill -0 "${PL_PID[$1]}" 2> /dev/null
}

pl_stop() {	# HOST [SIGNAL]
	kill -s "${2:-TERM}" "${PL_PID[$1]}" 2> /dev/null
	wait_for 15 pl_gone "$1"
}

pl() {	# HOST WORD ...
	local h=$1
	shift
	pl_env ip netns exec "$h" "$PL_DIR/whack" \
		--rundir "$XT_TMP/pluto.$h/run" "$@"
}

pl_psk() {	# HOST KEY [ID ...]
	local h=$1 key=$2
	shift 2
	printf '%s: PSK "%s"\n' "${*:+$* }" "$key" >> "$(pl_dir "$h")/ipsec.secrets"
	pl "$h" --rereadsecrets > /dev/null 2>&1
}

pl_cert() {	# HOST
	local d certs=$XT_TMP/$1/certs
	d=$(pl_dir "$1")
	openssl pkcs12 -export -in "$certs/gw.crt" -inkey "$certs/gw.key" \
		-name own -passout pass: -out "$d/own.p12" 2> /dev/null &&
		pl_env pk12util -i "$d/own.p12" -d "sql:$d/nss" -W '' -K '' \
			> /dev/null &&
		pl_env certutil -A -a -i "$certs/ca.crt" -n ca -t CT,, \
			-d "sql:$d/nss"
}

# left is pluto's own side.  left right (addresses) id rid (identities) auth=psk|
# x509 ike esp (proposals) kind=tunnel|transport lts rts (networks) mode=main|
# aggressive pfs=yes|no; "more" are further lines.
pl_conn() {	# NAME KEY=VALUE ...
	local name=$1 kv
	local left='' right=%any id='' rid='' auth=psk \
		ike='aes128-sha2;modp2048' esp='aes128-sha2;modp2048' ah='' \
		kind=tunnel lts='' rts='' mode=main pfs=yes more=''
	shift
	for kv; do
		local "${kv%%=*}=${kv#*=}"
	done
	[ "$mode" = aggressive ] && mode=yes || mode=no
	{
		echo "conn $name"
		cat <<-END
			keyexchange=ike
			ikev2=no
			auto=add
			type=$kind
			aggressive=$mode
			left=$left
			right=$right
			leftupdown=%disabled
			ike=$ike
			pfs=$pfs
		END
		[ -z "$esp" ] || echo "esp=$esp"
		[ -z "$ah" ] || printf '%s\n' phase2=ah "ah=$ah"
		[ -z "$lts" ] || echo "leftsubnet=$lts"
		[ -z "$rts" ] || echo "rightsubnet=$rts"
		[ -z "$id" ] || echo "leftid=\"$id\""
		[ -z "$rid" ] || echo "rightid=\"$rid\""
		if [ "$auth" = psk ]; then
			echo "authby=secret"
		else
			echo "authby=rsasig"
			echo "leftcert=own"
			echo "leftsendcert=always"
			echo "leftrsasigkey=%cert"
			echo "rightrsasigkey=%cert"
		fi
		echo "$more"
	} | sed 's/^[ 	]*//;/^$/d;/^conn /!s/^/	/'
}

pl_load() {	# HOST NAME ... < TEXT
	local h=$1 d n
	shift
	d=$(pl_dir "$h")
	cat > "$d/ipsec.conf"
	for n; do
		pl "$h" --delete --name "$n" > /dev/null 2>&1
		pl_env ip netns exec "$h" "$PL_DIR/addconn" \
			--config "$d/ipsec.conf" \
			--ctlsocket "$d/run/pluto.ctl" "$n" \
			> "$d/load.$n" 2>&1 || sed 's/^/# /' "$d/load.$n"
	done
}

pl_says() {	# HOST REGEX
	grep -Eq -e "$2" "$XT_TMP/pluto.$1/log"
}

pl_count() {	# HOST REGEX: how many lines say that
	grep -Ec -e "$2" "$XT_TMP/pluto.$1/log"
}

# Lines of the log that tell why a test failed.
pl_tail() {	# HOST
	sed "s/^/# pluto: /" "$XT_TMP/pluto.$1/log" 2> /dev/null |
		tail -n "${RC_TAIL:-25}"
}
