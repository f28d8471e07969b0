# Unit tests of the setkey program
UNIT_TESTS += tests/unit/setkey_pfkey_test tests/unit/setkey_run_test \
	tests/unit/setkey_show_test

tests_unit_setkey_pfkey_test_SOURCES = tests/unit/setkey_pfkey_test.c
tests_unit_setkey_pfkey_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_setkey_pfkey_test_LDADD = setkey/libsetkey.la $(UNIT_LIBS)
tests_unit_setkey_run_test_SOURCES = tests/unit/setkey_run_test.c
tests_unit_setkey_run_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_setkey_run_test_LDADD = setkey/libsetkey.la $(UNIT_LIBS)
tests_unit_setkey_show_test_SOURCES = tests/unit/setkey_show_test.c
tests_unit_setkey_show_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_setkey_show_test_LDADD = setkey/libsetkey.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/sync_test
tests_unit_sync_test_SOURCES = tests/unit/sync_test.c
tests_unit_sync_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sync_test_LDADD = setkey/libsetkey.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/sync_own_test
tests_unit_sync_own_test_SOURCES = tests/unit/sync_own_test.c
tests_unit_sync_own_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sync_own_test_LDADD = setkey/libsetkey.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/renew_test
tests_unit_renew_test_SOURCES = tests/unit/renew_test.c
tests_unit_renew_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_renew_test_LDADD = setkey/libsetkey.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/sync_kernel_test
tests_unit_sync_kernel_test_SOURCES = tests/unit/sync_kernel_test.c
tests_unit_sync_kernel_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sync_kernel_test_LDADD = setkey/libsetkey.la $(UNIT_LIBS)
tests_unit_sync_kernel_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=xfrm_sock_msg,--wrap=xfrm_sock_fd \
	-Wl,--wrap=xfrm_sock_ask,--wrap=xfrm_sock_do \
	-Wl,--wrap=xfrm_sock_dump_sa,--wrap=xfrm_sock_dump_policy
