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
	parser/setkey_gram.y parser/setkey_lex.l \
	parser/setkey_print.c
BUILT_SOURCES += parser/setkey_gram.h

# --- racoon.conf -----------------------------------------------------------
