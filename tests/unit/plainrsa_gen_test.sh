#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# plainrsa-gen: what it prints, what it refuses, and that failures show.
# Runs in the build directory.
set -eu
gen=$PWD/ike/ctl/plainrsa-gen
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

bad() {
	echo "FAIL: $*"
	exit 1
}

# Runs the rest, which must end with status 1 and say $1 on stderr.
refuses() {	# TEXT COMMAND [ARG ...]
	local text=$1 status=0
	shift
	"$@" >out 2>err || status=$?
	[ $status -eq 1 ] || bad "$* ended with $status, not 1"
	[ ! -s out ] || bad "$* wrote to standard output"
	grep -qF -- "$text" err || bad "$* said '$(cat err)', not '$text'"
}

# A new key has the form of the reference, and 2048 bits and 65537.
"$gen" >key 2>err
[ ! -s err ] || bad "a key with defaults: $(cat err)"
words=$(sed -n 's/^\t\([A-Za-z0-9]*\): 0x[0-9a-f]*$/\1/p' key | tr '\n' ' ')
want="Modulus PublicExponent PrivateExponent Prime1 Prime2 Exponent1 Exponent2 Coefficient "
[ "$words" = "$want" ] || bad "the numbers are '$words'"
grep -q '^: RSA	{$' key || bad "no ': RSA {'"
grep -q '^	# RSA 2048 bits$' key || bad "not 2048 bits"
grep -q '^	PublicExponent: 0x010001$' key || bad "exponent is not 65537"
[ "$(tail -n 1 key)" = "  }" ] || bad "the last line is no '  }'"
[ "$(sed -n 's/^# : PUB //p' key)" = "$(sed -n 's/^	# pubkey=//p' key)" ] ||
	bad "the public key differs from its comment"

# The blob: exponent with its length, then the modulus.
blob=$(sed -n 's/^# : PUB 0s//p' key | base64 -d | od -An -v -tx1 | tr -d ' \n')
modulus=$(sed -n 's/^	Modulus: 0x//p' key)
[ "$blob" = "03010001$modulus" ] || bad "the blob is not RFC 2537's"
[ ${#modulus} -eq 512 ] || bad "the modulus has ${#modulus} digits"

# Two keys are two keys.
"$gen" -b 1024 -e 3 -f small 2>err
grep -q 'too short' err || bad "no warning about 1024 bits"
grep -q 'small exponent' err || bad "no warning about the exponent 3"
grep -q '^	PublicExponent: 0x03$' small || bad "exponent is not 3"
grep -q '^	# RSA 1024 bits$' small || bad "not 1024 bits"
[ "$(stat -c %a small)" = 600 ] || bad "mode of the file: $(stat -c %a small)"
umask 0
"$gen" -b 1024 -e 0x10001 -f open 2>/dev/null
[ "$(stat -c %a open)" = 600 ] || bad "mode under umask 0"
grep -q '^	PublicExponent: 0x010001$' open || bad "exponent in hexadecimal"

# An existing file and a symbolic link stay as they are.
cp small before
refuses 'small: file exists! Please use a different name.' "$gen" -f small
cmp -s small before || bad "the existing file was changed"
ln -s nowhere link
refuses 'link: file exists!' "$gen" -b 1024 -f link
[ ! -e nowhere ] || bad "a symbolic link was followed"
refuses 'No such file or directory' "$gen" -b 1024 -f no/such/folder

# Conversion gives the numbers openssl sees.
openssl genrsa -out key.pem 2048 2>/dev/null
openssl rsa -in key.pem -pubout -out pub.pem 2>/dev/null
"$gen" -i key.pem -f key.conv
modulus=$(openssl rsa -in key.pem -noout -modulus | cut -d= -f2 | tr A-F a-f)
grep -q "^	Modulus: 0x$modulus\$" key.conv || bad "modulus of the PEM key"
"$gen" -i pub.pem >pub.conv
[ "$(cat pub.conv)" = "$(sed -n '1s/^# //p' key.conv)" ] ||
	bad "public and private halves differ"

# What cannot be converted is an error, and leaves no file.
ln -s key.pem key.link
refuses 'symbolic link' "$gen" -i key.link
refuses 'No such file' "$gen" -i nokey
echo rubbish >rubbish
refuses 'convert_rsa_key: Only conversion from PEM' "$gen" -i rubbish -f none
: >empty
refuses 'convert_rsa_key' "$gen" -i empty -f none
openssl ecparam -name prime256v1 -genkey -noout -out ec.pem
refuses 'no RSA key' "$gen" -i ec.pem -f none
openssl genrsa -aes128 -passout pass:x -out enc.pem 2048 2>/dev/null
refuses 'encrypted' "$gen" -i enc.pem -f none
head -c 70000 /dev/zero >big
refuses big "$gen" -i big -f none
[ ! -e none ] || bad "a failed conversion left a file"

# Options
refuses 'usage:' "$gen" -h
refuses 'usage:' "$gen" -x
refuses 'usage:' "$gen" word
refuses '-b 512' "$gen" -b 512
refuses '-b 99999' "$gen" -b 99999
refuses '-b 2k' "$gen" -b 2k
refuses '-b -2048' "$gen" -b -2048
refuses '-e 4' "$gen" -e 4
refuses '-e 1' "$gen" -e 1
refuses '-e 0x1ffffffffffffffff' "$gen" -e 0x1ffffffffffffffff

# A full disk shows.
if [ -w /dev/full ]; then
	status=0
	"$gen" -b 1024 >/dev/full 2>err || status=$?
	[ $status -eq 1 ] || bad "a full disk gave status $status"
fi
echo "plainrsa-gen: all cases passed"
