# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# racoon in lab tests, beside lab.sh: one racoon per host, each with a folder
# of its own, $XT_TMP/HOST: racoon.conf, psk.txt, certs/, log, racoon.sock.
#
#	rc_conf HOST < TEXT	racoon.conf; "path", "listen" and "log" lines for
#				the host's folder are put in front
#	rc_remote PEER KEY=VALUE ...	TEXT of a remote section; keys: see there
#	rc_sainfo KEY=VALUE ...		and of a sainfo section
#	rc_psk HOST ID KEY	adds a line to psk.txt
#	rc_start HOST		starts it and waits until it works
#	rc_stop HOST [SIGNAL]	ends it (TERM) and waits
#	ctl HOST WORD ...	racoonctl
#	rc_says HOST REGEX	is that in its log?
#	rc_up HOST [N]		are N (default 1) pairs of SAs up?

# Modules that a first SA would load one by one, which takes long in the VM.
for rc_mod in authenc echainiv seqiv cbc ctr gcm hmac sha1_generic \
	sha256_generic sha512_generic aesni_intel ghash-clmulni-intel \
	chacha20poly1305 deflate des3_ede-x86_64; do
	modprobe -q "$rc_mod" 2> /dev/null
done
unset rc_mod
declare -A RC_PID

rc_dir() {	# HOST
	[ -d "$XT_TMP/$1" ] || {
		mkdir -p "$XT_TMP/$1/certs" "$XT_TMP/$1/scripts"
		: > "$XT_TMP/$1/psk.txt"
		chmod 600 "$XT_TMP/$1/psk.txt"
	}
	echo "$XT_TMP/$1"
}

rc_conf() {	# HOST < TEXT
	local d
	d=$(rc_dir "$1")
	{
		cat <<-END
			path pre_shared_key "$d/psk.txt";
			path certificate "$d/certs";
			path script "$d/scripts";
			path pidfile "$d/racoon.pid";
			log ${RC_LOG:-debug};
			listen { adminsock "$d/racoon.sock"; }
		END
		cat
	} > "$d/racoon.conf"
}

# mode auth=psk|x509 enc hash group life (seconds); "more" are further lines.
rc_remote() {	# PEER KEY=VALUE ...
	local peer=$1 kv method=pre_shared_key
	local mode=main auth=psk enc='aes 128' hash=sha256 group=19 life=600 \
		more=''
	shift
	for kv; do
		local "${kv%%=*}=${kv#*=}"
	done
	[ "$auth" = psk ] || method=rsasig
	cat <<-END
		remote $peer {
			exchange_mode $mode;
			$more
			proposal {
				encryption_algorithm $enc;
				hash_algorithm $hash;
				authentication_method $method;
				dh_group $group;
				lifetime time $life sec;
			}
		}
	END
}

# of (what it is for) pfs enc auth life (seconds); "more" are further lines.
rc_sainfo() {	# KEY=VALUE ...
	local kv of=anonymous pfs=19 enc='aes 128' auth=hmac_sha256 life=600 \
		more=''
	for kv; do
		local "${kv%%=*}=${kv#*=}"
	done
	cat <<-END
		sainfo $of {
			${pfs:+pfs_group $pfs;}
			lifetime time $life sec;
			$more
			encryption_algorithm $enc;
			authentication_algorithm $auth;
			compression_algorithm deflate;
		}
	END
}

rc_psk() {	# HOST ID KEY
	echo "$2 $3" >> "$(rc_dir "$1")/psk.txt"
}

# One started by us is gone: nothing of it may be left behind.  Of one that went
# into the background nobody may ask how it ended.
rc_gone() {	# HOST
	case $(ps -o stat= -p "${RC_PID[$1]}") in
	''|Z*)	return 0 ;;
	esac
	return 1
}

