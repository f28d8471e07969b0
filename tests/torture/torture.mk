# Allocations that fail, one after the other: see failmalloc.h.
FAILMALLOC_LINK = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray
FAILMALLOC_SOURCES = tests/torture/failmalloc.c tests/torture/failmalloc.h

UNIT_TESTS += tests/torture/setkey_fail_test
tests_torture_setkey_fail_test_SOURCES = tests/torture/setkey_fail_test.c \
	$(FAILMALLOC_SOURCES)
tests_torture_setkey_fail_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_torture_setkey_fail_test_LDFLAGS = $(AM_LDFLAGS) $(FAILMALLOC_LINK)
tests_torture_setkey_fail_test_LDADD = parser/libparser.la $(UNIT_LIBS)

UNIT_TESTS += tests/torture/racoon_fail_test
tests_torture_racoon_fail_test_SOURCES = tests/torture/racoon_fail_test.c \
	$(FAILMALLOC_SOURCES)
tests_torture_racoon_fail_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_torture_racoon_fail_test_LDFLAGS = $(AM_LDFLAGS) $(FAILMALLOC_LINK)
tests_torture_racoon_fail_test_LDADD = parser/libparser.la $(UNIT_LIBS)

UNIT_TESTS += tests/torture/daemon_fail_test
tests_torture_daemon_fail_test_SOURCES = tests/torture/daemon_fail_test.c \
	$(FAILMALLOC_SOURCES)
tests_torture_daemon_fail_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_torture_daemon_fail_test_LDFLAGS = $(AM_LDFLAGS) $(FAILMALLOC_LINK)
tests_torture_daemon_fail_test_LDADD = $(tests_unit_daemon_test_LDADD)
