# Fuzz target of libxfrm: everything the kernel can send
FUZZ_TARGETS += tests/fuzz/netlink_fuzz
tests_fuzz_netlink_fuzz_SOURCES = tests/fuzz/netlink_fuzz.c
tests_fuzz_netlink_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_netlink_fuzz_LDADD = libxfrm/libxfrmcore.la
