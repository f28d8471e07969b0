#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: setkey: traffic with each protocol, algorithm, mode and family
# timeout: 600
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"

# One row per kind of protection: NAME | SEEN | LEVEL | SA [+ SA] [| NEEDS]
#	SEEN	esp, ah, esp-udp, ipcomp: what the wire must show
#		a "*" behind: the text stays readable (no encryption)
#	LEVEL	of the policy's rules; unique: the row's own number as reqid
#	SA	what follows the address pair in "add"; @N is a key of N bytes.
#		The first one is the innermost.
#	NEEDS	TYPE NAME BYTES: skipped where the kernel has no such algorithm
# Each row runs in transport and tunnel mode, over IPv4 and IPv6. XT_ROWS, an
# expression of grep -E, selects rows by name.
rows() {
	cat <<'END'
aes-cbc-128           | esp  | unique | esp -E aes-cbc @16 -A hmac-sha256-128 @32
aes-cbc-192           | esp  | unique | esp -E aes-cbc @24 -A hmac-sha256-128 @32
aes-cbc-256           | esp  | unique | esp -E aes-cbc @32 -A hmac-sha256-128 @32
rijndael-cbc          | esp  | unique | esp -E rijndael-cbc @16 -A hmac-sha1 @20
aes-ctr-128           | esp  | unique | esp -E aes-ctr @20 -A hmac-sha1 @20
aes-ctr-256           | esp  | unique | esp -E aes-ctr @36 -A hmac-sha1 @20
3des-cbc              | esp  | unique | esp -E 3des-cbc @24 -A hmac-sha1 @20
des-cbc               | esp  | unique | esp -E des-cbc @8 -A hmac-md5 @16
camellia-cbc          | esp  | unique | esp -E camellia-cbc @16 -A hmac-sha1 @20 | enc cbc(camellia) 16
blowfish-cbc          | esp  | unique | esp -E blowfish-cbc @16 -A hmac-sha1 @20 | enc cbc(blowfish) 16
cast128-cbc           | esp  | unique | esp -E cast128-cbc @16 -A hmac-sha1 @20 | enc cbc(cast5) 16
twofish-cbc           | esp  | unique | esp -E twofish-cbc @32 -A hmac-sha1 @20 | enc cbc(twofish) 32
serpent-cbc           | esp  | unique | esp -E serpent-cbc @32 -A hmac-sha1 @20 | enc cbc(serpent) 32
null                  | esp* | unique | esp -E null -A hmac-sha1 @20
no-auth               | esp  | unique | esp -E aes-cbc @16
auth-null             | esp  | unique | esp -E aes-cbc @16 -A null
aes-gcm-16-128        | esp  | unique | esp -E aes-gcm-16 @20
aes-gcm-16-192        | esp  | unique | esp -E aes-gcm-16 @28
aes-gcm-16-256        | esp  | unique | esp -E aes-gcm-16 @36
aes-gcm-12            | esp  | unique | esp -E aes-gcm-12 @20
aes-gcm-8             | esp  | unique | esp -E aes-gcm-8 @20
aes-ccm-16            | esp  | unique | esp -E aes-ccm-16 @19
aes-ccm-12            | esp  | unique | esp -E aes-ccm-12 @19
aes-ccm-8             | esp  | unique | esp -E aes-ccm-8 @35
aes-gmac              | esp* | unique | esp -E aes-gmac @20
chacha20-poly1305     | esp  | unique | esp -E chacha20-poly1305 @36
esp-hmac-md5          | esp  | unique | esp -E aes-cbc @16 -A hmac-md5 @16
esp-hmac-md5-128      | esp  | unique | esp -E aes-cbc @16 -A hmac-md5-128 @16
esp-hmac-sha1         | esp  | unique | esp -E aes-cbc @16 -A hmac-sha1 @20
esp-hmac-sha1-160     | esp  | unique | esp -E aes-cbc @16 -A hmac-sha1-160 @20
esp-hmac-sha256       | esp  | unique | esp -E aes-cbc @16 -A hmac-sha256 @32
esp-hmac-sha2-256-96  | esp  | unique | esp -E aes-cbc @16 -A hmac-sha2-256-96 @32
esp-hmac-sha256-256   | esp  | unique | esp -E aes-cbc @16 -A hmac-sha256-256 @32
esp-hmac-sha384       | esp  | unique | esp -E aes-cbc @16 -A hmac-sha384 @48
esp-hmac-sha384-96    | esp  | unique | esp -E aes-cbc @16 -A hmac-sha384-96 @48
esp-hmac-sha384-384   | esp  | unique | esp -E aes-cbc @16 -A hmac-sha384-384 @48
esp-hmac-sha512       | esp  | unique | esp -E aes-cbc @16 -A hmac-sha512 @64
esp-hmac-sha512-96    | esp  | unique | esp -E aes-cbc @16 -A hmac-sha512-96 @64
esp-hmac-sha512-512   | esp  | unique | esp -E aes-cbc @16 -A hmac-sha512-512 @64
esp-aes-xcbc-mac      | esp  | unique | esp -E aes-cbc @16 -A aes-xcbc-mac @16
esp-aes-cmac          | esp  | unique | esp -E aes-cbc @16 -A aes-cmac @16
esp-hmac-ripemd160    | esp  | unique | esp -E aes-cbc @16 -A hmac-ripemd160 @20 | auth hmac(rmd160) 20
esp-replay-32         | esp  | unique | esp -r 32 -E aes-cbc @16 -A hmac-sha1 @20
esp-replay-1024       | esp  | unique | esp -r 1024 -E aes-cbc @16 -A hmac-sha1 @20
esp-esn               | esp  | unique | esp -esn -r 64 -E aes-gcm-16 @20
ah-hmac-md5           | ah*  | unique | ah -A hmac-md5 @16
ah-hmac-md5-128       | ah*  | unique | ah -A hmac-md5-128 @16
ah-hmac-sha1          | ah*  | unique | ah -A hmac-sha1 @20
ah-hmac-sha1-160      | ah*  | unique | ah -A hmac-sha1-160 @20
ah-hmac-sha256        | ah*  | unique | ah -A hmac-sha256 @32
ah-hmac-sha256-128    | ah*  | unique | ah -A hmac-sha256-128 @32
ah-hmac-sha256-256    | ah*  | unique | ah -A hmac-sha256-256 @32
ah-hmac-sha384        | ah*  | unique | ah -A hmac-sha384 @48
ah-hmac-sha384-384    | ah*  | unique | ah -A hmac-sha384-384 @48
ah-hmac-sha512        | ah*  | unique | ah -A hmac-sha512 @64
ah-hmac-sha512-512    | ah*  | unique | ah -A hmac-sha512-512 @64
ah-aes-xcbc-mac       | ah*  | unique | ah -A aes-xcbc-mac @16
ah-aes-cmac           | ah*  | unique | ah -A aes-cmac @16
ah-esn                | ah*  | unique | ah -esn -r 256 -A hmac-sha256-128 @32
esp-udp-aes-cbc       | esp-udp | unique | esp-udp -E aes-cbc @16 -A hmac-sha1 @20
esp-udp-aes-gcm-16    | esp-udp | unique | esp-udp -E aes-gcm-16 @20
bundle-esp-ah         | ah   | unique | esp -E aes-cbc @16 -A hmac-sha1 @20 + ah -A hmac-sha256-128 @32
bundle-ipcomp-esp     | esp  | unique | ipcomp -C deflate + esp -E aes-cbc @16 -A hmac-sha1 @20
bundle-ipcomp-esp-ah  | ah   | unique | ipcomp -C deflate + esp -E aes-gcm-16 @20 + ah -A hmac-sha1 @20
ipcomp                | ipcomp* | unique | ipcomp -C deflate
level-use             | esp  | use     | esp -E aes-cbc @16 -A hmac-sha1 @20
level-require         | esp  | require | esp -E aes-cbc @16 -A hmac-sha1 @20
level-default         | esp  | default | esp -E aes-cbc @16 -A hmac-sha1 @20
END
}

