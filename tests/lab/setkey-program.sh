#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: setkey: refusals, undoing, saving, deleting, conversation, permission
# timeout: 300
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"

cd "$XT_TMP" || exit 1
k16=0x000102030405060708090a0b0c0d0e0f
k20=0x000102030405060708090a0b0c0d0e0f10111213
k32=${k16}101112131415161718191a1b1c1d1e1f
enc="-E aes-cbc $k16 -A hmac-sha1 $k20"

empty() {
	setkey -F && setkey -FP
}

# The tables without what changes from moment to moment.
state() {
	setkey -D | sed -E '/created:|diff:|sadb_seq=/d'
	setkey -DP | sed -E 's/spid=.*//;/created:/d'
}

status() {	# WANTED COMMAND [ARG ...]
	local want=$1 got=0
	shift
	"$@" > out 2> err || got=$?
	[ "$got" -eq "$want" ]
}

# ---- saving ---------------------------------------------------------------

cat > all.conf <<END
add 10.0.0.1 10.0.0.2 esp 0x1000 -m tunnel -u 5 -r 32 $enc;
add 10.0.0.1 10.0.0.2 esp 0x1001 -E aes-gcm-16 $k20;
add 10.0.0.1 10.0.0.2 esp 0x1002 -E chacha20-poly1305 ${k32}20212223;
add 10.0.0.1 10.0.0.2 ah 0x1003 -A hmac-sha256-128 $k32;
add 10.0.0.1 10.0.0.2 ah 0x1004 -A hmac-sha256 $k32;
add 10.0.0.1 10.0.0.2 ipcomp 0x1005 -C deflate;
add 10.0.0.1[4500] 10.0.0.2[4501] esp-udp 0x1006 -m tunnel $enc;
add fc00::1 fc00::2 esp 0x1007 -m tunnel -r 128 -esn -mark 0x5/0xff -ifid 7
	-omark 0x9 -lh 3600 -ls 3000 -bh 1000000 -bs 900000 -E null -A hmac-md5 $k16;
add 10.0.0.1 10.0.0.2 esp 0x1008 -m tunnel -r 64 -oseq 77 -iseq 12
	-sel 10.1.0.0/24 10.2.0.0/24[80] tcp -f noecn -f af-unspec -tfc 100 $enc;
spdadd 10.0.0.1 10.0.0.2[80] tcp -P out prio high + 5 ipsec
	esp/transport//require ah/transport//use;
spdadd 10.1.0.0/24 10.2.0.0/24 any -P in ipsec
	esp/tunnel/10.0.0.1-10.0.0.2/unique:7;
spdadd ::/0 ::/0 icmp6 135,0 -mark 0x1 -ifid 3 -P out none;
spdadd 10.3.0.0/24 10.4.0.0/24 gre 70000 -P fwd prio low - 9 discard;
spdadd 10.0.0.1 10.0.0.3 any -P out ipsec esp/transport//unique:40000;
END
# policies that only -k or others can make: in without fwd, in and fwd unlike
cat > k.conf <<END
spdadd 10.5.0.0/24 10.2.0.0/24 any -P in none;
spdadd 10.6.0.0/24 10.2.0.0/24 any -P in none;
spdadd 10.6.0.0/24 10.2.0.0/24 any -P fwd discard;
END
empty
expect "load everything" status 0 setkey -f all.conf
expect "without a word" test ! -s err
expect "load with -k" status 0 setkey --strict -k -f k.conf
state > before
setkey --save > saved
expect "save tells of no failure" test "$(grep -c '^#' saved)" -eq 1
expect "load what was saved" status 0 setkey -f saved
expect "without a word again" test ! -s err
state > after
# fwd policies may come back at another place of the list
expect "the same state" cmp <(sort before) <(sort after)
setkey --save > again
expect "saves the same again" cmp saved again
expect "sequence numbers are back" grep -q -- '-oseq 77 -iseq 12' again
expect "-DP --save keeps to the SPD" \
	test "$(setkey -DP --save | grep -c '^add\|^flush')" -eq 0
expect "-D --save keeps to the SAD" \
	test "$(setkey -D --save | grep -c '^spd')" -eq 0

setkey -c <<< "spddefault in discard; spdhash -4 24 16 -6 64 48;"
setkey --save > again
expect "saves defaults" grep -qx 'spddefault in discard fwd none out none;' again
expect "saves thresholds" grep -qx 'spdhash -4 24 16 -6 64 48;' again
setkey -c <<< "spddefault in none; spdhash -4 32 32 -6 128 128;"
expect "which come back" status 0 setkey -f again
expect "as they were" cmp <(setkey --save) again
setkey -c <<< "spddefault in none; spdhash -4 32 32 -6 128 128;"

