# Unit tests of libxfrm/base
UNIT_TESTS += tests/unit/base_test
tests_unit_base_test_SOURCES = tests/unit/base_test.c
tests_unit_base_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_LDADD = libxfrm/libbase.la $(UNIT_LIBS)
