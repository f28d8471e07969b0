#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoon as a daemon: reloads that change it, hooks, its sockets, its end
# needs: python3
# timeout: 600
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"

row() {	# NAME: is it among those that XT_ROWS asks for?
	grep -Eq "${XT_ROWS:-.}" <<< "$1"
}

net_hosts || exit 1
a=$(rc_dir a)
rc_psk a 10.1.0.2 "a key for daemons"
rc_psk b 10.1.0.1 "a key for daemons"

# racoon.conf of a host: what comes from stdin in front of its remote section,
# which has MORE.
conf() {	# HOST PEER [MORE] < TEXT
	{
		cat
		echo 'timer { interval 2 sec; counter 3; }'
		rc_remote "$2" more="${3-}"
		rc_sainfo
	} | rc_conf "$1"
}

hook() {	# NAME < TEXT of a script on a
	cat > "$a/scripts/$1"
	chmod 700 "$a/scripts/$1"
}

listens() {	# UDP sockets of a, "ADDRESS:PORT ..."
	on a ss -Hlun | awk '{ print $4 }' | sort | tr '\n' ' '
}

listens_on() {	# ADDRESS:PORT ...
	[ "$(listens)" = "$(printf '%s\n' "$@" | sort | tr '\n' ' ')" ]
}

phase1() {
	timeout 60 ip netns exec a racoonctl -s "$a/racoon.sock" \
		establish-sa -w isakmp inet 10.1.0.1 10.1.0.2 > "$XT_TMP/es" 2>&1
}

reloaded() {	# COUNT: how often was the file read?
	[ "$(rc_count a 'Reading configuration')" -ge "$1" ]
}

second() {	# racoon, beside the one that runs
	ip netns exec a racoon -f "$a/racoon.conf" -l "$a/log" \
		2> "$XT_TMP/second"
}

reload() {
	ctl a reload-config > "$XT_TMP/reload" 2>&1
}

conf b 10.1.0.1 < /dev/null
expect "b starts" rc_start b

# ---- which addresses are listened on, and what a reload makes of that
if row listen; then
	conf a 10.1.0.2 < /dev/null
	expect "listen: starts" rc_start a
	all="0.0.0.0:500 0.0.0.0:4500 [::]:500 [::]:4500"
	# shellcheck disable=SC2086
	expect "listen: on all addresses" wait_for 10 listens_on $all
	conf a 10.1.0.2 <<< 'listen { isakmp 10.1.0.1;
		isakmp_natt 10.1.0.1 [4500]; isakmp fd01::1 [500]; }'
	expect "listen: a section comes" reload
	expect "listen: it is in force" listens_on 10.1.0.1:500 10.1.0.1:4500 \
		'[fd01::1]:500'
	expect "listen: and works" phase1
	conf a 10.1.0.2 <<< 'listen { isakmp 10.1.0.1 [4500];
		isakmp_natt 10.1.0.1 [500]; }'
	expect "listen: the other way round" reload
	expect "listen: is done" listens_on 10.1.0.1:500 10.1.0.1:4500
	conf a 10.1.0.2 <<< 'listen { isakmp 10.1.0.1; isakmp 10.1.0.77;
		strict_address; }'
	expect "listen: one address that is not there" reload
	expect "listen: the other one stays" listens_on 10.1.0.1:500
	expect "listen: it is said" rc_says a 'failed to bind.* 10\.1\.0\.77'
	conf a 10.1.0.2 < /dev/null
	kill -HUP "${RC_PID[a]}"
	# shellcheck disable=SC2086
	expect "listen: on all again" wait_for 10 listens_on $all
	expect "listen: and works again" phase1
	rc_stop a
	conf a 10.1.0.2 <<< "listen { isakmp 10.1.0.77; strict_address; }"
	expect_not "strict_address: no start without the address" rc_start a
	{
		echo 'listen {'
		for i in {1..1100}; do
			echo "isakmp 127.1.$((i / 250)).$((i % 250 + 1));"
		done
		echo '}'
	} | conf a 10.1.0.2
	ulimit -Sn 1024
	expect "1100 addresses: starts" rc_start a
	expect "1100 addresses: all of them" [ "$(listens | wc -w)" = 1100 ]
	expect "1100 addresses: reload" reload
	rc_stop a
fi

# ---- a link-local address, whose interface comes later, goes, and comes again
late() {	# its interface, another one each time
	ip -n a link add late type dummy && ip -n a link set late up &&
		ip -n a addr add fe80::77/64 dev late nodad
}

