# Fuzz target of the racoon.conf language
FUZZ_TARGETS += tests/fuzz/racoon_fuzz
tests_fuzz_racoon_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_racoon_fuzz_LDADD = parser/libparser.la
