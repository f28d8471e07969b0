# Unit tests of ike/wire and ike/crypto
IKE_WIRE_TESTS = \
	tests/unit/crypto_alg_test tests/unit/crypto_cipher_test \
	tests/unit/crypto_dh_test tests/unit/crypto_keymat_test \
	tests/unit/crypto_cert_test tests/unit/crypto_prf_test \
	tests/unit/crypto_sig_test \
	tests/unit/wire_body_test tests/unit/wire_chain_test \
	tests/unit/wire_exchange_test tests/unit/wire_sa_test \
	tests/unit/wire_show_test tests/torture/wire_fail_test
UNIT_TESTS += $(IKE_WIRE_TESTS)
TESTS += tests/vectors/check.sh tests/unit/plainrsa_gen_test.sh
EXTRA_DIST += tests/unit/ike_test.h tests/vectors/check.sh \
	tests/vectors/dh.h tests/vectors/ikev1.h tests/vectors/ikev1.py \
	tests/unit/plainrsa_gen_test.sh

WIRE_LIBS = ike/libikewire.la libxfrm/libbase.la $(UNIT_LIBS)
WIRE_CRYPTO_LIBS = ike/libikecrypto.la $(WIRE_LIBS)

tests_unit_crypto_alg_test_SOURCES = tests/unit/crypto_alg_test.c
tests_unit_crypto_alg_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_crypto_alg_test_LDADD = $(WIRE_CRYPTO_LIBS) -lpthread
tests_unit_crypto_cipher_test_SOURCES = tests/unit/crypto_cipher_test.c
tests_unit_crypto_cipher_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_crypto_cipher_test_LDADD = $(WIRE_CRYPTO_LIBS)
tests_unit_crypto_dh_test_SOURCES = tests/unit/crypto_dh_test.c
tests_unit_crypto_dh_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_crypto_dh_test_LDADD = $(WIRE_CRYPTO_LIBS)
tests_unit_crypto_keymat_test_SOURCES = tests/unit/crypto_keymat_test.c
tests_unit_crypto_keymat_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_crypto_keymat_test_LDADD = $(WIRE_CRYPTO_LIBS)
tests_unit_crypto_prf_test_SOURCES = tests/unit/crypto_prf_test.c
tests_unit_crypto_prf_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_crypto_prf_test_LDADD = $(WIRE_CRYPTO_LIBS)
tests_unit_wire_body_test_SOURCES = tests/unit/wire_body_test.c
tests_unit_wire_body_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_wire_body_test_LDADD = $(WIRE_LIBS)
tests_unit_wire_chain_test_SOURCES = tests/unit/wire_chain_test.c
tests_unit_wire_chain_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_wire_chain_test_LDADD = $(WIRE_LIBS)
tests_unit_wire_exchange_test_SOURCES = tests/unit/wire_exchange_test.c
tests_unit_wire_exchange_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_wire_exchange_test_LDADD = $(WIRE_CRYPTO_LIBS)
tests_unit_wire_sa_test_SOURCES = tests/unit/wire_sa_test.c
tests_unit_wire_sa_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_wire_sa_test_LDADD = $(WIRE_LIBS)
tests_unit_crypto_cert_test_SOURCES = tests/unit/crypto_cert_test.c \
	tests/lib/pki.c tests/lib/pki.h
tests_unit_crypto_cert_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_crypto_cert_test_LDADD = $(WIRE_CRYPTO_LIBS)
tests_unit_crypto_sig_test_SOURCES = tests/unit/crypto_sig_test.c \
	tests/lib/pki.c tests/lib/pki.h
tests_unit_crypto_sig_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_crypto_sig_test_LDADD = $(WIRE_CRYPTO_LIBS)
tests_unit_wire_show_test_SOURCES = tests/unit/wire_show_test.c
tests_unit_wire_show_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_wire_show_test_LDADD = $(WIRE_LIBS)

# Allocations that fail; $(FAILMALLOC_*) is in tests/torture/torture.mk
tests_torture_wire_fail_test_SOURCES = tests/torture/wire_fail_test.c \
	tests/lib/pki.c tests/lib/pki.h $(FAILMALLOC_SOURCES)
tests_torture_wire_fail_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_torture_wire_fail_test_LDFLAGS = $(AM_LDFLAGS) $(FAILMALLOC_LINK)
tests_torture_wire_fail_test_LDADD = $(WIRE_CRYPTO_LIBS)
