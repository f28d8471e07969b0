# Unit tests of ike/core's parts
UNIT_TESTS += tests/unit/ike_core_test
tests_unit_ike_core_test_SOURCES = tests/unit/ike_core_test.c
tests_unit_ike_core_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ike_core_test_LDADD = $(IKE_LIBS) $(UNIT_LIBS)
