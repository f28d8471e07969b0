# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Configurations as people write them, between two gateways of net_gateways;
# after lab.sh and racoon.sh. A file is what stands on ga. On gb runs its mirror
# image: the same with all addresses and names of a and b exchanged, unless
# there is a file NAME.peer.conf. Comments at the head of a file tell what
# stands around it:
#
#	# psk: ID KEY			a line of psk.txt
#	# cert: SUBJECT ALTNAME		certs/gw.crt and gw.key, certs/ca.crt
#	# tunnel: NET NET RULE		policies for all protocols; "@" and "@6"
#					are the ends of the tunnel
#	# policy: END END PROTO RULE	policies for one protocol
#	# from: HOST			where pings start (default: ha)
#	# to: ADDRESS			and what they go to (default: 10.12.0.2)
#	# flow: tcp PORT CIPHER		what else to send, and what then is there
#	# kinds: WORD ...		what is on the wire (default: esp ike)
#	# life: SECONDS			how long an SA lives

CF=$XT_TMP/configs
mkdir -p "$CF"

cf_mirror() {	# < TEXT
	sed 's/192\.0\.2\.1\b/@1@/g;s/192\.0\.2\.2\b/192.0.2.1/g
		s/10\.11\./@2@/g;s/10\.12\./10.11./g
		s/fd11:/@3@/g;s/fd12:/fd11:/g
		s/2001:db8::1\b/@4@/g;s/2001:db8::2\b/2001:db8::1/g
		s/a\.example/@5@/g;s/b\.example/a.example/g
		s/CN=a\b/@6@/g;s/CN=b\b/CN=a/g
		s/@1@/192.0.2.2/g;s/@2@/10.12./g;s/@3@/fd12:/g
		s/@4@/2001:db8::2/g;s/@5@/b.example/g;s/@6@/CN=b/g'
}

cf_head() {	# FILE WORD: what follows it in the head
	sed -n "/^#/!q;s/^# $2: *//p" "$1"
}

