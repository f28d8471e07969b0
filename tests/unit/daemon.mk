# Unit tests of ike/daemon, without the daemon
UNIT_TESTS += tests/unit/daemon_test
tests_unit_daemon_test_SOURCES = tests/unit/daemon_test.c
tests_unit_daemon_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_daemon_test_LDADD = ike/libracoon.la ike/libload.la $(IKE_LIBS) parser/libparser.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/script_test
tests_unit_script_test_SOURCES = tests/unit/script_test.c
tests_unit_script_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_script_test_LDADD = $(tests_unit_daemon_test_LDADD)

UNIT_TESTS += tests/unit/admin_test
tests_unit_admin_test_SOURCES = tests/unit/admin_test.c
tests_unit_admin_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_admin_test_LDADD = $(tests_unit_daemon_test_LDADD)

UNIT_TESTS += tests/unit/kern_test
tests_unit_kern_test_SOURCES = tests/unit/kern_test.c
tests_unit_kern_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_kern_test_LDADD = $(tests_unit_daemon_test_LDADD)

UNIT_TESTS += tests/unit/keyproc_test
tests_unit_keyproc_test_SOURCES = tests/unit/keyproc_test.c
tests_unit_keyproc_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_keyproc_test_LDADD = $(tests_unit_daemon_test_LDADD)

# racoonctl's side of the admin socket
UNIT_TESTS += tests/unit/ctl_test
tests_unit_ctl_test_SOURCES = tests/unit/ctl_test.c ike/ctl/args.c \
	ike/ctl/conn.c
tests_unit_ctl_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ctl_test_LDADD = libxfrm/libbase.la $(UNIT_LIBS)

# Host names of a configuration
UNIT_TESTS += tests/unit/resolver_test
tests_unit_resolver_test_SOURCES = tests/unit/resolver_test.c
tests_unit_resolver_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_resolver_test_LDADD = $(tests_unit_daemon_test_LDADD)

# Its UDP sockets, on the loopback interface
UNIT_TESTS += tests/unit/net_test
tests_unit_net_test_SOURCES = tests/unit/net_test.c
tests_unit_net_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_net_test_LDADD = $(tests_unit_daemon_test_LDADD)

UNIT_TESTS += tests/unit/spare_test
tests_unit_spare_test_SOURCES = tests/unit/spare_test.c
tests_unit_spare_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_spare_test_LDADD = $(tests_unit_daemon_test_LDADD)
