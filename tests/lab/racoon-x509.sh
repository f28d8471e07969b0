#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoon with racoon: X.509, net to net, and what must not come up
# needs: openssl
# timeout: 600
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"

# remote section of HOST for PEER; more lines from stdin
x509_conf() {	# HOST PEER MODE PEERS-IDENTIFIER
	rc_conf "$1" <<-END
		remote $2 {
			exchange_mode $3;
			certificate_type x509 "gw.crt" "gw.key";
			ca_type x509 "ca.crt";
			my_identifier asn1dn;
			peers_identifier $4;
			verify_identifier on;
			proposal {
				encryption_algorithm aes 256;
				hash_algorithm sha256;
				authentication_method rsasig;
				dh_group modp2048;
			}
		}
		sainfo anonymous {
			pfs_group modp2048;
			encryption_algorithm aes 256;
			authentication_algorithm hmac_sha256;
			compression_algorithm deflate;
		}
	END
}

start_both() {	# NAME
	rc_start ga && rc_start gb && return
	fail "$1" "racoon does not start"
	return 1
}

stop_both() {
	rc_stop ga
	rc_stop gb
	for h in ga gb; do
		on $h setkey -F
	done
}

net_gateways || exit 1
rc_ca ca
rc_ca otherca
rc_cert ga "/C=XX/O=Lab/CN=ga" IP:192.0.2.1,DNS:ga.example
rc_cert gb "/C=XX/O=Lab/CN=gb" IP:192.0.2.2,DNS:gb.example
rc_policies ga 10.11.0.0/24 10.12.0.0/24 \
	esp/tunnel/192.0.2.1-192.0.2.2/require \
	esp/tunnel/192.0.2.2-192.0.2.1/require
rc_policies gb 10.12.0.0/24 10.11.0.0/24 \
	esp/tunnel/192.0.2.2-192.0.2.1/require \
	esp/tunnel/192.0.2.1-192.0.2.2/require

for mode in main aggressive; do
	x509_conf ga 192.0.2.2 $mode 'asn1dn "C=XX, O=Lab, CN=gb"'
	x509_conf gb 192.0.2.1 $mode 'asn1dn "C=XX, O=*, CN=ga"'
	start_both $mode || continue
	cap_start $mode
	on ha ping -q -c 1 -W 1 10.12.0.2 > /dev/null 2>&1
	if wait_for 20 rc_up ga && wait_for 5 rc_up gb; then
		pass "$mode: comes up"
	else
		fail "$mode: comes up" "no SA"
		rc_tail ga gb
	fi
	expect "$mode: net to net" ping_ok ha 10.12.0.2
	expect "$mode: and back" ping_ok hb 10.11.0.2
	cap_stop $mode
	expect "$mode: only ESP and IKE" only_esp_or_ah $mode ike
	ctl ga get-cert inet 192.0.2.1 192.0.2.2 > "$XT_TMP/peer.der"
	expect "$mode: get-cert gives the peer's" cmp -s "$XT_TMP/peer.der" \
		<(openssl x509 -in "$XT_TMP/gb/certs/gw.crt" -outform der)
	stop_both
done

# ---- refusals, and that the log names the reason
refused() {	# NAME HOST REGEX
	start_both "$1" || return
	on ha ping -q -c 1 -W 1 10.12.0.2 > /dev/null 2>&1
	if wait_for 20 rc_says "$2" "$3"; then
		pass "$1: the log tells why"
	else
		fail "$1: the log tells why" "no line with: $3"
		rc_tail ga gb
	fi
	expect_not "$1: no SA" rc_says ga 'IPsec-SA established'
	stop_both
}

x509_conf ga 192.0.2.2 main 'asn1dn "C=XX, O=Lab, CN=somebody else"'
x509_conf gb 192.0.2.1 main 'asn1dn "C=XX, O=Lab, CN=ga"'
refused "wrong identity" ga '(ERROR|WARNING).*(No ID match|identifier)'

rc_cert gb "/C=XX/O=Lab/CN=gb" IP:192.0.2.2 otherca
cp "$XT_TMP/ca/ca.crt" "$XT_TMP/gb/certs/ca.crt"
x509_conf ga 192.0.2.2 main 'asn1dn "C=XX, O=Lab, CN=gb"'
refused "unknown CA" ga '(ERROR|WARNING).*[Cc]ertificate'

rc_cert gb "/C=XX/O=Lab/CN=gb" IP:192.0.2.2 ca -not_before 20200101000000Z \
	-not_after 20200201000000Z 2> /dev/null ||
	rc_cert gb "/C=XX/O=Lab/CN=gb" IP:192.0.2.2 ca -days -1
refused "expired certificate" ga '(ERROR|WARNING).*expired'
finish
