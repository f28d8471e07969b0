#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: setkey --sync: same state as a fresh load, no packet in clear meanwhile
# timeout: 600
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"

A=10.1.0.1 B=10.1.0.2
K1=0x000102030405060708090a0b0c0d0e0f
K2=0x101112131415161718191a1b1c1d1e1f
dir=$(mktemp -d "$XT_TMP/sync.XXXXXX") || exit 1

sa() {	# SPI REQID KEY
	echo "add $A $B esp $1 -u $2 -E aes-cbc $3 -A hmac-sha1 ${3}00000000;"
}

out() {	# REST OF A POLICY
	echo "spdadd $A $B $1 -P out $2;"
}

# Each of these protects ICMP from A to B (a rule finds SAs of its own reqid
# only, also of reqid 0); what else they do differs: keys
# under the same SPI, levels, priorities, order, selectors, bypasses.
variant() {	# NUMBER
	case $1 in
	0)	sa 0x1001 1 $K1
		out icmp "ipsec esp/transport//unique:1" ;;
	1)	sa 0x1001 0 $K2
		out icmp "ipsec esp/transport//use" ;;
	2)	sa 0x1002 2 $K1
		out icmp "prio low ipsec esp/transport//unique:2"
		echo "spdadd 10.1.0.0/24 10.1.0.0/24 icmp -P out prio low - 10 none;" ;;
	3)	sa 0x1002 2 $K2
		echo "spdadd 10.1.0.0/24 10.1.0.0/24 any -P out ipsec esp/transport//unique:2;"
		out udp none ;;
	4)	sa 0x1001 1 $K1
		sa 0x1004 4 $K2
		out icmp "ipsec esp/transport//unique:4"
		out any none ;;
	5)	sa 0x1003 0 $K2
		echo "spdadd 10.1.0.0/24 10.1.0.0/24 icmp -P out prio def - 1 none;"
		out icmp "prio def ipsec esp/transport//use" ;;
	6)	sa 0x1001 0 $K1
		out any "prio high + 3 ipsec esp/transport//require"
		out icmp "prio high ipsec esp/transport//use" ;;
	esac
}

reload() {	# FILE: 0 only if nothing was said
	local said
	said=$(on a setkey --sync -f "$1" 2>&1) && [ -z "$said" ] && return
	echo "$said" >&2
	return 1
}

# shellcheck disable=SC2317 # called by expect
nothing_left() {
	[ -z "$(on a ip xfrm state)$(on a ip xfrm policy)" ]
}

settled() {	# FILE
	on a setkey --plan -f "$1" | grep -q '^0 changes'
}

# ---- traffic during 100 reloads ------------------------------------------
net_hosts || exit 1
for n in 0 1 2 3 4 5 6; do
	variant $n > "$dir/$n"
done
expect "first sync" reload "$dir/0"
cap_start wire a $WIRE || exit 1
ip netns exec a ping -q -n -i 0.005 $B > "$dir/ping" 2>&1 &
pinger=$!
sleep 1
bad='' last=0
for n in {1..100}; do
	next=$((RANDOM % 7))
	[ $next -eq $last ] && next=$(((next + 1) % 7))
	if ! reload "$dir/$next"; then
		bad="reload $n, from $last to $next"
		break
	fi
	if [ $((n % 10)) -eq 0 ] && ! settled "$dir/$next"; then
		bad="a second sync after reload $n, from $last to $next"
		break
	fi
	last=$next
done
kill $pinger 2> /dev/null
wait $pinger 2> /dev/null
expect "capture ends" cap_stop wire
if [ -z "$bad" ]; then
	pass "100 reloads, each time nothing left to do"
else
	fail "100 reloads" "$bad"
fi
esp=$(cap_count wire "esp and src $A")
clear=$(cap_count wire "icmp and src $A")
echo "# $esp packets in ESP, $clear in clear"
if [ "$esp" -gt 200 ] && [ "$clear" -eq 0 ]; then
	pass "no packet in clear during reloads"
