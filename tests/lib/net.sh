# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Networks for tests. tests/lab/run gives each test script namespaces of its
# own, so names are short and nothing needs to be cleaned up by hand; used
# outside of it, the EXIT trap set here removes hosts and processes.
#
# Topologies, each with IPv4 and IPv6, and neighbours known beforehand (no ARP or
# neighbour discovery on the wire). "===" is the wire: two cables joined by a
# bridge in a host of its own, w, where captures show what really passes. (On an
# endpoint, Linux shows a tunnelled packet once more after decapsulation.)
#
#   net_hosts       a ======= b
#                   a 10.1.0.1 fd01::1    b 10.1.0.2 fd01::2
#
#   net_gateways    ha --- ga ======= gb --- hb
#                   ha 10.11.0.2 fd11::2   ga 10.11.0.1 fd11::1 inside
#                   ga 192.0.2.1 2001:db8::1  gb 192.0.2.2 2001:db8::2 outside
#                   hb 10.12.0.2 fd12::2   gb 10.12.0.1 fd12::1 inside
#
#   net_nat         a --- n ======= b
#                   a 10.1.0.1   n 10.1.0.254, 192.0.2.254   b 192.0.2.2
#                   n masquerades what a sends out (nftables)
#
# The interface to the wire is called $WIRE everywhere, the one to the inside
# "lan"; $HOSTS has all names; "on HOST COMMAND ..." runs there.

WIRE=wire
XT_TMP=${XT_TMP:-$(mktemp -d "${TMPDIR:-/tmp}/xt-net.XXXXXX")}
HOSTS=
declare -A XT_CAP_PID XT_CAP_WHERE

on() {	# HOST COMMAND [ARG ...]
	ip netns exec "$@"
}

net_host() {	# NAME ...: make hosts
	local h
	for h; do
		ip netns add "$h" || return 1
		HOSTS+=" $h"
		ip -n "$h" link set lo up
		on "$h" sysctl -qw net.ipv6.conf.all.accept_dad=0 \
			net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.router_solicitations=0 \
			net.ipv6.conf.default.accept_ra=0
	done
}

net_link() {	# HOST INTERFACE HOST INTERFACE: join two hosts by a cable
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3" &&
		ip -n "$1" link set "$2" up && ip -n "$3" link set "$4" up
}

# Join two hosts by the wire, through the bridge in host w.
net_wire() {	# HOST HOST
	local port
	net_host w && on w sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1 &&
		ip -n w link add name bridge type bridge &&
		net_link "$1" $WIRE w left && net_link "$2" $WIRE w right || return 1
	for port in left right; do
		ip -n w link set $port master bridge || return 1
	done
	ip -n w link set bridge up
	# a port forwards once the bridge has seen its carrier
	wait_for 10 net_forwards left && wait_for 10 net_forwards right
}

net_forwards() {	# PORT of w
	[ "$(on w cat "/sys/class/net/$1/brport/state")" = 3 ]
}

net_addr() {	# HOST INTERFACE ADDRESS/LENGTH ...
	local host=$1 dev=$2 a
	shift 2
	for a; do
		case $a in
		*:*)	ip -n "$host" addr add "$a" dev "$dev" nodad ;;
		*)	ip -n "$host" addr add "$a" dev "$dev" ;;
		esac || return 1
	done
}

net_mac() {	# HOST INTERFACE
	on "$1" cat "/sys/class/net/$2/address"
}

# Tell both ends of a cable each other's addresses.
net_know() {	# HOST INTERFACE HOST INTERFACE
	local a
	for a in $(ip -n "$3" -o addr show dev "$4" |
	    sed -n 's,.* inet6* \([^/ ]*\).*,\1,p'); do
		ip -n "$1" neigh replace "$a" dev "$2" nud permanent \
			lladdr "$(net_mac "$3" "$4")" || return 1
	done
	[ "${5-}" = back ] || net_know "$3" "$4" "$1" "$2" back
}

net_router() {	# HOST ...
	local h
	for h; do
		on "$h" sysctl -qw net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1 \
			net.ipv4.conf.all.rp_filter=0 \
			net.ipv4.conf.default.rp_filter=0 || return 1
	done
}

net_hosts() {
	net_host a b && net_wire a b &&
		net_addr a $WIRE 10.1.0.1/24 fd01::1/64 &&
		net_addr b $WIRE 10.1.0.2/24 fd01::2/64 &&
		net_know a $WIRE b $WIRE
}

net_spoke() {	# HOST N
	net_host "$1" && net_link "$1" $WIRE w "port$2" &&
		ip -n w link set "port$2" master bridge &&
		wait_for 10 net_forwards "port$2" &&
		net_addr "$1" $WIRE "10.1.0.$2/24" "fd01::$2/64" &&
		net_know "$1" $WIRE b $WIRE
}