link_local() {	# HOST
	ip -n "$1" -o addr show dev "$WIRE" |
		sed -n 's,.* inet6 \(fe80[^/]*\)/.*,\1,p'
}

no_sas() {	# HOST
	[ -z "$(ip -n "$1" xfrm state)" ]
}

linked() {	# HOST SELF PEER ID: its racoon, with no other address
	{
		echo "listen { isakmp $2%$WIRE; }"
		rc_remote "$3%$WIRE"
		rc_sainfo
	} | rc_conf "$1"
	rc_psk "$1" "$4" "a key for neighbours"
	rc_policies "$1" "$2" "$3" esp/transport//require
	rc_start "$1"
}

if row zone; then
	conf a 10.1.0.2 <<< 'listen { isakmp fe80::77%late; }'
	expect "link-local: starts without it" rc_start a
	expect "link-local: it is said" rc_says a 'no interface `late. now'
	expect "link-local: it comes" late
	expect "link-local: listened on" \
		wait_for 10 listens_on '[fe80::77]%late:500'
	conf a 10.1.0.2 <<< 'listen { isakmp fe80::77%late; isakmp 10.1.0.1; }'
	expect "link-local: another one with it" reload
	ip -n a link del late
	expect "link-local: it goes" wait_for 10 listens_on 10.1.0.1:500
	expect "link-local: the other one works" phase1
	expect "link-local: it comes again" late
	expect "link-local: listened on again" \
		wait_for 10 listens_on '[fe80::77]%late:500' 10.1.0.1:500
	rc_stop a
	ip -n a link del late
	conf a 10.1.0.2 <<< 'listen { isakmp fe80::77%late; strict_address; }'
	expect_not "link-local: strict_address, no start without it" rc_start a

	# peers that have no other address
	rc_stop b
	linked a "$(link_local a)" "$(link_local b)" "$(link_local b)%$WIRE"
	linked b "$(link_local b)" "$(link_local a)" "$(link_local a)"
	expect "link-local peers: a comes up" wait_for 20 ping_ok a \
		"$(link_local b)%$WIRE"
	expect "link-local peers: by IPsec" rc_up a
	expect "link-local peers: b as well" ping_ok b "$(link_local a)%$WIRE"
	expect "link-local peers: by command" ctl a establish-sa -w isakmp \
		inet6 "$(link_local a)%$WIRE" "$(link_local b)%$WIRE"
	rc_stop a
	expect "link-local peers: b was told" wait_for 10 no_sas b
	rc_stop b
	on a setkey -FP
	on b setkey -FP
	conf b 10.1.0.1 < /dev/null
	rc_start b
fi

# ---- other ports, by the command line and by the file
if row ports; then
	conf a 10.1.0.2 < /dev/null
	expect "-p: starts" ip netns exec a racoon -4 -p 5000 -P 5001 \
		-f "$a/racoon.conf" -l "$a/log"
	RC_PID[a]=$(cat "$a/racoon.pid")
	expect "-p: listens there" listens_on 0.0.0.0:5000 0.0.0.0:5001
	expect "-p: and begins from there" phase1
	expect "-p: as status says" grep -q '10\.1\.0\.1\[5000\]' <(
		ctl a status)
	rc_stop a
	conf a 10.1.0.2 <<< 'listen { isakmp 0.0.0.0 [5002];
		isakmp_natt 0.0.0.0 [5003]; }'
	expect "any address, another port: starts" rc_start a
	expect "any address, another port: begins from there" phase1
	rc_stop a
fi

# ---- a signal while names are looked up for a reload that somebody asked for
if row signal; then
	echo 'nameserver 10.1.0.99' > "$XT_TMP/resolv.conf"
	mount --bind "$XT_TMP/resolv.conf" /etc/resolv.conf
	{
		rc_remote gw.example
		rc_sainfo
	} | rc_conf a
	expect "signal: starts" rc_start a
	ctl a reload-config > /dev/null 2>&1 &
	expect "signal: names are looked up" wait_for 10 reloaded 2
	conf a 10.1.0.2 < /dev/null
	kill -HUP "${RC_PID[a]}"
	expect "signal: is not forgotten" wait_for 40 reloaded 3
	expect "signal: the last file counts" wait_for 10 phase1
	rc_stop a
	umount /etc/resolv.conf
fi

