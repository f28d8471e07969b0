# Fuzz targets: tests/fuzz/NAME_fuzz.c with LLVMFuzzerTestOneInput(), in
# FUZZ_TARGETS, linked with FUZZ_LDFLAGS; seeds in tests/fuzz/corpus/NAME/.
# Built with CC=clang ../configure --enable-fuzzing --enable-sanitizers.
FUZZ_TARGETS =
if FUZZING
noinst_PROGRAMS += $(FUZZ_TARGETS)
endif
EXTRA_DIST += tests/fuzz/corpus