net_gateways() {
	net_host ha ga gb hb && net_router ga gb &&
		net_link ha lan ga lan && net_wire ga gb &&
		net_link gb lan hb lan &&
		net_addr ha lan 10.11.0.2/24 fd11::2/64 &&
		net_addr ga lan 10.11.0.1/24 fd11::1/64 &&
		net_addr ga $WIRE 192.0.2.1/24 2001:db8::1/64 &&
		net_addr gb $WIRE 192.0.2.2/24 2001:db8::2/64 &&
		net_addr gb lan 10.12.0.1/24 fd12::1/64 &&
		net_addr hb lan 10.12.0.2/24 fd12::2/64 &&
		net_know ha lan ga lan && net_know ga $WIRE gb $WIRE &&
		net_know gb lan hb lan &&
		ip -n ha route add default via 10.11.0.1 &&
		ip -n ha -6 route add default via fd11::1 &&
		ip -n hb route add default via 10.12.0.1 &&
		ip -n hb -6 route add default via fd12::1 &&
		ip -n ga route add 10.12.0.0/24 via 192.0.2.2 &&
		ip -n ga -6 route add fd12::/64 via 2001:db8::2 &&
		ip -n gb route add 10.11.0.0/24 via 192.0.2.1 &&
		ip -n gb -6 route add fd11::/64 via 2001:db8::1
}

net_nat() {
	net_host a n b && net_router n &&
		net_link a lan n lan && net_wire n b &&
		net_addr a lan 10.1.0.1/24 && net_addr n lan 10.1.0.254/24 &&
		net_addr n $WIRE 192.0.2.254/24 && net_addr b $WIRE 192.0.2.2/24 &&
		net_know a lan n lan && net_know n $WIRE b $WIRE &&
		ip -n a route add default via 10.1.0.254 &&
		on n nft "
			add table ip nat
			add chain ip nat out { type nat hook postrouting priority 100; }
			add rule ip nat out oifname $WIRE masquerade"
}

net_down() {	# remove hosts and processes
	local h p
	for h in $HOSTS; do
		for p in $(ip netns pids "$h" 2> /dev/null); do
			kill "$p" 2> /dev/null
		done
		ip netns del "$h" 2> /dev/null
	done
	HOSTS=
}

net_cleanup() {
	net_down
	rm -rf "$XT_TMP"
}
trap net_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ---- traffic -------------------------------------------------------------

ping_ok() {	# HOST ADDRESS [PING OPTION ...]: two of two come back
	local host=$1 addr=$2
	shift 2
	on "$host" ping -q -n -c 2 -i 0.2 -w 10 "$@" "$addr" \
		> "$XT_TMP/ping.$host" 2>&1
}

ping_fails() {	# HOST ADDRESS [PING OPTION ...]: none of two comes back
	local host=$1 addr=$2
	shift 2
	! on "$host" ping -q -n -c 2 -i 0.2 -W 1 -w 2 "$@" "$addr" \
		> "$XT_TMP/ping.$host" 2>&1
}

# One ping after the other for a while: whether each was answered is asked
# with ping_tally or ping_kept afterwards.
ping_steady() {	# FILE SECONDS INTERVAL HOST ADDRESS [PING OPTION ...]
	local file=$1 time=$2 interval=$3 host=$4 addr=$5
	shift 5
	on "$host" ping -n -w "$time" -i "$interval" "$@" "$addr" > "$file" 2>&1
}

# "SENT ANSWERED [NUMBER ...]", the numbers being those of lost packets. The
# last five are not judged: ping ends without waiting for answers under way.
ping_tally() {	# FILE
	awk '/ bytes from / && match($0, /icmp_seq=[0-9]+/) {
			came[substr($0, RSTART + 9, RLENGTH - 9) + 0] = 1
		}
		/ packets transmitted/ { sent = $1 - 5 }
		END {
			if (sent < 0)
				sent = 0
			for (i = 1; i <= sent; i++) {
				if (i in came)
					got++
				else
					lost = lost " " i
			}
			print sent + 0, got + 0 lost
		}' "$1"
}

ping_kept() {	# CASE FILE: packets were sent, and each was answered
	local sent got lost
	read -r sent got lost <<< "$(ping_tally "$2")"
	if [ "$sent" -gt 0 ] && [ "$sent" = "$got" ]; then
		pass "$1: of $sent packets $got came back"
	else
		fail "$1: of $sent packets $got came back" "lost: $lost"
	fi
}