# ---- a remote section goes, and the SA with it, and its hook knows
if row hooks; then
	hook note <<-END
		#!/bin/sh
		echo "\$1 \$REMOTE_ADDR" >> $a/hooks
	END
	conf a 10.1.0.2 'script "note" phase1_up; script "note" phase1_down;' \
		< /dev/null
	expect "hooks: starts" rc_start a
	expect "hooks: phase 1" phase1
	{
		rc_remote 10.1.0.99
		rc_sainfo
	} | rc_conf a
	expect "hooks: the section goes" reload
	expect "hooks: phase1_down is run" \
		wait_for 10 grep -qs 'phase1_down 10.1.0.2' "$a/hooks"
	rc_stop a

	# one that hangs holds up neither tunnels nor the end
	hook hang <<-'END'
		#!/bin/sh
		exec sleep 1000
	END
	conf a 10.1.0.2 'script "hang" phase1_up; script "hang" phase1_down;' \
		< /dev/null
	expect "hanging hook: starts" rc_start a
	expect "hanging hook: phase 1" phase1
	SECONDS=0
	rc_stop a
	expect "hanging hook: ends" rc_gone a
	expect "hanging hook: in time" [ $SECONDS -le 12 ]
fi

# ---- the admin socket over reloads, and clients that misbehave
owned() {	# "MODE UID GID" of the admin socket that moved
	[ "$(stat -c '%a %u %g' "$a/x/y/racoon.sock")" = "$1" ]
}

if row admin; then
	conf a 10.1.0.2 < /dev/null
	expect "admin: starts" rc_start a
	cp "$a/racoon.conf" "$XT_TMP/good"
	echo 'remote {' >> "$a/racoon.conf"
	expect_not "admin: a file with errors" reload
	expect "admin: it is said" grep -q 'has errors, the former one stays' \
		"$XT_TMP/reload"
	cp "$XT_TMP/good" "$a/racoon.conf"
	sed -i "s,$a/racoon.sock,/proc/none/racoon.sock," "$a/racoon.conf"
	reload
	expect "admin: one that cannot be made" rc_says a 'cannot make the admin'
	expect "admin: the old one stays" ctl a status
	sed -i "s,/proc/none/racoon.sock,$a/x/y/racoon.sock," "$a/racoon.conf"
	reload
	expect "admin: it moves to new directories" on a racoonctl \
		-s "$a/x/y/racoon.sock" status
	expect "admin: nor to the socket" owned "600 0 0"
	sed -i 's,y/racoon.sock",& "65534" "65533" 0620,' "$a/racoon.conf"
	on a racoonctl -s "$a/x/y/racoon.sock" reload-config
	expect "admin: but who is meant to" wait_for 10 owned "620 65534 65533"
	expect "admin: nobody else gets there" [ "$(stat -c '%a %u' "$a/x/y")" = \
		"750 0" ]
	expect "admin: the old one is gone" [ ! -e "$a/racoon.sock" ]
	rm "$a/x/y/racoon.sock"
	kill -HUP "${RC_PID[a]}"
	expect "admin: deleted, it comes back" wait_for 10 on a racoonctl \
		-s "$a/x/y/racoon.sock" status
	cat > "$XT_TMP/crowd.py" <<-'END'
		import random, socket, sys
		random.seed(1)
		crowd = []
		for i in range(1000):
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(sys.argv[1])
		    if i % 3:
		        try:
		            s.send(random.randbytes(random.randrange(1, 300)))
		        except OSError:
		            pass
		    crowd.append(s)
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.send(bytes([8, 0, 3, 129, 1, 0, 0, 0]))
		s.shutdown(socket.SHUT_WR)
		sys.exit(b"racoon status" not in s.recv(4096, socket.MSG_WAITALL))
	END
	expect "admin: 1000 who say nothing, half a word, or nonsense" \
		on a timeout 120 python3 "$XT_TMP/crowd.py" "$a/x/y/racoon.sock"
	kill -USR1 "${RC_PID[a]}"
	expect "SIGUSR1 is logged" wait_for 5 rc_says a 'caught signal 10'
	rc_stop a
	expect "admin: no socket is left" [ ! -e "$a/x/y/racoon.sock" ]
	conf a 10.1.0.2 < /dev/null
	rc_start a
	rm "$a/racoon.sock"
	python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$a/racoon.sock"
	rc_stop a
	expect "admin: one of another racoon is" [ -S "$a/racoon.sock" ]
fi