# ---- what each row becomes -----------------------------------------------

key() {	# BYTES SEED: hex digits that look like a key, always the same
	local i k=
	for ((i = 0; i < $1; i++)); do
		printf -v k '%s%02x' "$k" $((($2 * 7 + i * 37 + i * i * 11 + 5) % 256))
	done
	echo "0x$k"
}

# Addresses of combination C and row I: sets A and B, and what carries them,
# EA and EB (the endpoints).
addresses() {	# COMBINATION ROW
	case $1 in
	tr4)	A=10.1.$2.1 B=10.1.$2.2 EA=$A EB=$B ;;
	tr6)	A=fd01::$2:1 B=fd01::$2:2 EA=$A EB=$B ;;
	tu4)	A=10.11.$2.1 B=10.12.$2.1 EA=10.1.0.1 EB=10.1.0.2 ;;
	tu6)	A=fd11::$2:1 B=fd12::$2:1 EA=fd01::1 EB=fd01::2 ;;
	esac
}

# SPIs of 16 bits, which IPComp has room for.
spi() {	# COMBINATION ROW SA DIRECTION
	local c=0
	case $1 in
	tr6) c=1 ;;
	tu4) c=2 ;;
	tu6) c=3 ;;
	esac
	printf '0x%04x' $((0x1000 + c * 0x1000 + $2 * 16 + $3 * 2 + $4))
}

