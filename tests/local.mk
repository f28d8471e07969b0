# tests: one fragment per area, so that each area registers its own.
# A unit test is tests/unit/NAME_test.c, linked with cmocka and what it tests.
UNIT_LIBS = $(CMOCKA_LIBS) $(CRYPTO_LIBS) $(JANSSON_LIBS)
UNIT_TESTS =
if HAVE_CMOCKA
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif

include tests/unit/base.mk
include tests/unit/ike_core.mk
include tests/unit/ike_wire.mk
include tests/unit/libxfrm.mk
include tests/unit/racoon_check.mk
include tests/unit/setkey.mk
include tests/unit/parser.mk
include tests/unit/racoon_parser.mk
include tests/unit/daemon.mk
include tests/sim/local.mk
include tests/torture/torture.mk
include tests/lab/lab.mk
include tests/fuzz/fuzz.mk
include tests/bench/bench.mk
include tests/fuzz/libxfrm.mk
include tests/fuzz/parser.mk
include tests/fuzz/racoon.mk
include tests/fuzz/responder.mk
include tests/fuzz/ike_wire.mk
EXTRA_DIST += tests/README tests/check tests/demo tests/packages tests/golden \
	tests/lint

# Whole folders are distributed, but not what a build has put there.
dist-hook:
	find $(distdir)/tests \( -name .deps -o -name .libs \) -prune \
		-exec rm -rf {} +
	find $(distdir)/tests \( -name '*.o' -o -name '*.lo' \
		-o -name .dirstamp -o -name xtnet$(EXEEXT) \) -exec rm -f {} +