# ---- names without a directory, of a racoon that has left its own
if row relative; then
	conf a 10.1.0.2 < /dev/null
	sed "s,$a/racoon.sock,racoon.sock," "$a/racoon.conf" > "$a/peers.conf"
	echo 'include "peers.conf";' > "$a/racoon.conf"
	: > "$a/log"
	expect "relative names: starts" ip netns exec a \
		bash -c "cd '$a' && racoon -f racoon.conf -l log"
	RC_PID[a]=$(cat "$a/racoon.pid")
	expect "relative names: in the background" [ \
		"$(readlink "/proc/${RC_PID[a]}/cwd")" = / ]
	expect "relative names: reload" reload
	expect "relative names: its peers are still there" phase1
	rm "$a/racoon.sock"
	kill -HUP "${RC_PID[a]}"
	expect "relative names: the admin socket comes back there" \
		wait_for 10 ctl_works a
	expect "relative names: it has left again" [ \
		"$(readlink "/proc/${RC_PID[a]}/cwd")" = / ]
	rc_stop a
	expect "relative names: no socket is left" [ ! -e "$a/racoon.sock" ]
fi

# ---- the log file is rotated
if row log; then
	conf a 10.1.0.2 < /dev/null
	expect "log: starts" rc_start a
	mv "$a/log" "$a/log.1"
	kill -HUP "${RC_PID[a]}"
	expect "log: rotated, it is a new file" \
		wait_for 10 rc_says a 'Reading configuration'
	mv "$a/log" "$a/log.2"
	mkdir "$a/log"
	kill -HUP "${RC_PID[a]}"
	expect "log: without a new file, the old one says so" \
		wait_for 10 grep -q 'ERROR: cannot open the log file' "$a/log.2"
	rmdir "$a/log"
	rc_stop a
fi

# ---- started oddly
if row odd; then
	conf a 10.1.0.2 <<< 'privsep { user "65534"; }'
	: > "$a/log"
	expect "without stdin and stdout: starts" timeout 30 ip netns exec a \
		bash -c "racoon -f '$a/racoon.conf' -l '$a/log' <&- >&- 2>&-"
	RC_PID[a]=$(cat "$a/racoon.pid")
	expect "without stdin and stdout: works" wait_for 10 ctl_works a
	expect "without stdin and stdout: the log is one" \
		rc_says a '^20.*: INFO: racoon unprivileged process running'
	engine=$(pgrep -P "${RC_PID[a]}")
	expect "privsep by number: the user's group" grep -q \
		"^Gid:.*[^0-9]$(id -g 65534)[^0-9]" "/proc/$engine/status"
	cp "$a/racoon.conf" "$XT_TMP/good"
	sed -i 's/65534/2147480000/' "$a/racoon.conf"
	rc_stop a
	rc_start a
	engine=$(pgrep -P "${RC_PID[a]}")
	expect "privsep by a number of nobody: not root's group" grep -q \
		"^Gid:.*2147480000[^0-9]2147480000" "/proc/$engine/status"
	rc_stop a
	sed -i 's/user "2147480000"/group "2147480001"/' "$a/racoon.conf"
	rc_start a
	engine=$(pgrep -P "${RC_PID[a]}")
	expect "privsep with a group alone: it counts" grep -q \
		"^Gid:.*2147480001[^0-9]2147480001" "/proc/$engine/status"
	rc_stop a
	cp "$XT_TMP/good" "$a/racoon.conf"
	rc_start a
	engine=$(pgrep -P "${RC_PID[a]}")
	expect_not "a second one does not start" second
	expect "a second one: it is said" rc_says a 'another racoon holds the pid'
	expect "a second one: and where" grep -q 'the log says why' \
		"$XT_TMP/second"
	# ---- and ended oddly
	expect "phase 1 comes up" phase1
	kill -KILL "$engine"
	expect "the other process is killed: ends" wait_for 15 rc_gone a
	expect "and says so" rc_says a 'unprivileged process was ended by signal 9'
	expect "no pid file is left" [ ! -e "$a/racoon.pid" ]
	: > "$a/log"
	expect_not "/run is read-only: no start" ip netns exec a unshare -m \
		bash -c "mount -t tmpfs -o ro none /run && exec timeout 30 \
			racoon -F -f '$a/racoon.conf' -l '$a/log'" > /dev/null
	expect "/run is read-only: it is said" rc_says a 'ERROR: .*/run/racoon'
fi
finish