# One SA in both directions. Only the first of a bundle in tunnel mode is a
# tunnel; the others protect the packet that it makes.
add_sa() {	# COMBINATION ROW NUMBER REQID PROTO ARG ...
	local c=$1 i=$2 n=$3 reqid=$4 proto=$5 dir src dst seed mode=transport arg
	local exts algs
	shift 5
	case $c$n in
	tu?0)	mode=tunnel ;;
	esac
	for dir in 0 1; do
		src=$EA dst=$EB exts='' algs=''
		[ $dir = 0 ] || { src=$EB dst=$EA; }
		[ "$proto" != esp-udp ] || { src+='[4500]' dst+='[4500]'; }
		for arg; do
			seed=$((i * 8 + n * 2 + dir))
			case $arg in
			-[EAC])	algs+=" $arg" ;;
			@*)	algs+=" $(key "${arg#@}" $seed)" ;;
			*)	if [ -n "$algs" ]; then
					algs+=" $arg"
				else
					exts+=" $arg"
				fi ;;
			esac
		done
		echo "add $src $dst $proto $(spi "$c" "$i" "$n" $dir)" \
			"-m $mode -u $reqid$exts$algs;"
	done
}

# The rules of a policy; the last SA is the outermost. A packet that does not
# get smaller goes uncompressed (RFC 3173, 2.2), so IPComp is optional where it
# comes in; going out, the kernel wants no optional tunnel.
rules() {	# DIRECTION COMBINATION FROM TO LEVEL PROTO ...
	local dir=$1 c=$2 from=$3 to=$4 level=$5 proto n=0 use
	shift 5
	for proto; do
		[ "$proto" != esp-udp ] || proto=esp
		use=$level
		[ "$dir$proto" != inipcomp ] || use=use
		case $c$n in
		tu?0)	echo -n " $proto/tunnel/$from-$to/$use" ;;
		*)	echo -n " $proto/transport//$use" ;;
		esac
		n=$((n + 1))
	done
}

