# parser: setkey language and racoon.conf, text -> AST -> checked values.
# Generated scanners and parsers go into the build tree; yacc's and lex's own
# code is compiled without the warnings it cannot satisfy.

noinst_LTLIBRARIES += parser/libparser.la

parser_libparser_la_SOURCES = \
	parser/keywords.def parser/setkey_ast.h parser/setkey_check.h \
	parser/src.c parser/src.h
parser_libparser_la_LIBADD = libxfrm/libxfrmcore.la

# --- setkey language -------------------------------------------------------
parser_libparser_la_SOURCES += \
	parser/setkey_ast.c parser/setkey_int.h \
	parser/setkey_check.c parser/setkey_chk.h \
	parser/setkey_exts.c parser/setkey_filter.c \
	parser/setkey_keys.c parser/setkey_names.c \
	parser/setkey_parse.c parser/setkey_pol.c parser/setkey_print.c \
	parser/setkey_sa.c parser/setkey_scan.c parser/setkey_twins.c \
	parser/setkey_values.c parser/setkey_words.c

# --- racoon.conf -----------------------------------------------------------
parser_libparser_la_SOURCES += \
	parser/racoon_alg.c \
	parser/racoon_ast.c parser/racoon_ast.h \
	parser/racoon_cert.c \
	parser/racoon_check.c parser/racoon_check.h \
	parser/racoon_check_sainfo.c parser/racoon_check_sainfo.h \
	parser/racoon_dirs.def \
	parser/racoon_gram.y \
	parser/racoon_head.c \
	parser/racoon_inherit.c parser/racoon_inherit.h \
	parser/racoon_int.h \
	parser/racoon_kind.c parser/racoon_kind.h \
	parser/racoon_lex.l \
	parser/racoon_peer.c \
	parser/racoon_read.c \
	parser/racoon_sainfo.c \
	parser/racoon_sect.c \
	parser/racoon_stmt.c parser/racoon_stmt.h \
	parser/racoon_value.c parser/racoon_value.h \
	parser/racoon_weak.c parser/racoon_weak.h \
	parser/racoon_words.c parser/racoon_words.def \
	parser/plainrsa.c parser/plainrsa.h \
	parser/psk.c parser/psk.h
BUILT_SOURCES += parser/racoon_gram.h
