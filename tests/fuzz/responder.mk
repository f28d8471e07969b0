# Fuzz target: a whole IKE responder
FUZZ_TARGETS += tests/fuzz/responder_fuzz
tests_fuzz_responder_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_responder_fuzz_LDADD = $(SIM_LIBS)
