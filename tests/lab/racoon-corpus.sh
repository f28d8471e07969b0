#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: published racoon.confs, with other addresses, names and paths
# needs: openssl
# timeout: 1200
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"
# shellcheck source=tests/lib/configs.sh
. "$XT_TOP/tests/lib/configs.sh"

DIR=$XT_SHARED/corpus
if [ ! -d "$DIR/racoon" ]; then
	skip corpus "no folder $DIR/racoon"
	finish
fi
T='# tunnel: 10.11.0.0/24 10.12.0.0/24 esp/tunnel/@/require'
H='# policy: 192.0.2.1 192.0.2.2 icmp esp/transport//require
# from: ga
# to: 192.0.2.2'
ANY='# policy: 192.0.2.1 192.0.2.2 any esp/transport//require
# from: ga
# to: 192.0.2.2'
K='# psk: 192.0.2.2 the key'
C='# cert: /C=XX/O=Lab/CN=a IP:192.0.2.1'

# What only differs from machine to machine.
PATHS='s,"[^"]*psk\.txt","/etc/racoon/psk.txt",
	s,path *certificate *"[^"]*",path certificate "/etc/racoon/certs",
	s,path *include *"[^"]*",path include "/etc/racoon",
	s,path script *"[^"]*",path script "/etc/racoon/scripts",
	s,path *pidfile *"[^"]*",path pidfile "/etc/racoon/pid",
	s,adminsock *"[^"]*" *"[^"]*" *"[^"]*" *0660,adminsock "/etc/racoon/racoon.sock",
	s,adminsock *"[^"]*",adminsock "/etc/racoon/racoon.sock",
	s,adminsock disabled;,,
	s,certificate_type x509 "[^"]*" "[^"]*",certificate_type x509 "gw.crt" "gw.key",
	s,ca_type x509 "[^"]*",ca_type x509 "ca.crt",
	s,^\([ \t]*\)log[ \t].*;,\1log debug;,'

