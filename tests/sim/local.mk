# The simulator: engines, a network and kernels in one process, virtual time
noinst_LTLIBRARIES += tests/sim/libsim.la
tests_sim_libsim_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_sim_libsim_la_SOURCES = \
	tests/lib/pki.c tests/lib/pki.h \
	tests/sim/certs.c tests/sim/certs.h \
	tests/sim/kern.c tests/sim/kern.h tests/sim/link.c \
	tests/sim/many.c tests/sim/pair.c tests/sim/pair.h \
	tests/sim/proxy.c tests/sim/proxy.h \
	tests/sim/setup.c tests/sim/setup.h \
	tests/sim/simconf.c tests/sim/simconf.h \
	tests/sim/story.c tests/sim/story.h \
	tests/sim/world.c tests/sim/world.h
SIM_LIBS = tests/sim/libsim.la $(IKE_LIBS)

UNIT_TESTS += tests/unit/ike_admin_test
tests_unit_ike_admin_test_SOURCES = tests/unit/ike_admin_test.c $(ATTACK_TOOLS)
tests_unit_ike_admin_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ike_admin_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

UNIT_TESTS += tests/unit/ike_tunnel_test
tests_unit_ike_tunnel_test_SOURCES = tests/unit/ike_tunnel_test.c
tests_unit_ike_tunnel_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ike_tunnel_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

UNIT_TESTS += tests/unit/ike_natt_test
tests_unit_ike_natt_test_SOURCES = tests/unit/ike_natt_test.c
tests_unit_ike_natt_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ike_natt_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

UNIT_TESTS += tests/unit/ike_kernel_test
tests_unit_ike_kernel_test_SOURCES = tests/unit/ike_kernel_test.c
tests_unit_ike_kernel_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ike_kernel_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

UNIT_TESTS += tests/unit/ike_genpol_test
tests_unit_ike_genpol_test_SOURCES = tests/unit/ike_genpol_test.c
tests_unit_ike_genpol_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ike_genpol_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

UNIT_TESTS += tests/unit/ike_quick_test
tests_unit_ike_quick_test_SOURCES = tests/unit/ike_quick_test.c
tests_unit_ike_quick_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ike_quick_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

UNIT_TESTS += tests/unit/v1_field_test
tests_unit_v1_field_test_SOURCES = tests/unit/v1_field_test.c
tests_unit_v1_field_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_v1_field_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

UNIT_TESTS += tests/unit/v1_pick_test
tests_unit_v1_pick_test_SOURCES = tests/unit/v1_pick_test.c
tests_unit_v1_pick_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_v1_pick_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

UNIT_TESTS += tests/unit/v1_quirks_test
tests_unit_v1_quirks_test_SOURCES = tests/unit/v1_quirks_test.c
tests_unit_v1_quirks_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_v1_quirks_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

# Random stories: some hundred seeds in check, 10,000 by hand or at night
check_PROGRAMS += tests/sim/sim
tests_sim_sim_SOURCES = tests/sim/main.c
tests_sim_sim_LDADD = $(SIM_LIBS)
TESTS += tests/sim/sim tests/sim/many.sh
EXTRA_DIST += tests/sim/many.sh

UNIT_TESTS += tests/unit/ike_x509_test
tests_unit_ike_x509_test_SOURCES = tests/unit/ike_x509_test.c
tests_unit_ike_x509_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ike_x509_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

ATTACK_TOOLS = tests/unit/attack_tools.c tests/unit/attack_tools.h
UNIT_TESTS += tests/unit/attack_test
tests_unit_attack_test_SOURCES = tests/unit/attack_test.c $(ATTACK_TOOLS)
tests_unit_attack_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_attack_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

UNIT_TESTS += tests/unit/ike_life_test
tests_unit_ike_life_test_SOURCES = tests/unit/ike_life_test.c $(ATTACK_TOOLS)
tests_unit_ike_life_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ike_life_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

UNIT_TESTS += tests/unit/ike_peer_test
tests_unit_ike_peer_test_SOURCES = tests/unit/ike_peer_test.c $(ATTACK_TOOLS)
tests_unit_ike_peer_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ike_peer_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

UNIT_TESTS += tests/unit/attack_stranger_test
tests_unit_attack_stranger_test_SOURCES = tests/unit/attack_stranger_test.c \
	$(ATTACK_TOOLS)
tests_unit_attack_stranger_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_attack_stranger_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

UNIT_TESTS += tests/unit/attack_cert_test
tests_unit_attack_cert_test_SOURCES = tests/unit/attack_cert_test.c
tests_unit_attack_cert_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_attack_cert_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)

UNIT_TESTS += tests/unit/attack_inner_test
tests_unit_attack_inner_test_SOURCES = tests/unit/attack_inner_test.c \
	$(ATTACK_TOOLS)
tests_unit_attack_inner_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_attack_inner_test_LDADD = $(SIM_LIBS) $(UNIT_LIBS)
