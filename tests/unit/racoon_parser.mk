# Unit tests of the racoon.conf language
RACOON_PARSER_TESTS = \
	tests/unit/plainrsa_test \
	tests/unit/psk_test \
	tests/unit/racoon_conf_test \
	tests/unit/racoon_lint_test \
	tests/unit/racoon_parser_test
UNIT_TESTS += $(RACOON_PARSER_TESTS)
tests_unit_plainrsa_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_plainrsa_test_LDADD = parser/libparser.la $(UNIT_LIBS)
tests_unit_psk_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_psk_test_LDADD = parser/libparser.la $(UNIT_LIBS)
tests_unit_racoon_conf_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_racoon_conf_test_LDADD = parser/libparser.la $(UNIT_LIBS)
tests_unit_racoon_lint_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_racoon_lint_test_LDADD = parser/libparser.la $(UNIT_LIBS)
tests_unit_racoon_parser_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_racoon_parser_test_LDADD = parser/libparser.la $(UNIT_LIBS)
EXTRA_DIST += tests/conf/racoon