rc_start() {	# HOST
	local d
	d=$(rc_dir "$1")
	: > "$d/log"
	LD_PRELOAD=${RC_PRELOAD-} ip netns exec "$1" racoon -F \
		-f "$d/racoon.conf" -l "$d/log" > "$d/out" 2>&1 &
	RC_PID[$1]=$!
	disown	# its end is no news for the shell
	if ! wait_for 40 ctl_works "$1"; then
		echo "racoon on $1 does not start:" >&2
		tail -n 5 "$d/out" >&2
		return 1
	fi
}

rc_stop() {	# HOST [SIGNAL]
	kill -s "${2:-TERM}" "${RC_PID[$1]}" 2> /dev/null
	wait_for 15 rc_gone "$1"
}

ctl_works() {	# HOST
	ctl "$1" status > /dev/null 2>&1
}

ctl() {	# HOST WORD ...
	local h=$1
	shift
	on "$h" racoonctl -s "$XT_TMP/$h/racoon.sock" "$@"
}

rc_says() {	# HOST REGEX
	grep -Eq -e "$2" "$XT_TMP/$1/log"
}

rc_count() {	# HOST REGEX: how many lines say that
	grep -Ec -e "$2" "$XT_TMP/$1/log"
}

rc_up() {	# HOST [N]
	[ "$(rc_count "$1" 'IPsec-SA established')" -ge $((2 * ${2:-1})) ]
}

# Lines of the log that tell why a test failed.
rc_tail() {	# HOST ...
	local h
	for h; do
		sed "s/^/# $h: /" "$XT_TMP/$h/log" | tail -n "${RC_TAIL:-25}"
	done
}

# Policies between two addresses or nets, on both hosts, by setkey.
rc_down() {	# HOST ...: racoon ends, and the kernel forgets all
	local h
	for h; do
		rc_stop "$h"
	done
	for h; do
		on "$h" setkey -F
		on "$h" setkey -FP
	done
}

# A case: pings go through again, with what racoons say if not.
back_within() {	# NAME SECONDS HOST ADDRESS
	local start=$SECONDS
	if wait_for "$2" ping_ok "$3" "$4" -W 1; then
		pass "$1: the tunnel is there"
		echo "# $1: after $((SECONDS - start)) s"
	else
		fail "$1: the tunnel is there" "not within $2 s"
		RC_TAIL=40 rc_tail a b | grep -v 'DEBUG.*:   '
	fi
}

rc_policies() {	# HOST LOCAL REMOTE RULE [RULE-BACK]
	on "$1" setkey -c <<-END
		spdadd $2 $3 any -P out ipsec $4;
		spdadd $3 $2 any -P in ipsec ${5:-$4};
	END
}

# Certificates for tests: rc_ca makes a CA in $XT_TMP/ca; rc_cert gives HOST
# certs/gw.crt and certs/gw.key with a name, and the CA as certs/ca.crt.
rc_ca() {	# NAME
	local d=$XT_TMP/$1
	mkdir -p "$d"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$d/ca.key" \
		-out "$d/ca.crt" -days 30 -subj "/C=XX/O=Lab/CN=Test $1" \
		-addext basicConstraints=critical,CA:TRUE \
		-addext keyUsage=critical,keyCertSign,cRLSign 2> /dev/null
}

rc_cert() {	# HOST SUBJECT ALTNAME [CA [OPTION ...]]
	local d ca=$XT_TMP/${4:-ca}
	d=$(rc_dir "$1")/certs
	openssl req -newkey rsa:2048 -nodes -keyout "$d/gw.key" \
		-out "$d/gw.csr" -subj "$2" 2> /dev/null || return 1
	chmod 600 "$d/gw.key"
	printf '%s\n' "subjectAltName=$3" "basicConstraints=CA:FALSE" \
		> "$d/gw.ext"
	shift 4 2> /dev/null || set --
	[ $# -gt 0 ] || set -- -days 10
	openssl x509 -req -in "$d/gw.csr" -CA "$ca/ca.crt" \
		-CAkey "$ca/ca.key" -CAcreateserial -extfile "$d/gw.ext" \
		-out "$d/gw.crt" "$@" 2> /dev/null || return 1
	cp "$ca/ca.crt" "$d/ca.crt"
}
