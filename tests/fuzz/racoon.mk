# Fuzz target of the racoon.conf language
FUZZ_TARGETS += tests/fuzz/racoon_fuzz
tests_fuzz_racoon_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_racoon_fuzz_LDADD = parser/libparser.la

FUZZ_TARGETS += tests/fuzz/load_fuzz
tests_fuzz_load_fuzz_SOURCES = tests/fuzz/load_fuzz.c
tests_fuzz_load_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_load_fuzz_LDADD = ike/libload.la $(IKE_LIBS) parser/libparser.la \
	$(JANSSON_LIBS)
