# Unit tests of parser/: source texts and the setkey language.
PARSER_TESTS = tests/unit/src_test tests/unit/setkey_parse_test \
	tests/unit/setkey_check_test tests/unit/setkey_conf_test \
	tests/unit/setkey_corpus_test
UNIT_TESTS += $(PARSER_TESTS)

tests_unit_src_test_SOURCES = tests/unit/src_test.c
tests_unit_src_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_src_test_LDADD = parser/libparser.la $(UNIT_LIBS)

tests_unit_setkey_parse_test_SOURCES = tests/unit/setkey_parse_test.c
tests_unit_setkey_parse_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_setkey_parse_test_LDADD = parser/libparser.la $(UNIT_LIBS)

tests_unit_setkey_check_test_SOURCES = tests/unit/setkey_check_test.c
tests_unit_setkey_check_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_setkey_check_test_LDADD = parser/libparser.la $(UNIT_LIBS)

# NAME.in with NAME.ok (its operations) or NAME.err (its messages);
# XT_UPDATE=1 writes them anew.
tests_unit_setkey_conf_test_SOURCES = tests/unit/setkey_conf_test.c \
	tests/unit/setkey_show.c tests/unit/setkey_show.h
tests_unit_setkey_conf_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	-DTOP_SRCDIR='"$(abs_top_srcdir)"' \
	-DCONF_DIR='"$(abs_top_srcdir)/tests/conf/setkey"'
tests_unit_setkey_conf_test_LDADD = parser/libparser.la $(UNIT_LIBS)

tests_unit_setkey_corpus_test_SOURCES = tests/unit/setkey_corpus_test.c \
	tests/unit/setkey_show.c tests/unit/setkey_show.h
tests_unit_setkey_corpus_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	-DTOP_SRCDIR='"$(abs_top_srcdir)"'
tests_unit_setkey_corpus_test_LDADD = parser/libparser.la $(UNIT_LIBS)
EXTRA_DIST += tests/conf/setkey
