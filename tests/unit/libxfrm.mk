# Unit tests of libxfrm: each is tests/unit/NAME_test.c

UNIT_TESTS += tests/unit/addr_test
tests_unit_addr_test_SOURCES = tests/unit/addr_test.c
tests_unit_addr_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_addr_test_LDADD = libxfrm/libxfrmcore.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/alg_test
tests_unit_alg_test_SOURCES = tests/unit/alg_test.c
tests_unit_alg_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_alg_test_LDADD = libxfrm/libxfrmcore.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/attr_test
tests_unit_attr_test_SOURCES = tests/unit/attr_test.c
tests_unit_attr_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_attr_test_LDADD = libxfrm/libxfrmcore.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/event_test
tests_unit_event_test_SOURCES = tests/unit/event_test.c tests/lib/xfrm_abi.h
tests_unit_event_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_event_test_LDADD = libxfrm/libxfrmcore.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/ipsec_policy_test
tests_unit_ipsec_policy_test_SOURCES = tests/unit/ipsec_policy_test.c tests/lib/xfrm_abi.h
tests_unit_ipsec_policy_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ipsec_policy_test_LDADD = libxfrm/libxfrmcore.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/msg_test
tests_unit_msg_test_SOURCES = tests/unit/msg_test.c
tests_unit_msg_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_msg_test_LDADD = libxfrm/libxfrmcore.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/policy_test
tests_unit_policy_test_SOURCES = tests/unit/policy_test.c tests/lib/xfrm_abi.h
tests_unit_policy_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_policy_test_LDADD = libxfrm/libxfrmcore.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/sa_test
tests_unit_sa_test_SOURCES = tests/unit/sa_test.c tests/lib/xfrm_abi.h
tests_unit_sa_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sa_test_LDADD = libxfrm/libxfrmcore.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/sock_test
tests_unit_sock_test_SOURCES = tests/unit/sock_test.c
tests_unit_sock_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sock_test_LDADD = libxfrm/libxfrmcore.la $(UNIT_LIBS)
tests_unit_sock_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=socket,--wrap=bind,--wrap=setsockopt,--wrap=getsockname \
	-Wl,--wrap=close,--wrap=sendto,--wrap=recvfrom \
	-Wl,--wrap=malloc,--wrap=calloc
