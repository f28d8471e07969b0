#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# bash completion: what is offered behind some words.
set -u
# shellcheck source=tests/lib/result.sh
. tests/lib/result.sh
for f in setkey racoon racoonctl plainrsa-gen; do
	# shellcheck disable=SC1090
	. "conf/completion/$f"
done

# outside of a real completion there is nothing to set
compopt() {
	:
}

# WANTED WORD ...: the last word is the one being typed
offers() {
	local wanted=$1
	shift
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	"_${1//-/_}"
	if [ "${COMPREPLY[*]}" = "$wanted" ]; then
		pass "$*"
	else
		fail "$*" "offers ${COMPREPLY[*]} instead of $wanted"
	fi
}

offers "upper" setkey -DP u
offers "upper" setkey -PD u
offers "upper" setkey -P -D u
offers "esp" setkey -D e
offers "transport tunnel" setkey -D mode t
offers "in out fwd" setkey -DP dir ""
offers "src spi" setkey -D --json s
offers "HACKING" setkey -f HAC
offers "HACKING" setkey --sync -f HAC
offers "--json" racoon -t --j
offers "--json" racoon -td --j
offers "" racoon --j
offers "HACKING" racoon -Ff HAC
offers "show-schedule show-sa show-event" racoonctl sh
offers "status" racoonctl -s /run/x st
offers "text json" racoonctl status -f ""
offers "isakmp esp ah ipsec" racoonctl -ll show-sa ""
offers "inet inet6" racoonctl establish-sa -w esp ""
offers "inet inet6" racoonctl ds isakmp i
offers "2048 3072 4096" plainrsa-gen -b ""
finish