# Writes sad.conf, a.conf, b.conf, flows and the addresses of one group.
generate() {	# DIR SEEN ...: rows that show one of these
	local dir=$1 name seen level sas needs i=0 c protos sa n reqid lv
	shift
	: > "$dir/flows"
	echo "flush;" > "$dir/sad.conf"
	for c in a b; do
		echo "spdflush;" > "$dir/$c.conf"
		: > "$dir/$c.batch"
	done
	while IFS='|' read -r name seen level sas needs; do
		i=$((i + 1))
		read -r name <<< "$name"
		read -r seen <<< "$seen"
		read -r level <<< "$level"
		case " $* " in
		*" $seen "*) ;;
		*)	continue ;;
		esac
		[[ $name =~ ${XT_ROWS-} ]] || continue
		# shellcheck disable=SC2086	# words
		if [ -n "$needs" ] && ! kernel_has $needs; then
			skip "$name" "this kernel has no$needs"
			continue
		fi
		reqid=0 lv=$level
		if [ "$level" = unique ]; then
			reqid=$i lv=unique:$i
		fi
		for c in tr4 tr6 tu4 tu6; do
			# without a number, tunnels would share their SAs
			[ "$level" != unique ] && [ "${c#tu}" != "$c" ] && continue
			addresses $c $i
			n=0 protos=
			while read -r -d + sa; do
				# shellcheck disable=SC2086	# words
				add_sa $c $i $n $reqid $sa >> "$dir/sad.conf"
				protos+=" ${sa%% *}"
				n=$((n + 1))
			done <<< "$sas +"
			# shellcheck disable=SC2086	# words
			policies "$dir" $c "$lv" $protos
			net_lines "$dir" $c
			echo "$name $c ${seen%\*} $(spi $c $i $((n - 1)) 0)" \
				"$(spi $c $i $((n - 1)) 1) $A $B" >> "$dir/flows"
		done
	done < <(rows)
}

policies() {	# DIR COMBINATION LEVEL PROTO ...
	local dir=$1 h from to efrom eto
	shift
	for h in a b; do
		from=$A to=$B efrom=$EA eto=$EB
		[ $h = a ] || { from=$B to=$A efrom=$EB eto=$EA; }
		echo "spdadd $from $to any -P out" \
			"ipsec$(rules out "$1" "$efrom" "$eto" "${@:2}");"
		echo "spdadd $to $from any -P in" \
			"ipsec$(rules in "$1" "$eto" "$efrom" "${@:2}");"
	done > "$XT_TMP/policies"
	head -n 2 "$XT_TMP/policies" >> "$dir/a.conf"
	tail -n 2 "$XT_TMP/policies" >> "$dir/b.conf"
}

net_lines() {	# DIR COMBINATION: for ip -batch
	local dev=$WIRE nodad=
	case $2 in
	tu*) dev=lo ;;
	esac
	case $2 in
	*6) nodad=nodad ;;
	esac
	echo "addr add $A dev $dev $nodad" >> "$1/a.batch"
	echo "addr add $B dev $dev $nodad" >> "$1/b.batch"
	if [ $dev = lo ]; then
		echo "route add $B via $EB" >> "$1/a.batch"
		echo "route add $A via $EA" >> "$1/b.batch"
	else
		echo "route add $B dev $dev" >> "$1/a.batch"
		echo "route add $A dev $dev" >> "$1/b.batch"
		echo "neigh replace $B dev $dev nud permanent lladdr $MAC_B" \
			>> "$1/a.batch"
		echo "neigh replace $A dev $dev nud permanent lladdr $MAC_A" \
			>> "$1/b.batch"
	fi
}

kernel_has() {	# TYPE NAME BYTES
	local k
	k=$(key "$3" 1)
	case $1 in
	enc)	xt_sa src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x1000 \
			mode transport enc "$2" "$k" auth 'digest_null' '' ;;
	auth)	xt_sa src 10.0.0.1 dst 10.0.0.2 proto ah spi 0x1000 \
			mode transport auth "$2" "$k" ;;
	esac
}

# ---- one group: load, send, look at the wire -----------------------------

run_flow() {	# DIR NAME COMBINATION FROM TO: leaves a file if it worked
	ping_ok a "$5" -I "$4" -s 1200 -p 61 &&
		on a xtnet talk tcp "$5" 7 5000 1 "$4" &&
		: > "$1/worked.$2.$3"
}

