#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: setkey: levels, actions and selectors of policies, on the wire
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"

ESP="-E aes-cbc 0x000102030405060708090a0b0c0d0e0f
	-A hmac-sha1 0x000102030405060708090a0b0c0d0e0f10111213"

load() {	# HOST ..., text on stdin: empty databases first
	local h said text
	text="flush; spdflush; $(cat)"
	for h; do
		said=$(on "$h" setkey -f - 2>&1 <<< "$text") && [ -z "$said" ] &&
			continue
		echo "$said"
		return 1
	done
}

# What of a test went over the wire.
wire() {	# NAME WORD ...
	local name=$1
	shift
	expect "$name: capture" cap_stop "$name"
	expect "$name: only $*" cap_only "$name" "$@"
}

SAS="add 10.1.0.1 10.1.0.2 esp 0x1001 $ESP;
add 10.1.0.2 10.1.0.1 esp 0x1002 $ESP;"

net_hosts || exit 1

# ---- require: not without an SA
expect "require: load" load a <<END
spdadd 10.1.0.1 10.1.0.2 any -P out ipsec esp/transport//require;
END
cap_start require || exit 1
expect "require: nothing passes" ping_fails a 10.1.0.2
cap_stop require
expect "require: nothing is sent" [ "$(cap_count require ip)" -eq 0 ]

# ---- use: in clear without an SA, protected with it
expect "use: load" load a b <<END
spdadd 10.1.0.1 10.1.0.2 any -P out ipsec esp/transport//use;
spdadd 10.1.0.2 10.1.0.1 any -P out ipsec esp/transport//use;
END
cap_start use-without || exit 1
expect "use without SA: ping" ping_ok a 10.1.0.2
wire use-without icmp
expect "use: add SAs" on a setkey -f - <<< "$SAS"
expect "use: add SAs" on b setkey -f - <<< "$SAS"
cap_start use-with || exit 1
expect "use with SA: ping" ping_ok a 10.1.0.2
wire use-with esp

# ---- unique: the kernel's number, and only the SA that has it
expect "unique: load" load a <<END
spdadd 10.1.0.1 10.1.0.2 any -P out ipsec esp/transport//unique;
END
expect "unique: load" load b <<END
$SAS
END
expect "unique: the SAs of others" on a setkey -f - <<< "$SAS"
expect "unique: are not taken" ping_fails a 10.1.0.2
reqid=$(on a setkey -DP | sed -n 's/.*unique#\([0-9]*\).*/\1/p')
expect "unique: -DP shows the number" [ "${reqid:-0}" -ge 16384 ]
expect "unique: an SA with it" on a setkey -f - <<END
delete 10.1.0.1 10.1.0.2 esp 0x1001;
add 10.1.0.1 10.1.0.2 esp 0x1001 -u $reqid $ESP;
END
cap_start unique || exit 1
expect "unique: is taken" ping_ok a 10.1.0.2
expect "unique: capture" cap_stop unique
expect "unique: in ESP" [ "$(cap_count unique 'src 10.1.0.1 and ip proto 50')" -gt 0 ]
expect "unique: not in clear" [ "$(cap_count unique 'src 10.1.0.1 and icmp')" -eq 0 ]

# ---- unique:N by port: each its own SA
for h in a b; do
	near=10.1.0.1 far=10.1.0.2
	[ $h = a ] || { near=10.1.0.2 far=10.1.0.1; }
	# the server is b: its ports are the far ones of a, the near ones of b
	p7="$near ${far}[7]" q7="${far}[7] $near"
	p9="$near ${far}[9]" q9="${far}[9] $near"
	[ $h = a ] || {
		p7="${near}[7] $far" q7="$far ${near}[7]"
		p9="${near}[9] $far" q9="$far ${near}[9]"
	}
	expect "ports: load on $h" load $h <<END
add 10.1.0.1 10.1.0.2 esp 0x2071 -u 7 $ESP;
add 10.1.0.2 10.1.0.1 esp 0x2072 -u 7 $ESP;
add 10.1.0.1 10.1.0.2 esp 0x2091 -u 9 $ESP;
add 10.1.0.2 10.1.0.1 esp 0x2092 -u 9 $ESP;
spdadd $p7 tcp -P out ipsec esp/transport//unique:7;
spdadd $q7 tcp -P in ipsec esp/transport//unique:7;
spdadd $p9 tcp -P out ipsec esp/transport//unique:9;
spdadd $q9 tcp -P in ipsec esp/transport//unique:9;
END
done
for port in 7 9; do
	cap_start port$port || exit 1
	expect "port $port: TCP" flow tcp a b 10.1.0.2 $port 1000
	wire port$port esp
	expect "port $port: its own SAs" [ "$(cap_show port$port |
		grep -vc "spi=0x000020${port}[12],")" -eq 0 ]
done

# ---- by kind of ICMP
expect "icmp: load" load a b <<END
$SAS
spdadd 10.1.0.1 10.1.0.2 icmp 8,0 -P out ipsec esp/transport//require;
END
cap_start icmp || exit 1
expect "icmp: ping" ping_ok a 10.1.0.2
expect "icmp: capture" cap_stop icmp
expect "icmp: the question in ESP" \
	[ "$(cap_count icmp 'src 10.1.0.1 and not ip proto 50')" -eq 0 ]
expect "icmp: the answer in clear" \
	[ "$(cap_count icmp 'src 10.1.0.2 and icmp')" -eq 2 ]

# ---- discard and none, the stronger one first
expect "discard: load" load a <<END
spdadd 10.1.0.1 10.1.0.2 any -P out discard;
spdadd 10.1.0.1 10.1.0.2 tcp -P out prio 10 none;
END
cap_start discard || exit 1
expect "discard: no ping" ping_fails a 10.1.0.2
expect "none: TCP passes" flow tcp a b 10.1.0.2 7 1000
wire discard tcp

# ---- an "in" policy drops what comes in clear
expect "in: load" load b <<END
spdadd 10.1.0.1 10.1.0.2 any -P in ipsec esp/transport//require;
END
expect "in: clear a" load a < /dev/null
expect "in: clear text is dropped" ping_fails a 10.1.0.2
expect "in: the other family is not" ping_ok a fd01::2
finish