# what the kernel makes itself; what the language cannot say
empty
setkey -c <<< "add 10.0.0.1 10.0.0.2 ipcomp 0x1005 -m tunnel -C deflate;"
expect "IPComp in tunnel mode" status 0 setkey --save
expect "is one SA in the file" test "$(grep -c '^add' out)" -eq 1
ip xfrm policy add src 10.0.0.1 dst 10.0.0.2 proto icmp type 0 code 0 dir out
ip xfrm policy add src 10.0.0.1 dst 10.0.0.3 proto icmp type 0 code 3 dir out
expect "what has no words" status 1 setkey --save
expect "is told" test "$(grep -c '^# not saved: ' out)" -eq 2
cp out partly
expect "in a file that loads" status 0 setkey -f partly
setkey -f saved
if setkey --strict -c <<< "spdadd 10.0.0.1 10.0.0.2 any -ptype sub -P out none;" \
	2> /dev/null; then
	setkey --save > again
	expect "sub-policies" status 0 setkey -f again
	expect "without a word" test ! -s err
	expect "come back, too" cmp <(setkey --save) again
	setkey -c <<< "spdflush -ptype sub;"
else
	skip "sub-policies" "this kernel has none"
fi

# ---- JSON -----------------------------------------------------------------

if command -v python3 > /dev/null; then
	count='import json,sys; d=json.load(sys.stdin); print(len(d[sys.argv[1]]), d["complete"], d["schema_version"])'
	expect "-D --json" test "$(setkey -D --json | python3 -c "$count" sad)" = "9 True 1"
	expect "-DP --json" test "$(setkey -DP --json | python3 -c "$count" spd)" = "9 True 1"
	expect "filter" test "$(setkey -D --json ah | python3 -c "$count" sad)" = "2 True 1"
fi
expect "filter by address" test "$(setkey -DP src 10.1.0.0/16 | grep -c '^10')" -eq 2

# ---- refusals -------------------------------------------------------------

cat > some.conf <<END
add 10.0.0.9 10.0.0.2 esp 0x2000 $enc;
delete 10.0.0.1 10.0.0.2 esp 0x1000;
flush ah;
spdupdate 10.0.0.1 10.0.0.2[80] tcp -P out discard;
spdflush;
spdadd 10.9.0.1 10.0.0.2 any -P out none;
deleteall 10.0.0.1 10.0.0.2 ipcomp;
getspi 10.0.0.1 10.0.0.2 esp 0x3000;
add 10.0.0.9 10.0.0.2 esp 0x2000 $enc;
add 10.0.0.9 10.0.0.2 esp 0x2001 $enc;
END
setkey -D > sad.before
sleep 2
expect "--atomic fails" status 1 setkey --atomic -f some.conf
expect "and says where" grep -q '^setkey: some.conf,9: File exists$' err
expect "and that it undid it" grep -q '^setkey: nothing applied$' err
state > undone
expect "--atomic leaves the state as it was" cmp <(sort before) <(sort undone)
expect "--atomic: SAs are as old as they were" \
	cmp <(grep -o 'created: .*	' sad.before | sort) \
	<(setkey -D | grep -o 'created: .*	' | sort)
expect "a refusal alone is no failure" status 0 setkey -f some.conf
expect "what is good went in" test "$(setkey -D | grep -c spi=)" -eq 8
expect "spdflush and spdadd worked" test "$(setkey -DP | grep -c '^10')" -eq 1
echo "delete 10.0.0.1 10.0.0.2 esp 0x9999;" > none.conf
expect "--strict fails" status 1 setkey --strict -f none.conf
expect "for no other reason" grep -q ',1: No such process$' err
expect "no keys in messages" \
	test "$(setkey -f some.conf 2>&1 | grep -c 0001020304)" -eq 0

# packets may have left since the copy was made: no number is sent again
empty
setkey -c <<< "add 10.0.0.1 10.0.0.2 esp 0x1000 -oseq 77 $enc;"
echo "flush; delete 10.0.0.1 10.0.0.2 esp 0x1000;" > flush.conf
expect "--atomic undoes a flush" status 1 setkey --atomic -f flush.conf
expect "sequence numbers go on behind it" grep -q -- ' -oseq 1048653 ' \
	<(setkey --save)

# nor half of a file when setkey is to end in the middle of it
empty
for i in $(seq 0x1000 0x11ff); do
	echo "add 10.0.0.1 10.0.0.2 esp $i $enc;"
