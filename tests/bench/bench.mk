# Benchmarks: tests/bench/NAME, run by hand; nothing here fails a build.
noinst_PROGRAMS += tests/bench/xtbench
tests_bench_xtbench_SOURCES = tests/bench/xtbench.c
EXTRA_DIST += tests/bench/setkey
