# Fuzz targets of ike/wire and ike/crypto
FUZZ_TARGETS += tests/fuzz/wire_fuzz tests/fuzz/body_fuzz tests/fuzz/crypto_fuzz
tests_fuzz_wire_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_wire_fuzz_LDADD = ike/libikewire.la libxfrm/libbase.la
tests_fuzz_body_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_body_fuzz_LDADD = ike/libikewire.la libxfrm/libbase.la
tests_fuzz_crypto_fuzz_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_crypto_fuzz_LDADD = ike/libikecrypto.la ike/libikewire.la \
	libxfrm/libbase.la $(CRYPTO_LIBS)