# The file's folders become the host's own; all else stays.
cf_install() {	# HOST FILE
	local d f h=$1 id key subject alt
	d=$(rc_dir "$h")
	: > "$d/psk.txt"
	{
		echo "listen { adminsock \"$d/racoon.sock\"; }"
		echo "path pidfile \"$d/racoon.pid\";"
		echo "log debug;"
		sed "s,\"/etc/racoon,\"$d," "$2"
	} > "$d/racoon.conf"
	mkdir -p "$d/more"
	for f in "$XT_TOP"/tests/lab/configs/more/*; do
		if [ "$h" = ga ]; then
			cat "$f"
		else
			cf_mirror < "$f"
		fi > "$d/more/$(basename "$f")"
	done
	while read -r id key; do
		[ -z "$id" ] || rc_psk "$h" "$id" "$key"
	done <<< "$(cf_head "$2" psk)"
	while read -r subject alt; do
		[ -z "$subject" ] || cf_cert "$h" "$subject" "$alt"
	done <<< "$(cf_head "$2" cert)"
}

cf_cert() {	# HOST SUBJECT ALTNAME: made once
	local d=$2.$3
	d=$CF/cert.${d//[^A-Za-z0-9]/_}
	if [ ! -d "$d" ]; then
		rc_cert "$1" "$2" "$3" || return 1
		cp -r "$XT_TMP/$1/certs" "$d"
	fi
	cp "$d"/gw.* "$d/ca.crt" "$XT_TMP/$1/certs/"
	openssl rehash "$XT_TMP/$1/certs" 2> /dev/null
}

cf_ends() {	# HOST WAY: the ends of its tunnels, outwards or back
	case $1-$2 in
	ga-out | gb-in)	sed 's/@6/2001:db8::1-2001:db8::2/g
				s/@/192.0.2.1-192.0.2.2/g' ;;
	*)		sed 's/@6/2001:db8::2-2001:db8::1/g
				s/@/192.0.2.2-192.0.2.1/g' ;;
	esac
}

cf_policies() {	# HOST FILE
	local a b proto rule
	{
		cf_head "$2" tunnel | sed 's/ / /;s/^\([^ ]* [^ ]*\) /\1 any /'
		cf_head "$2" policy
	} | while read -r a b proto rule; do
		echo "spdadd $a $b $proto -P out ipsec" \
			"$(cf_ends "$1" out <<< "$rule");"
		echo "spdadd $b $a $proto -P in ipsec" \
			"$(cf_ends "$1" in <<< "$rule");"
	done | on "$1" setkey -f /dev/stdin
}

# Puts FILE onto ga and its mirror image or peer onto gb.
cf_place() {	# FILE
	local peer=${1%.conf}.peer.conf
	if [ ! -f "$peer" ]; then
		peer=$CF/mirror.conf
		cf_mirror < "$1" > "$peer"
	fi
	cf_install ga "$1" && cf_install gb "$peer" &&
		cf_policies ga "$1" && cf_policies gb "$peer"
}

cf_sas() {	# HOST N: are there so many SAs with keys?
	[ "$(on "$1" setkey -D | grep -c 'state=mature')" -ge "$2" ]
}

# A packet, or COMMAND, brings the tunnel up, and only IPsec is on the wire.
cf_up() {	# NAME FILE FROM TO [COMMAND ...]
	local name=$1 file=$2 from=$3 to=$4 proto port cipher kinds h
	shift 4
	[ $# -gt 0 ] || set -- on "$from" ping -q -n -c 1 -W 1 "$to"
	kinds=$(cf_head "$file" kinds)
	cap_start "$name"
	"$@" > "$CF/begin" 2>&1
	if wait_for 20 cf_sas ga 2 && wait_for 10 ping_ok "$from" "$to"; then
		pass "$name: comes up"
	else
		fail "$name: comes up" "no traffic"
		sed 's/^/# /' "$CF/begin" | tail -n 5
		rc_tail ga
	fi
	[ -z "${XT_SHOW-}" ] || {
		for h in ga gb; do
			RC_TAIL=1000 rc_tail $h | grep -v DEBUG
			ctl $h status
		done
	}
	while read -r proto port cipher; do
		[ -n "$proto" ] || continue
		expect "$name: $proto port $port" \
			flow "$proto" ga gb "$to" "$port" 3000
		expect "$name: with $cipher" grep -qF "$cipher" \
			<(ip -n ga xfrm state)
	done <<< "$(cf_head "$file" flow)"
	cap_stop "$name"
	# shellcheck disable=SC2086	# words
	expect "$name: only IPsec" cap_only "$name" ${kinds:-esp ike}
}

# Runs FILE on ga with its mirror image or peer on gb.
cf_run() {	# NAME FILE
	local name=$1 file=$2 from to life
	from=$(cf_head "$file" from)
	to=$(cf_head "$file" to)
	cf_place "$file" || fail "$name" "cannot be set up"
	if ! rc_start ga || ! rc_start gb; then
		fail "$name" "racoon does not start"
		cf_stop
		cf_clean
		return
	fi
	cf_up "$name" "$file" "${from:-ha}" "${to:-10.12.0.2}"
	for life in $(cf_head "${file%.conf}.peer.conf" life 2> /dev/null); do
		expect "$name: both live $life s" cf_lives "$life"
	done
	cf_stop
	expect "$name: nothing is left" cf_clean
}

# Runs FILE on ga with strongSwan on gb, which has SWANCTL.CONF; strongSwan
# begins, too, where the client is not told by "from" to do so.
cf_swan() {	# NAME FILE SWANCTL.CONF
	local name="$1 with strongSwan" from to
	from=$(cf_head "$2" from)
	to=$(cf_head "$2" to)
	if ! cf_install ga "$2" || ! cf_policies ga "$2" ||
		! sw_load < "$3" || ! rc_start ga; then
		fail "$name" "cannot be set up"
	fi
	cf_up "$name" "$2" "${from:-ha}" "${to:-10.12.0.2}"
	rc_stop ga
	if [ -z "$from" ]; then
		rc_start ga || fail "$name" "racoon does not start"
		cf_up "$name, which begins" "$2" hb 10.11.0.2 \
			sw --initiate --child nets --timeout 20
		rc_stop ga
	fi
	sw --terminate --ike lab --force > /dev/null 2>&1
	on ga setkey -FP
	on ga setkey -F
}

cf_lives() {	# SECONDS: hard lifetime of every SA on both
	local h
	for h in ga gb; do
		on $h setkey -D | grep 'hard: ' | grep -q "hard: $1(s)" ||
			return 1
	done
}

cf_stop() {
	local h
	for h in ga gb; do
		[ -z "${RC_PID[$h]-}" ] || rc_stop $h
	done
}

cf_clean() {
	local h left=
	for h in ga gb; do
		left+=$(ip -n $h xfrm state)
		on $h setkey -FP
		on $h setkey -F
	done
	[ -z "$left" ]
}
