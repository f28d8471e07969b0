# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the running kernel can do. Each has_x tries it in a network namespace of
# its own and is true if it worked. They need root or user namespaces.

xt_in_netns() {
	if [ "$(id -u)" -eq 0 ]; then
		unshare --net -- "$@"
	else
		unshare --map-root-user --net -- "$@"
	fi 2> /dev/null
}

xt_sa() {	# try an SA
	xt_in_netns ip xfrm state add "$@"
}

has_esp() {	# [FAMILY]
	if [ "${1:-4}" = 6 ]; then
		xt_sa src fc00::1 dst fc00::2 proto esp spi 0x1000 mode transport \
			auth 'hmac(sha1)' 0x0102030405060708090a0b0c0d0e0f1011121314 \
			enc 'cbc(aes)' 0x0102030405060708090a0b0c0d0e0f10
	else
		xt_sa src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x1000 mode transport \
			auth 'hmac(sha1)' 0x0102030405060708090a0b0c0d0e0f1011121314 \
			enc 'cbc(aes)' 0x0102030405060708090a0b0c0d0e0f10
	fi
}

has_ah() {	# [FAMILY]
	local a=10.0.0.1 b=10.0.0.2
	[ "${1:-4}" = 6 ] && a=fc00::1 b=fc00::2
	xt_sa src $a dst $b proto ah spi 0x1000 mode transport \
		auth 'hmac(sha1)' 0x0102030405060708090a0b0c0d0e0f1011121314
}

has_ipcomp() {	# [FAMILY]
	local a=10.0.0.1 b=10.0.0.2
	[ "${1:-4}" = 6 ] && a=fc00::1 b=fc00::2
	xt_sa src $a dst $b proto comp spi 0x1000 mode transport comp deflate ''
}

has_veth() {
	xt_in_netns ip link add xt0 type veth peer name xt1
}

has_netns() {
	xt_in_netns true
}

# Everything the lab tests stand on.
xt_kernel_ok() {
	has_netns && has_veth && has_esp 4 && has_esp 6 && has_ah 4 && has_ah 6 &&
		has_ipcomp 4 && has_ipcomp 6
}

# What is missing, in words.
xt_kernel_lacks() {
	local w f lacks='' which
	if ! has_netns; then
		echo "network namespaces (or the right to make them)"
		return
	fi
	has_veth || lacks="veth, "
	for w in ESP AH IPComp; do
		which=
		for f in 4 6; do
			"has_${w,,}" $f || which+=" and IPv$f"
		done
		case $which in
		'')	;;
		*4*6)	lacks+="$w, " ;;
		*)	lacks+="$w for ${which# and }, " ;;
		esac
	done
	echo "${lacks%, }"
}
