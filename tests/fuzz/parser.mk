# Fuzz target of the setkey language
FUZZ_TARGETS += tests/fuzz/setkey_fuzz
tests_fuzz_setkey_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_setkey_fuzz_LDADD = parser/libparser.la
