# Fuzz targets: a whole IKE responder; two engines that lie to each other
FUZZ_TARGETS += tests/fuzz/responder_fuzz tests/fuzz/mutate_fuzz
tests_fuzz_responder_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_responder_fuzz_LDADD = $(SIM_LIBS)
tests_fuzz_mutate_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS) \
	-Wl,--wrap=ike_v1_hash1 -Wl,--wrap=ike_v1_hash2 \
	-Wl,--wrap=ike_v1_auth_hash -Wl,--wrap=ike_cbc_encrypt
tests_fuzz_mutate_fuzz_LDADD = $(SIM_LIBS)