# FILE HEAD [SED]: the file on ga, its mirror image on gb.
corpus() {
	local name=${1##*/}
	name=${name%.conf}
	grep -Eq "${XT_ROWS:-.}" <<< "$name" || return
	{
		printf '%s\n\n' "$2"
		sed -e "$PATHS" -e "${3-}" "$DIR/$1"
	} > "$CF/$name.conf"
	cf_run "$name" "$CF/$name.conf"
}

# The same where the file is a server's, who never begins: it stands on gb, and
# its clients have policies of their own.
server() {
	local name=${1##*/}
	name=${name%.conf}
	grep -Eq "${XT_ROWS:-.}" <<< "$name" || return
	{
		sed -n '/^# \(psk\|cert\): /p' <<< "$2" | cf_mirror
		echo
		sed -e "$PATHS" -e "${3-}" "$DIR/$1"
	} > "$CF/$name.peer.conf"
	{
		printf '%s\n\n' "$2"
		sed -e '/^# /d' -e 's/passive *on/passive off/' \
			-e 's/generate_policy *on/generate_policy off/' \
			"$CF/$name.peer.conf" | cf_mirror
	} > "$CF/$name.conf"
	cf_run "$name" "$CF/$name.conf"
}

# Keys that stand in files of their own: own.key, and peers.pub for the other.
plain_rsa() {
	local h other
	for h in ga gb; do
		[ $h = ga ] && other=gb || other=ga
		plainrsa-gen -b 2048 -f "$(rc_dir $h)/certs/own.key" &&
			chmod 600 "$(rc_dir $h)/certs/own.key" &&
			sed -n 's/^# \(: PUB .*\)/\1/p' "$(rc_dir $h)/certs/own.key" \
				> "$(rc_dir $other)/certs/peers.pub" || return 1
	done
}

net_gateways || exit 1
rc_ca ca
plain_rsa || fail plain_rsa "no keys"
corpus seeds/linux26-racoon.conf "$K
$ANY" 's/192.168.2.100/192.0.2.2/;s/192.168.1.100/192.0.2.1/
	s,/etc/psk.txt,/etc/racoon/psk.txt,'
corpus seeds/simplified-x509-racoon.conf "$C
$T"
corpus racoon/001-upstream-sample.conf "$K
$T"
corpus racoon/002-upstream-in.conf "$C
$T"
corpus racoon/004-upstream-inherit.conf "$C
# kinds: esp-udp ike
# tunnel: fd11::/64 fd12::/64 esp/tunnel/@6/require
# to: fd12::2" 's/3ffe:ffff::1/2001:db8::2/g
	s,my.cert.pem,gw.crt,;s,my.key.pem,gw.key,'
corpus racoon/005-upstream-natt.conf "$C
$T" s/172.16.0.1/192.0.2.1/
corpus racoon/006-upstream-plainrsa.conf "$T" \
	's,privatekey.rsa,own.key,;s,pubkey[12].rsa,peers.pub,'
corpus racoon/010-placeholder-listen-debug.conf "$K
$C
$H" s/IPPADDRESS/192.0.2.1/
corpus racoon/011-natt-force-no-space-time.conf "$K
# kinds: esp-udp ike
$T" 's/52.11.135.168/192.0.2.2/;s,10.42.0.0/16,10.11.0.0/24,
	s,172.31.16.0/20,10.12.0.0/24,'
corpus racoon/012-freebsd-handbook-parens-sainfo.conf "$K
$T" 's/192.168.250.21/192.0.2.1/;s/172.16.5.4/192.0.2.2/
	s/10.0.2.0/10.11.0.0/;s/10.246.38.0/10.12.0.0/'
corpus racoon/014-debian-psk-minimal.conf "$K
$ANY" s/10.10.0.98/192.0.2.2/
for h in ga gb; do
	[ $h = ga ] && peer=192.0.2.2 || peer=192.0.2.1
	rc_remote "$peer" > "$(rc_dir $h)/ipsec.conf"
done
corpus racoon/016-ansible-include-pidfile.conf "$K
$T"
server racoon/019-l2tp-roadwarrior-natt-443.conf "$K
# policy: 192.0.2.1 192.0.2.2 icmp esp/transport//require
# policy: 192.0.2.1 192.0.2.2[7000] tcp esp/transport//require
# flow: tcp 7000 cbc(aes)
# from: ga
# to: 192.0.2.2" s/198.51.100.7/192.0.2.2/
corpus racoon/020-puppet-base-mode-quoted-address-id.conf "$K
$T" 's/198.51.100.7/192.0.2.1/;s/203.0.113.9/192.0.2.2/
	s/10.0.1.0/10.11.0.0/;s/10.0.2.0/10.12.0.0/'
corpus racoon/022-tahi-v6-all-proposals.conf '# psk: 2001:db8::2 tahi
# policy: 2001:db8::1 2001:db8::2 icmp6 esp/transport//require
# from: ga
# to: 2001:db8::2' 's,"/tmp/tahi-psk","/etc/racoon/psk.txt",
	s/3ffe:501:ffff:100::2/2001:db8::1/'
corpus racoon/024-m0n0wall-generated.conf '# psk: a.example-branch@example.com x
# psk: branch@a.example the key
# psk: branch@b.example the key
# cert: /C=XX/O=Lab/CN=a IP:192.0.2.1
'"$T" 's/203.0.113.20/192.0.2.2/;s/branch@example.com/branch@a.example/
	s/192.168.1.0/10.11.0.0/;s,10.20.0.0/16,10.12.0.0/24,
	s/peer2-signed.pem/gw.crt/;s/2001:db8:40::1/2001:db8::9/'
corpus racoon/025-openwrt-client-unquoted-remote-name.conf "$K
$T" 's/1\.1\.1\.1/192.0.2.2/;s,10.9.9.1/32,10.12.0.0/24,
	s,192.168.1.0/24,10.11.0.0/24,'
server racoon/026-l2tp-server-two-sainfo.conf "$K
$T" 's/1\.1\.1\.1/192.0.2.2/;s,10.9.9.1/32,10.12.0.0/24,
	s,192.168.1.0/24,10.11.0.0/24,'
corpus racoon/027-ansible-base-mode-keyid-tag.conf "# psk: a.example the key
# psk: b.example the key
$ANY" 's/192.0.2.12/192.0.2.2/;s/exchange_mode base/exchange_mode aggressive/
	s/web1/a.example/;s/db1/b.example/'
corpus racoon/028-aws-vpc-gateway.conf "$K
$T" 's,aws-vpc.txt,psk.txt,;s/72.21.209.193/192.0.2.2/
	s,169.254.255.2/30,10.11.0.9/24,;s,169.254.255.1/30,10.12.0.9/24,'
corpus racoon/029-blog-linux-asa-multi-sainfo.conf "$K
$T
path pre_shared_key \"/etc/racoon/psk.txt\";" 's/31.204.98.143/192.0.2.2/;s/81.20.192.19/192.0.2.1/
	s,10.148.0.0/16,10.11.0.0/24,;s,10.113.1.128/26,10.12.0.0/24,'
corpus racoon/030-doc-ipv6-tunnel-peer.conf '# psk: 2001:db8::2 six
# tunnel: fd11::/64 fd12::/64 esp/tunnel/@6/require
# to: fd12::2
path pre_shared_key "/etc/racoon/psk.txt";' \
	's,any address 2001:db8:0:2::10 ,any address fd12::/64 ,
	s/2001:db8:0:2::10/2001:db8::2/;s,::/0,fd11::/64,'
corpus racoon/032-freebsd-bgp-l2tp-psk.conf "$K
# policy: 192.0.2.1 192.0.2.2[7000] tcp esp/transport//require
# policy: 192.0.2.1[7000] 192.0.2.2 tcp esp/transport//require
# flow: tcp 7000 cbc(aes)
$H" s/198.51.100.5/192.0.2.1/
corpus racoon/033-blog-checkpoint-subnet-keyword.conf "$K
# tunnel: 192.0.2.1 192.0.2.2 esp/tunnel/@/require
# from: ga
# to: 192.0.2.2" 's/192.168.1.2/192.0.2.1/;s/83.83.83.83/192.0.2.2/
	s,192.168.2.0/24,192.0.2.2,;s/mode_cfg on;//'
corpus racoon/034-blog-mongodb-base-complex-bundle.conf "$K
# policy: 192.0.2.1 192.0.2.2 any esp/transport//require ah/transport//require
# from: ga
# to: 192.0.2.2
# kinds: ah ike" 's/exchange_mode base/exchange_mode main/'
corpus racoon/036-opennhrp-readme.conf '# psk: my-user-name@a.example "key"
# psk: my-user-name@b.example "key"
'"$H" 's/my-user-name@my-domain.example/my-user-name@a.example/
	s,/etc/opennhrp/,/etc/racoon/scripts/,'
corpus racoon/037-astlinux-static-tunnels.conf "$K
$T" 's/198.51.100.3/192.0.2.1/;s/192.168.5.1/10.11.0.1/
	s/203.0.113.40/192.0.2.2/;s/192.168.5.0/10.11.0.0/
	s/192.168.9.0/10.12.0.0/'
server racoon/039-cpe-vendor-extensions.conf "$K
$T" 's/203.0.113.60/192.0.2.1/;s/198.51.100.60/192.0.2.2/
	/remote_mask/d;s/cfgm_only/on/;s,/tmp/racoon,/etc/racoon,
	s,192.168.1.0/24,10.12.0.0/24,;s,10.9.0.0/16,10.11.0.0/24,
	s/peers_identifier keyid tag "hq"/peers_identifier address 192.0.2.1/'
server racoon/040-forum-openl2tp-three-proposals.conf "$K
$T" s/10.44.22.224/192.0.2.2/
server racoon/041-forum-bad-address-colon-port.conf "$K
$T" 's/AAA.BBB.CCC:DDD/192.0.2.1/;s/AAA.BBB.CCC.DDD/192.0.2.1/
	s/10.11.10.201/192.0.2.1/;s/user_fqdn "vpn@aaaa.com"/address/
	s,192.168.0.0/24,10.12.0.0/24,'
server racoon/042-router-firmware-l2tp-scripts.conf \
	'# cert: /C=XX/O=Lab/CN=a DNS:a.example
'"$T" 's/198.51.100.70/192.0.2.2/;s/router.example.net/b.example/
	s/peers_identifier asn1dn;//'
corpus racoon/043-ansible-aws-cgw-no-compression.conf "$K
$T" 's/198.51.100.8/192.0.2.1/;s/203.0.113.81/192.0.2.9/
	s/203.0.113.82/192.0.2.2/;s,169.254.12.6,10.11.0.0/24,
	s,169.254.12.5,10.12.0.0/24,'
corpus racoon/044-blog-aes-underscore-256.conf "$K
$T"
finish