done > half.conf
cp half.conf middle.conf
echo "dump; add 10.0.0.1 10.0.0.2 esp 0x2000 $enc;" >> middle.conf
mkfifo pipe
setkey --atomic -f middle.conf > pipe & pid=$!
exec 3< pipe
wait_for 60 read -r -t 0 -u 3	# it prints, and cannot go on to the end
kill -TERM $pid
sleep 1
expect "setkey stays in the middle" kill -0 $pid
cat <&3 > /dev/null
wait $pid
expect "ends by the signal" test $? -eq 143
exec 3<&-
expect "and has done all" test "$(setkey -D | grep -c spi=)" -eq 513
empty
echo "add 10.0.0.1 10.0.0.2 esp 0x1000 $enc;" >> half.conf
# a reader that is not there any more
{ sleep 1; setkey --atomic -f half.conf 2>&1; } | :
expect "or nothing" test "$(setkey -D | grep -c spi=)" -eq 0

empty
expect "--atomic succeeds" status 0 setkey --atomic -f all.conf
expect "--atomic refuses what it cannot undo" status 1 setkey --atomic -c <<END
migrate 10.1.0.0/24 10.2.0.0/24 any -P in esp/tunnel/10.0.0.1-10.0.0.2
	esp/tunnel/10.0.0.7-10.0.0.2;
END

# ---- update ---------------------------------------------------------------

empty
upd="10.0.0.1 10.0.0.2 esp 0x1000"
setkey -c <<< "add $upd -u 3 $enc;"
echo "update $upd -u 3 -lh 100 $enc;" > update.conf
expect "update: lifetimes" status 0 setkey --strict -f update.conf
expect "update: they are there" grep -q 'hard: 100(s)' <(setkey -D)
echo "update $upd -u 3 -E null -A hmac-sha1 $k20;" > update.conf
expect "update: a key is refused" status 1 setkey --strict -f update.conf
expect "update: at its place" \
	grep -q '^setkey: update.conf,1: Operation not supported$' err
expect "update: what it is about" grep -q 'SA in use: encryption$' err
expect "update: nothing changed" grep -q 'hard: 100(s)' <(setkey -D)
empty
setkey -c <<< "getspi $upd;"
expect "update: one that is reserved" status 0 setkey --strict -f update.conf
expect "update: has its key" grep -q 'A: hmac-sha1' <(setkey -D)

printf 'add 10.0.0.1 10.0.0.2 esp 0x4000 %s;\nadd 10.0.0.1 esp;\n' "$enc" > bad.conf
expect "syntax error" status 1 setkey -f bad.conf
expect "applies nothing" test "$(setkey -D esp spi 0x4000 | grep -c spi=)" -eq 0

# ---- fwd twins ------------------------------------------------------------

empty
in="10.1.0.0/24 10.2.0.0/24 any -P in"
echo "spdadd $in none; spdadd $in none;" > twin.conf
expect "twin twice" status 0 setkey -f twin.conf
expect "is told once" test "$(grep -c '^setkey: ' err)" -eq 1
expect "in and fwd" test "$(setkey -DP | grep -cE '	(in|fwd) ')" -eq 2
setkey -c <<< "spddelete $in;"
expect "both go" test "$(setkey -DP)" = "No SPD entries."
setkey -k -c <<< "spdadd $in none;"
expect "-k: in alone" test "$(setkey -DP | grep -cE '	(in|fwd) ')" -eq 1

# files from when fwd policies had to be written
printf '%s\n' "spdadd $in none;" "spdadd ${in/%in/fwd} discard;" > own.conf
printf '%s\n' "spdadd ${in/%in/fwd} discard;" "spdadd $in none;" > first.conf
for f in own first; do
	empty
	expect "$f fwd: --atomic" status 0 setkey --atomic -f $f.conf
	expect "$f fwd: without a word" test ! -s err
	expect "$f fwd: the file's own" grep -q '	fwd prio def discard' \
		<(setkey -DP)
	expect "$f fwd: in beside it" grep -q '	in prio def none' \
		<(setkey -DP)
	expect "$f fwd: --sync" status 0 setkey --sync -f $f.conf
	expect "$f fwd: nothing to do" grep -q '^0 changes, 2' \
		<(setkey --plan -f $f.conf)
