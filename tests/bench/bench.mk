# Benchmarks: tests/bench/NAME, run by hand; nothing here fails a build.
noinst_PROGRAMS += tests/bench/xtbench
tests_bench_xtbench_SOURCES = tests/bench/xtbench.c
EXTRA_DIST += tests/bench/setkey

# What the cryptography of IKE costs at least, and racoon's other end
noinst_PROGRAMS += tests/bench/xtike/crypto_floor tests/bench/xtike/xtike
tests_bench_xtike_crypto_floor_SOURCES = tests/bench/xtike/crypto_floor.c
tests_bench_xtike_crypto_floor_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_bench_xtike_crypto_floor_LDADD = ike/libikecrypto.la ike/libikewire.la \
	libxfrm/libbase.la $(CRYPTO_LIBS)
tests_bench_xtike_xtike_SOURCES = \
	tests/bench/xtike/acquire.c tests/bench/xtike/acquire.h \
	tests/bench/xtike/load.c tests/bench/xtike/load.h \
	tests/bench/xtike/main.c \
	tests/bench/xtike/meter.c tests/bench/xtike/meter.h \
	tests/bench/xtike/peers.c tests/bench/xtike/peers.h
tests_bench_xtike_xtike_LDADD = ike/libracoon.la ike/libload.la $(IKE_LIBS) \
	parser/libparser.la $(JANSSON_LIBS)
# For kernels without ESP, preloaded into the daemon that is measured
noinst_LTLIBRARIES += tests/bench/xtike/noesp.la
tests_bench_xtike_noesp_la_SOURCES = tests/bench/xtike/noesp.c
tests_bench_xtike_noesp_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version \
	-shared -rpath /nonexistent
tests_bench_xtike_noesp_la_LIBADD = -ldl
EXTRA_DIST += tests/bench/ike