else
	fail "no packet in clear during reloads" \
		"$clear in clear, $esp in ESP"
fi
# The capture would have shown them.
on a setkey -F; on a setkey -FP
cap_start open a $WIRE || exit 1
on a ping -q -c 5 -i 0.2 $B > /dev/null 2>&1
cap_stop open
expect "without policies they are seen" \
	test "$(cap_count open "icmp and src $A")" -gt 0

# ---- from any state to any other ------------------------------------------
pick() {	# WORD ...
	shift $((RANDOM % $#))
	echo "$1"
}

random_file() {
	local n spi
	echo "flush; spdflush;"
	for ((n = RANDOM % 6; n > 0; n--)); do
		spi=$(pick 0x201 0x202 0x203)$n
		echo "add $A $(pick $B 10.1.0.3) esp $spi -u $((RANDOM % 3 + 1))" \
			"$(pick '' '-m tunnel' '-r 32' '-lh 1000 -ls 900')" \
			"$(pick "-E null -A hmac-md5 $K1" "-E aes-cbc $K2" \
				"-E aes-gcm-16 ${K1}00112233");"
	done
	for ((n = RANDOM % 8; n > 0; n--)); do
		echo "spdadd 10.2.0.0/2$((n % 5)) 10.$(pick 2 3).$n.0/24" \
			"$(pick any tcp udp) -P $(pick in out)" \
			"$(pick '' 'prio low' 'prio def + 5' 'prio high')" \
			"$(pick none discard "ipsec esp/transport//use" \
				"ipsec esp/tunnel/$A-$B/unique" \
				"ipsec esp/transport//require ah/transport//require");"
	done
}

# The tables without what differs from run to run.
tables() {	# HOST
	on "$1" ip xfrm state | sed 's/^src/\nsrc/' |
		awk 'BEGIN {RS = ""} {gsub("\n", " "); print}' | sort
	on "$1" ip xfrm policy | sed 's/^src/\nsrc/;s/reqid 16[0-9]*/reqid X/' |
		awk 'BEGIN {RS = ""} {gsub("\n", " "); print}' | sort
}

same=yes
for n in {1..25}; do
	random_file > "$dir/random"
	if ! reload "$dir/random" || ! settled "$dir/random"; then
		same="reload $n"
		break
	fi
	on b setkey -f "$dir/random" > /dev/null 2>&1
	tables a > "$dir/a"
	tables b > "$dir/b"
	if ! diff "$dir/a" "$dir/b" >&2; then
		same="state $n"
		break
	fi
done
if [ "$same" = yes ]; then
	pass "25 random states as after a fresh load"
else
	cat "$dir/random" >&2
	fail "25 random states as after a fresh load" "$same differs"
fi

# ---- what is not ours ---------------------------------------------------------
on a ip xfrm policy add src 192.0.2.1/32 dst 192.0.2.2/32 dir out
on a ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x9999 \
	enc 'cbc(aes)' $K1
expect "sync beside others" reload "$dir/0"
expect "policy of others stays" \
	eval 'on a ip xfrm policy | grep -q 192.0.2.1/32'
expect "SA of others stays" eval 'on a ip xfrm state | grep -q 0x00009999'
echo "spdflush;" > "$dir/empty"
expect "an empty file takes ours" reload "$dir/empty"
expect "and leaves theirs" eval 'on a ip xfrm state | grep -q 0x00009999'
expect "purge" on a setkey --sync --purge -f "$dir/empty"
expect "takes all" \
	nothing_left

# ---- a refusal stops it before anything goes ------------------------------------
expect "before the refusal" reload "$dir/0"
variant 2 > "$dir/refused"
echo "add $A $B ipcomp 0x109 -C lzs;" >> "$dir/refused"
if on a setkey --sync -f "$dir/refused" > "$dir/said" 2>&1; then
	skip "refusal" "this kernel takes everything"
else
	expect "the refusal is told" grep -q "^setkey: $dir/refused,4: " \
		"$dir/said"
	expect "the old policy is there" \
		eval 'on a setkey -DP | grep -q unique:1'
	expect "the old SA is there" eval 'on a setkey -D | grep -q 0x00001001'
	expect "then the old file has little to do" reload "$dir/0"
	echo "add $A $B ipcomp 0x109 -u 3 -lh 5000 -C deflate;" > "$dir/comp"
	sed 's/deflate/lzs/' "$dir/comp" > "$dir/comp2"
	expect "before another refusal" reload "$dir/comp"
	on a setkey -D > "$dir/before"
	sleep 2
	expect_not "an SA that nothing can replace" \
		on a setkey --sync -f "$dir/comp2" 2> "$dir/said"
	on a setkey -D > "$dir/after"
	expect "stays, as old as it was" diff \
		<(grep -v 'diff:\|pid=' "$dir/before" | sed 's/current: .*//') \
		<(grep -v 'diff:\|pid=' "$dir/after" | sed 's/current: .*//')
	expect "the refusal is all that is told" \
		test "$(grep -c '^setkey: ' "$dir/said")" -eq 1
	expect "and is as the old file has it" settled "$dir/comp"
	reload "$dir/0"
fi
# ---- what a file adds twice ------------------------------------------------------
{ variant 0; out icmp discard; sa 0x1001 9 $K2; } > "$dir/twice"
expect "an entry twice is no reason to stop" \
	on a setkey --sync -f "$dir/twice" 2> "$dir/said"
expect "but both are told" test "$(grep -c ': File exists$' "$dir/said")" -eq 2
on b setkey -F; on b setkey -FP
on b setkey -f "$dir/twice" > /dev/null 2>&1
expect "the state is that of a fresh load" diff <(tables a) <(tables b)
expect_not "--strict fails" \
	on a setkey --strict --sync -f "$dir/twice" 2> /dev/null

# ---- an SA that keeps its key goes on counting -----------------------------------
for h in a b; do
	on $h setkey -F; on $h setkey -FP
done
gcm="-E aes-gcm-16 ${K1}00112233"
on b setkey -c <<< "add $A $B esp 0x400 -r 32 $gcm;"
for n in 1 2; do
	echo "add $A $B esp 0x400 -u $n $gcm;"
	out icmp "ipsec esp/transport//unique:$n"
done > "$dir/count"
head -n 2 "$dir/count" > "$dir/count1"
tail -n 2 "$dir/count" > "$dir/count2"
expect "an SA in use" reload "$dir/count1"
on a ping -q -n -c 40 -i 0.02 -w 60 $B > "$dir/ping" 2>&1
expect "has carried packets" grep -q ' 40 received' "$dir/ping"
expect "gets another reqid" reload "$dir/count2"
on a ping -q -n -c 3 -i 0.2 -w 30 $B > "$dir/ping" 2>&1
expect "the peer takes what comes next" grep -q ' 3 received' "$dir/ping"
expect "nothing is left to do" settled "$dir/count2"
echo "add $A $B esp 0x401 -dev lo $gcm;
add $A $B esp 0x402 -sel 0.0.0.0/0 0.0.0.0/0 any $gcm;" > "$dir/everything"
expect "selectors that say little" reload "$dir/everything"
expect "are there the second time" settled "$dir/everything"
echo "add $A $B esp 0x403 -offload crypto lo $gcm;" > "$dir/offload"
expect "an interface that cannot encrypt" reload "$dir/offload"
expect "is not asked again" settled "$dir/offload"
expect "nor" reload "$dir/offload"
expect "later" settled "$dir/offload"
sed "s/ lo / $WIRE /" "$dir/offload" > "$dir/offload2"
expect "but another one" eval \
	"on a setkey --plan -f $dir/offload2 | grep -q '^replace sa .*offload'"
sed 's/-offload crypto lo//' "$dir/offload" > "$dir/offload3"
expect "and none needs no change" settled "$dir/offload3"

echo "getspi $A $B esp 0x1009;" > "$dir/getspi"
expect_not "getspi describes no state" \
	on a setkey --sync -f "$dir/getspi" 2> /dev/null
net_down
finish