done
rm -f /run/setkey/*

# ---- deleteall, unique ----------------------------------------------------

empty
for i in $(seq 0x1000 0x12ff); do
	echo "add 10.0.0.1 10.0.0.2 esp $i -E null;"
done > many.conf
echo "add 10.0.0.2 10.0.0.1 esp 0x1000 -E null;" >> many.conf
setkey -f many.conf
expect "768 SAs and one" test "$(setkey -D | grep -c spi=)" -eq 769
expect "deleteall prints nothing" \
	test -z "$(setkey -c <<< 'deleteall 10.0.0.1 10.0.0.2 esp;' 2>&1)"
expect "deleteall takes all, and only those" \
	test "$(setkey -D | grep -c spi=)" -eq 1
setkey -c <<< "add fe80::1%lo fe80::2%lo esp 0x1000 -E null;
deleteall fe80::1%lo fe80::2%lo esp;"
expect "deleteall takes those of a link, too" \
	test "$(setkey -D | grep -c spi=)" -eq 1
echo "spdadd 10.0.0.1 10.0.0.2 any -P out ipsec esp/transport//unique;" > u1.conf
echo "spdadd 10.0.0.1 10.0.0.3 any -P out ipsec esp/transport//unique;" > u2.conf
setkey -FP; setkey -f u1.conf; setkey -f u2.conf
expect "unique numbers differ between runs" \
	test "$(setkey -DP | grep -o 'unique#.*' | sort -u | wc -l)" -eq 2

# ---- conversation ---------------------------------------------------------

empty
setkey -c > out 2> err <<END
add 10.0.0.1 10.0.0.2 esp 0x1000 $enc; # a comment
add 10.0.0.1 10.0.0.2 esp 0x1000 $enc;
bogus;
get 10.0.0.1 10.0.0.2 esp 0x1000;
delete 10.0.0.1 10.0.0.2 esp 0x1001;
dump; spddump;
exit; add 10.0.0.1 10.0.0.2 esp 0x1002 $enc;
END
expect "-c exits 0" test $? -eq 0
expect "-c tells on stdout" grep -qx 'File exists\.' out
expect "-c goes on after an error" grep -qx 'No such process\.' out
expect "-c: get and dump" test "$(grep -c 'spi=4096' out)" -eq 2
expect "-c: empty table" grep -qx 'No SPD entries\.' out
expect "-c: exit ends it" test "$(setkey -D | grep -c spi=)" -eq 1
expect "-c --strict" status 1 setkey --strict -c <<< "bogus;"
printf 'spdflush; flush' | setkey -c 2> err
expect "-c: no ; at the end" grep -q 'not carried out' err
expect "-c: the statement was not carried out" \
	test "$(setkey -D | grep -c spi=)" -eq 1

# ---- services -----------------------------------------------------------------

printf 'somewhere 1000/tcp\nsomewhere 2000/udp\n' > services
mount --bind services /etc/services
setkey -FP
for p in udp tcp any; do
	echo "spdadd 10.0.0.1 10.0.0.2[somewhere] $p -P out none;"
done > ports.conf
expect "names of services" status 0 setkey --strict -f ports.conf
umount /etc/services
expect "stand for the port of the protocol" test \
	"$(setkey -DP | grep -o '\[[0-9].*' | sort | tr '\n' ' ')" = \
	'[1000] tcp [2000] 255 [2000] udp '

# ---- outside --------------------------------------------------------------

expect "closed stdout" status 1 bash -c 'setkey -D >&-'
expect "full disk" status 1 bash -c 'setkey -D > /dev/full'
expect "no permission" status 1 setpriv --bounding-set -net_admin \
	--inh-caps -all setkey -D
expect "in the old words" \
	grep -qx 'setkey: pfkey_open: Operation not permitted' err
expect "-n needs none" status 0 setpriv --bounding-set -net_admin \
	--inh-caps -all setkey -n -f all.conf
expect "directory" status 1 setkey -f /
expect "NUL bytes" status 1 setkey -f /dev/zero
printf 'flush;\0' > nul.conf
expect "a NUL byte" status 1 setkey -f nul.conf
expect "kept its hands off" test "$(setkey -D | grep -c spi=)" -eq 1

# ---- sockets' own policies ------------------------------------------------

if command -v python3 > /dev/null; then
	setkey -FP
	python3 - <<'END' &
import socket, struct, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
# struct xfrm_userpolicy_info: selector, two lifetimes, priority, index, dir
sel = bytes(16) * 2 + struct.pack("=HHHHHBBBxxxiI", 0, 0, 0, 0, 2, 0, 0, 0, 0, 0)
pol = sel + bytes(64 + 32) + struct.pack("=IIBBBB", 0, 0, 1, 0, 0, 0)
s.setsockopt(0, 17, pol + bytes(168 - len(pol)))
print("set", flush=True)
time.sleep(120)
END
	py=$!
	wait_for 60 bash -c 'setkey -DP | grep -q per-socket'
	setkey -DP > out
	expect "-DP shows a socket's policy" grep -qx '(per-socket policy) ' out
	expect "with its direction" grep -q '^	out(socket) none' out
	setkey -DPN > out
	expect "-N hides it" grep -qx \
		'1 per-socket policy not shown (filtered by -N)' out
	expect "--save leaves it alone" test "$(setkey -DP --save | grep -c spdadd)" -eq 0
	kill $py
fi
finish
