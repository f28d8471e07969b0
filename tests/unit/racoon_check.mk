# Unit tests of the checks of racoon.conf and of the engine's config
UNIT_TESTS += tests/unit/ike_conf_test
tests_unit_ike_conf_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ike_conf_test_LDADD = ike/libikecore.la libxfrm/libxfrmcore.la \
	libxfrm/libbase.la $(UNIT_LIBS)

LOAD_LIBS = ike/libload.la $(IKE_LIBS) parser/libparser.la $(UNIT_LIBS)
UNIT_TESTS += tests/unit/racoon_check_test
tests_unit_racoon_check_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_racoon_check_test_LDADD = $(LOAD_LIBS)
TESTS += tests/conf/racoon-t.sh
EXTRA_DIST += tests/conf/check tests/conf/racoon-t.sh tests/corpus/racoon.sh

UNIT_TESTS += tests/unit/load_x509_test
tests_unit_load_x509_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	$(CRYPTO_CFLAGS)
tests_unit_load_x509_test_LDADD = $(LOAD_LIBS)

UNIT_TESTS += tests/unit/load_chain_test
tests_unit_load_chain_test_SOURCES = tests/unit/load_chain_test.c \
	tests/lib/pki.c tests/lib/pki.h
tests_unit_load_chain_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	$(CRYPTO_CFLAGS)
tests_unit_load_chain_test_LDADD = $(LOAD_LIBS)

UNIT_TESTS += tests/torture/load_fail_test
tests_torture_load_fail_test_SOURCES = tests/torture/load_fail_test.c \
	$(FAILMALLOC_SOURCES)
tests_torture_load_fail_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_torture_load_fail_test_LDFLAGS = $(AM_LDFLAGS) $(FAILMALLOC_LINK)
tests_torture_load_fail_test_LDADD = $(LOAD_LIBS)

# tests/bench/conf runs it
check_PROGRAMS += tests/bench/conf_lookup
tests_bench_conf_lookup_SOURCES = tests/bench/conf_lookup.c
tests_bench_conf_lookup_LDADD = ike/libikecore.la libxfrm/libxfrmcore.la \
	libxfrm/libbase.la
EXTRA_DIST += tests/bench/conf
