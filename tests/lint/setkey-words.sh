#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The words of the setkey language: the list (parser/keywords.def), the parser
# that acts on them, the algorithms (libxfrm/alg.def), the program's options
# and the manual page know the same ones.
set -u
# shellcheck source=tests/lib/result.sh
. tests/lib/result.sh

page=man/setkey.8

# RULE TEXT: fail with the lines on stdin, pass if there are none
verdict() {
	local lines
	lines=$(cat)
	if [ -z "$lines" ]; then
		pass "$1"
	else
		fail "$1" "$2"
		echo "$lines"
	fi
}

# CLASS: "ID TEXT" of each word
words() {
	sed -n "s/^SK_WORD(\([A-Z0-9_]*\), \"\([^\"]*\)\", SKC_$1,.*/\1 \2/p" \
		parser/keywords.def
}

# What the page has as words of the language, one a line: arguments of Ic and
# of Fl (with their dash), from macro lines only.
page_words=$(awk '
	/^\.(It|Ic|Fl|D1|Bl|Pq|Op)/ {
		line = $0
		gsub(/\\-/, "-", line)
		gsub(/[|,;]/, " ", line)
		n = split(line, w, /[ \t]+/)
		how = ""
		for (i = 1; i <= n; i++) {
			if (w[i] == ".Ic" || w[i] == "Ic") how = "ic"
			else if (w[i] == ".Fl" || w[i] == "Fl") how = "fl"
			else if (w[i] ~ /^\.?(Ar|It|Ns|No|Op|Oo|Oc|Brq|D1|Bl|Pq|Xo|Xc|Qq|Dl)$/) how = ""
			else if (how == "ic") print w[i]
			else if (how == "fl") print "-" w[i]
		}
	}' "$page" | sort -u)

for class in STMT PROTO FILTER VALUE POL EXT; do
	words $class | while read -r _ text; do
		[ "$text" = me ] && text=me-any
		grep -qxF -- "$text" <<< "$page_words" || echo "$text"
	done | verdict "words of class $class in setkey(8)" "not described"
done

# A word that nothing acts on is a word too many.
words '[A-Z]*' | while read -r id text; do
	grep -qw "SKW_$id" parser/setkey_*.[cl] || echo "$text (SKW_$id)"
done | verdict "words that the parser acts on" "no code for them"

# Algorithms that belong to setkey: SK, BS, OU.
sed -n 's/^XALG_WORD("\([^"]*\)", .\(.\)., [A-Z0-9_]*, [0-9]*, \([A-Z |]*\),.*/\1 \3/p' \
    libxfrm/alg.def | grep -E 'SK|BS|OU' | while read -r text _; do
	# Plain names stand in tables, those with an ICV in the text below.
	grep -qE -- "(^|[ ,])${text//./\\.}([ ,]|\$)" "$page" || echo "$text"
done | verdict "algorithms in setkey(8)" "not listed"

# Options of the program, short and long.
sed -n 's/.*getopt_long([^"]*"\([^"]*\)".*/\1/p' setkey/opts.c | tr -d ':?' |
    fold -w 1 | while read -r letter; do
	[ "$letter" = d ] && continue	# means nothing, as ever
	grep -qE "^\.It Fl ([A-Za-z] (Ar [a-z]+ )?, )*$letter( |\$)" "$page" ||
		echo "-$letter"
done | verdict "short options in setkey(8)" "not described"

sed -n 's/^[[:space:]]*{ "\([a-z]*\)", [a-z]*_argument.*/\1/p' setkey/opts.c |
    while read -r name; do
	grep -qxF -- "--$name" <<< "$page_words" || echo "--$name"
done | verdict "long options in setkey(8)" "not described"

sed -n 's/^[[:space:]]*{ "\([a-z]*\)", [a-z]*_argument.*/\1/p' setkey/opts.c |
    while read -r name; do
	grep -qE -- "--$name( |\"|\$)" conf/completion/setkey || echo "--$name"
done | verdict "long options in the completion" "not completed"

# And back: what the page calls an option or word is one.
known=$({ words '[A-Z]*' | cut -d ' ' -f 2
	sed -n 's/.*getopt_long([^"]*"\([^"]*\)".*/\1/p' setkey/opts.c |
		tr -d ':?' | fold -w 1 | sed 's/^/-/'
	sed -n 's/^[[:space:]]*{ "\([a-z]*\)", [a-z]*_argument.*/--\1/p' \
		setkey/opts.c
	sed -n 's/^XALG_WORD("\([^"]*\)".*/\1/p' libxfrm/alg.def
	sed -n 's/^[[:space:]]*{ "\([a-z0-9-]*\)", [A-Z0-9_]* }.*/\1/p;
		s/.*}, { "\([a-z0-9-]*\)", [A-Z0-9_]* }.*/\1/p' \
		parser/setkey_names.c
} | sort -u)
grep -E '^-[A-Za-z0-9-]' <<< "$page_words" | while read -r text; do
	grep -qxF -- "$text" <<< "$known" && continue
	# Letters together, as in the synopsis: -knrv, -46n.
	case $text in
	--*)	echo "$text" ;;
	*)	for letter in $(fold -w 1 <<< "${text#-}"); do
			grep -qxF -- "-$letter" <<< "$known" ||
				[ "$letter" = n ] || echo "$text"
		done ;;
	esac
done | sort -u | verdict "options that setkey(8) names" "unknown to the program"
finish