wire_count() {	# DIR SEEN SPI
	case $2 in
	esp)	grep -Ec "^[^(]*: ESP\(spi=0x0000${3#0x}," "$1/wire" ;;
	esp-udp) grep -Ec ": UDP-encap: ESP\(spi=0x0000${3#0x}," "$1/wire" ;;
	ah)	grep -Ec "^[^(]*: AH\(spi=0x0000${3#0x}," "$1/wire" ;;
	ipcomp)	grep -Ec "IPComp\(cpi=$3" "$1/wire" ;;
	esac
}

judge() {	# DIR NAME COMBINATION SEEN SPI SPI
	local out in
	out=$(wire_count "$1" "$4" "$5")
	in=$(wire_count "$1" "$4" "$6")
	if [ ! -e "$1/worked.$2.$3" ]; then
		fail "$2 $3" "no ping or no TCP"
		grep -h "$5\|$6" "$1/sad.conf"
	elif [ "$out" -lt 2 ] || [ "$in" -lt 2 ]; then
		fail "$2 $3" "$out and $in packets of $4 seen, SPI $5 and $6"
	else
		pass "$2 $3"
	fi
}

load() {	# HOST FILE
	local said
	if ! said=$(on "$1" setkey -f "$2" 2>&1) || [ -n "$said" ]; then
		echo "$said"
		return 1
	fi
}

group() {	# NAME SEEN ...: false if there are no such rows
	local dir=$XT_TMP/$1 name=$1 h n=0 flow combi seen spi1 spi2 from to
	mkdir -p "$dir"
	shift
	generate "$dir" "$@"
	[ -s "$dir/flows" ] || return 1
	for h in a b; do
		ip -n $h -batch "$dir/$h.batch" || exit 1
		expect "$name: keys on $h" load $h "$dir/sad.conf"
		expect "$name: policies on $h" load $h "$dir/$h.conf"
	done
	cap_start "$name" || exit 1
	while read -r flow combi seen spi1 spi2 from to; do
		run_flow "$dir" "$flow" "$combi" "$from" "$to" &
		n=$((n + 1))
		[ $((n % 8)) -ne 0 ] || wait_flows
	done < "$dir/flows"
	wait_flows
	cap_stop "$name" || fail "$name: capture" "did not end well"
	cap_show "$name" > "$dir/wire"
	while read -r flow combi seen spi1 spi2 _; do
		judge "$dir" "$flow" "$combi" "$seen" "$spi1" "$spi2"
	done < "$dir/flows"
	return 0
}

wait_flows() {	# for all of them, but not for servers and tcpdump
	local p
	for p in $(jobs -rp); do
		case " $SERVERS ${XT_CAP_PID[*]} " in
		*" $p "*) ;;
		*)	wait "$p" ;;
		esac
	done
}

net_hosts || exit 1
MAC_A=$(net_mac a $WIRE)
MAC_B=$(net_mac b $WIRE)
SERVERS=
for s in "serve tcp 0.0.0.0 7" "serve tcp :: 7"; do
	# shellcheck disable=SC2086	# words
	start_ready b xtnet $s || exit 1
	SERVERS+=" $!"
done
for h in a b; do
	for f in 4 6; do
		start_ready $h xtnet encap $f 4500 || exit 1
		SERVERS+=" $!"
	done
done

if group secret esp ah esp-udp; then
	expect "secret: only ESP, AH and ESP in UDP" \
		[ "$(cap_count secret "not ($(cap_expr esp ah esp-udp))")" -eq 0 ]
	expect_not "secret: no text readable" \
		cap_has_text secret "in clear text"
fi
if group open "esp*" "ah*"; then
	expect "open: only ESP and AH" only_esp_or_ah open
	expect "open: text readable" cap_has_text open "in clear text"
fi
group compressed "ipcomp*"
finish
