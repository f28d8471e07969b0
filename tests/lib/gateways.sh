# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Two gateways as README describes them, beside net.sh: each with an /etc and a
# /run of its own, so that files go where a user puts them and programs run
# without options.
#
#   ha ---- ga ================= gb ---- hb
#   10.1.0.2  10.1.0.1   10.2.0.1  10.2.0.2	(inside)
#             192.0.2.1  198.51.100.1		(outside)
#
#	gw_net			makes the four hosts
#	gw HOST COMMAND ...	runs there, with the host's /etc and /run
#	gw_put HOST FILE MODE	a file from stdin, below the host's /etc
#	gw_mirror		filter: gw-a's file becomes gw-b's
#	gw_stop HOST		ends its racoon
#	gw_says HOST REGEX	is that in the log of racoon (-l /run/log)?
#	gw_count HOST REGEX	in how many lines?
declare -A GW_PID

gw_addrs() {
	net_addr ha lan 10.1.0.2/16 && net_addr ga lan 10.1.0.1/16 &&
		net_addr ga "$WIRE" 192.0.2.1/24 &&
		net_addr gb "$WIRE" 198.51.100.1/24 &&
		net_addr gb lan 10.2.0.1/16 && net_addr hb lan 10.2.0.2/16 &&
		net_know ha lan ga lan && net_know ga "$WIRE" gb "$WIRE" &&
		net_know gb lan hb lan
}

# The wire is all the world to a gateway.
gw_routes() {
	ip -n ha route add default via 10.1.0.1 &&
		ip -n hb route add default via 10.2.0.1 &&
		ip -n ga route add default dev "$WIRE" &&
		ip -n gb route add default dev "$WIRE"
}

# A process that holds the host's mounts.
gw_etc() {	# HOST
	# shellcheck disable=SC2016
	start_ready "$1" unshare -m --propagation private sh -c '
		mount -t tmpfs -o mode=755 gw /run || exit 1
		mkdir -p /run/etc/racoon/certs || exit 1
		cd /etc || exit 1
		for f in passwd group nsswitch.conf protocols services hosts \
		    localtime ld.so.cache ssl; do
			[ ! -e $f ] || cp -RPp $f /run/etc/ || exit 1
		done
		mount --bind /run/etc /etc && echo ready && exec sleep 3600
	' || return 1
	GW_PID[$1]=$!
}

gw_net() {
	net_host ha ga gb hb && net_router ga gb &&
		net_link ha lan ga lan && net_wire ga gb &&
		net_link gb lan hb lan && gw_addrs && gw_routes &&
		gw_etc ga && gw_etc gb
}

gw() {	# HOST COMMAND ...
	local h=$1
	shift
	nsenter -t "${GW_PID[$h]}" -m -n -- "$@"
}

gw_put() {	# HOST FILE MODE
	gw "$1" sh -c "umask 077; cat > '/etc/$2' && chmod '$3' '/etc/$2'"
}

gw_mirror() {
	sed 's/192\.0\.2\.1/@A/g;s/198\.51\.100\.1/192.0.2.1/g
		s/@A/198.51.100.1/g
		s,10\.1\.0\.0/16,@N,g;s,10\.2\.0\.0/16,10.1.0.0/16,g
		s,@N,10.2.0.0/16,g
		s/gw-a/@G/g;s/gw-b/gw-a/g;s/@G/gw-b/g'
}

gw_stop() {	# HOST: ends its racoon, and waits
	# shellcheck disable=SC2016
	gw "$1" sh -c 'kill "$(cat /run/racoon.pid)"' &&
		wait_for 15 gw_stopped "$1"
}

gw_stopped() {	# HOST
	gw "$1" sh -c '[ ! -e /run/racoon.pid ]'
}

gw_says() {	# HOST REGEX
	gw "$1" grep -Eqs -e "$2" /run/log
}

gw_count() {	# HOST REGEX
	gw "$1" grep -Ecs -e "$2" /run/log
}

# As in README: a CA, and a key with a certificate, in the current folder.
gw_ca() {
	openssl req -x509 -newkey rsa:3072 -nodes -days 3650 \
		-subj "/C=XX/O=Example/CN=Example CA" \
		-keyout ca.key -out ca.crt 2> /dev/null
}

gw_cert() {	# NAME
	openssl req -newkey rsa:3072 -nodes -subj "/C=XX/O=Example/CN=$1" \
		-keyout "$1.key" -out "$1.csr" 2> /dev/null &&
		openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key \
			-CAcreateserial -days 365 -out "$1.crt" 2> /dev/null
}