wait_for() {	# SECONDS COMMAND [ARG ...]: until it is true
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# Start a program of ours that says "ready"; $! is its process.
start_ready() {	# HOST COMMAND [ARG ...]
	local log
	log=$(mktemp "$XT_TMP/ready.XXXXXX") || return 1
	ip netns exec "$@" > "$log" 2>&1 &
	if ! wait_for 10 grep -qs ready "$log"; then
		cat "$log" >&2
		return 1
	fi
}

# BYTES of text to ADDRESS on SERVER and back again, COUNT times.
flow() {	# tcp|udp CLIENT SERVER ADDRESS PORT BYTES [COUNT [FROM]]
	local proto=$1 client=$2 server=$3 pid status=0
	shift 3
	start_ready "$server" xtnet serve "$proto" "$1" "$2" || return 1
	pid=$!
	on "$client" timeout 40 xtnet talk "$proto" "$@" || status=$?
	kill "$pid" 2> /dev/null
	wait "$pid" 2> /dev/null
	return $status
}

# ---- captures ------------------------------------------------------------

cap_file() {	# NAME
	echo "$XT_TMP/$1.pcap"
}

cap_start() {	# NAME [HOST INTERFACE]: capture there, or on the wire
	local log=$XT_TMP/$1.tcpdump host=${2-w} dev=${3-left}
	XT_CAP_WHERE[$1]="$host $dev"
	on "$host" tcpdump -Z root -n -U --immediate-mode -s 0 -B 8192 -i "$dev" \
		-w "$(cap_file "$1")" > "$log" 2>&1 &
	XT_CAP_PID[$1]=$!
	if ! wait_for 15 grep -qs "listening on" "$log"; then
		cat "$log" >&2
		return 1
	fi
}

# Ends once everything sent before is in the file: a frame with a mark goes
# last, and is waited for.
cap_stop() {	# NAME
	local host dev text="end-of-capture-$1-$RANDOM" status=0
	read -r host dev <<< "${XT_CAP_WHERE[$1]}"
	on "$host" xtnet mark "$dev" "$text" || status=1
	wait_for 10 grep -aqs -- "$text" "$(cap_file "$1")" || status=1
	kill "${XT_CAP_PID[$1]}" 2> /dev/null
	wait "${XT_CAP_PID[$1]}" 2> /dev/null
	unset "XT_CAP_PID[$1]" "XT_CAP_WHERE[$1]"
	return $status
}

# Words for the protocols: an expression of tcpdump. A fragment of an IPv6
# packet carries the protocol in its own header.
cap_expr() {	# WORD ...
	local w e=
	for w; do
		case $w in
		esp)	w="ip proto 50 or ip6 proto 50 or (ip6 proto 44 and ip6[40] == 50)" ;;
		ah)	w="ip proto 51 or ip6 proto 51 or (ip6 proto 44 and ip6[40] == 51)" ;;
		ipcomp)	w="ip proto 108 or ip6 proto 108 or (ip6 proto 44 and ip6[40] == 108)" ;;
		esp-udp) w="udp port 4500" ;;
		ike)	w="udp port 500 or (ip proto 17 and ip[6:2] & 0x1fff != 0) or (ip6 proto 44 and ip6[40] == 17)" ;;
		esac
		e+="${e:+ or }($w)"
	done
	echo "$e"
}

# Neither tests nor their traffic: marks, multicast listener reports, and what
# IPv6 does about routers and neighbours by multicast or link-local address.
XT_CAP_NOISE='ether proto 0x88b5 or ip6 proto 0 or (icmp6 and (ip6 src net fe80::/10 or ip6 dst net ff02::/16))'

cap_show() {	# NAME [EXPRESSION]: the packets in words
	tcpdump -n -r "$(cap_file "$1")" \
		"not ($XT_CAP_NOISE)${2:+ and ($2)}" 2> /dev/null
}

cap_count() {	# NAME EXPRESSION
	cap_show "$1" "$2" | wc -l
}

# True if something of each WORD's protocol passed and nothing else did.
cap_only() {	# NAME WORD ...
	local name=$1 w strays
	shift
	for w; do
		if [ "$(cap_count "$name" "$(cap_expr "$w")")" -eq 0 ]; then
			echo "no $w in capture $name" >&2
			return 1
		fi
	done
	strays=$(cap_show "$name" "not ($(cap_expr "$@"))")
	if [ -n "$strays" ]; then
		echo "capture $name has what is none of: $*" >&2
		echo "$strays" | head -n 5 >&2
		return 1
	fi
}

# True if the capture holds only ESP and AH, and at least one of them.
only_esp_or_ah() {	# NAME [WORD ...]: words as in cap_expr that may be, too
	local name=$1 e
	shift
	if [ "$(cap_count "$name" "$(cap_expr esp ah)")" -eq 0 ]; then
		echo "neither ESP nor AH in capture $name" >&2
		return 1
	fi
	e=$(cap_expr esp ah "$@")
	if [ "$(cap_count "$name" "not ($e)")" -ne 0 ]; then
		cap_show "$name" "not ($e)" | head -n 5 >&2
		return 1
	fi
}

cap_has_text() {	# NAME TEXT: payload readable on the wire
	grep -aqF -- "$2" "$(cap_file "$1")"
}
