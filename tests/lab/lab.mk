# Lab tests: what tests/lab/run needs built.  The tests are the *.sh beside.
noinst_PROGRAMS += tests/lab/xtnet
tests_lab_xtnet_SOURCES = tests/lab/xtnet.c
EXTRA_DIST += tests/lab tests/lib tests/vm
