# ike: the IKE engine and racoon.  One library per folder, so that tests and
# fuzz targets link what they test and no more; each uses those below it only.
noinst_LTLIBRARIES += ike/libikewire.la ike/libikecrypto.la \
	ike/libikecore.la ike/libikev1.la

# What a program with the engine in it links, in the order of use.
IKE_LIBS = ike/libikev1.la ike/libikecore.la ike/libikecrypto.la \
	ike/libikewire.la libxfrm/libxfrmcore.la libxfrm/libbase.la \
	$(CRYPTO_LIBS)

# ike/wire: bytes <-> structs
ike_libikewire_la_SOURCES = \
	ike/wire/body.c ike/wire/body.h ike/wire/build.c ike/wire/build.h \
	ike/wire/cfg.c ike/wire/cfg.h ike/wire/chain.c ike/wire/chain.h \
	ike/wire/hdr.c ike/wire/hdr.h \
	ike/wire/names.c ike/wire/names.def ike/wire/names.h \
	ike/wire/sa.c ike/wire/sa.h ike/wire/sa_v1.c ike/wire/sa_v1.h \
	ike/wire/sa_v2.c ike/wire/sa_v2.h ike/wire/show.c ike/wire/show.h \
	ike/wire/ts.c ike/wire/ts.h \
	ike/wire/vendor.c ike/wire/vendor.def ike/wire/vendor.h

# ike/crypto: the only users of OpenSSL
ike_libikecrypto_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
ike_libikecrypto_la_SOURCES = \
	ike/crypto/alg.c ike/crypto/alg.h ike/crypto/cert.c ike/crypto/cert.h \
	ike/crypto/cipher.c ike/crypto/cipher.h ike/crypto/context.c \
	ike/crypto/dh.c ike/crypto/dh.h ike/crypto/group.c \
	ike/crypto/keymat.c ike/crypto/keymat.h ike/crypto/ossl.h \
	ike/crypto/prf.c ike/crypto/prf.h \
	ike/crypto/rsakey.c ike/crypto/rsakey.h \
	ike/crypto/sig.c ike/crypto/sig.h \
	ike/crypto/store.c ike/crypto/x509.h

# ike/core: the engine, without I/O
ike_libikecore_la_SOURCES = \
	ike/core/conf.c ike/core/conf.h \
	ike/core/conf_find.c ike/core/conf_priv.h \
	ike/core/dn.c ike/core/dn.h ike/core/dn_priv.h ike/core/dn_text.c \
	ike/core/id.c ike/core/id.h \
	ike/core/acquire.c ike/core/action.c ike/core/action.h \
	ike/core/admin.c ike/core/admin.h ike/core/child.c ike/core/child.h \
	ike/core/childkern.c ike/core/contact.c ike/core/contact.h \
	ike/core/dpd.c ike/core/dpd.h \
	ike/core/engine.c ike/core/engine.h ike/core/fsm.c ike/core/fsm.h \
	ike/core/genpol.c ike/core/genpol.h \
	ike/core/guard.c ike/core/guard.h ike/core/hook.c ike/core/hook.h \
	ike/core/ident.c ike/core/ident.h ike/core/ike.h \
	ike/core/job.c ike/core/job.h ike/core/kreq.h \
	ike/core/natt.c ike/core/natt.h ike/core/retire.c ike/core/retire.h \
	ike/core/sa.c ike/core/sa.h ike/core/salife.c ike/core/salife.h \
	ike/core/spd.c ike/core/spd.h ike/core/status.c ike/core/status.h \
	ike/core/removal.c ike/core/removal.h \
	ike/core/survey.c ike/core/survey.h \
	ike/core/timer.c ike/core/timer.h ike/core/verify.c \
	ike/core/verify.h ike/core/xchg.c ike/core/xchg.h
ike_libikecore_la_CFLAGS = $(AM_CFLAGS)

# ike/v1: the exchanges of IKEv1
ike_libikev1_la_SOURCES = \
	ike/v1/aggr.c ike/v1/aggr.h ike/v1/ctx.h ike/v1/held.c ike/v1/info.c \
	ike/v1/main.c ike/v1/main.h \
	ike/v1/msg.c ike/v1/natd.c ike/v1/natoa.c ike/v1/p2offer.c \
	ike/v1/p2prop.c ike/v1/p2text.c \
	ike/v1/ph1.c ike/v1/ph1auth.c ike/v1/pick.c \
	ike/v1/prop.c ike/v1/quick.c ike/v1/quick.h ike/v1/quickin.c \
	ike/v1/quicksel.c ike/v1/table.c ike/v1/table.h ike/v1/v1.c \
	ike/v1/v1.h

# ike/daemon: racoon, all of its I/O
sbin_PROGRAMS += ike/daemon/racoon
noinst_LTLIBRARIES += ike/libload.la

# racoon.conf to the config of the engine
ike_libload_la_SOURCES = \
	ike/daemon/effective.c ike/daemon/effective.h \
	ike/daemon/files.c ike/daemon/files.h \
	ike/daemon/load.c ike/daemon/load.h ike/daemon/load_priv.h \
	ike/daemon/load_addr.c ike/daemon/load_alg.c ike/daemon/load_chain.c \
	ike/daemon/load_cred.c \
	ike/daemon/load_psk.c ike/daemon/load_remote.c ike/daemon/load_set.c \
	ike/daemon/load_x509.c ike/daemon/load_x509.h \
	ike/daemon/names.c ike/daemon/names.h \
	ike/daemon/report.c ike/daemon/report.h \
	ike/daemon/source.c ike/daemon/source.h

ike_daemon_racoon_CFLAGS = $(AM_CFLAGS)
ike_daemon_racoon_SOURCES = \
	ike/daemon/main.c \
	ike/daemon/options.c ike/daemon/options.h \
	ike/daemon/testconf.c ike/daemon/testconf.h
ike_daemon_racoon_LDADD = ike/libracoon.la ike/libload.la $(IKE_LIBS) parser/libparser.la \
	$(JANSSON_LIBS)
# racoon's I/O
noinst_LTLIBRARIES += ike/libracoon.la
ike_libracoon_la_CFLAGS = $(AM_CFLAGS) $(CAPNG_CFLAGS) $(SECCOMP_CFLAGS) \
	$(JANSSON_CFLAGS)
ike_libracoon_la_LIBADD = $(CAPNG_LIBS) $(SECCOMP_LIBS) $(JANSSON_LIBS) \
	-lpthread
ike_libracoon_la_SOURCES = \
	ike/daemon/addrs.c ike/daemon/addrs.h \
	ike/daemon/admin.c ike/daemon/admin.h \
	ike/daemon/background.c ike/daemon/background.h \
	ike/daemon/codec.c ike/daemon/codec.h \
	ike/daemon/engine.c ike/daemon/engine.h \
	ike/daemon/engine_conf.c ike/daemon/engine_msg.c \
	ike/daemon/engine_priv.h \
	ike/daemon/ipc.c ike/daemon/ipc.h \
	ike/daemon/journal.c ike/daemon/journal.h \
	ike/daemon/kern.c ike/daemon/kern.h ike/daemon/kern_priv.h \
	ike/daemon/kernreq.c ike/daemon/kernsa.c \
	ike/daemon/keyproc.c ike/daemon/keyproc.h \
	ike/daemon/listen.c ike/daemon/listen.h \
	ike/daemon/logsink.c ike/daemon/logsink.h \
	ike/daemon/loop.c ike/daemon/loop.h \
	ike/daemon/monitor.c ike/daemon/monitor.h \
	ike/daemon/monitor_conf.c ike/daemon/monitor_engine.c \
	ike/daemon/monitor_msg.c ike/daemon/monitor_priv.h \
	ike/daemon/resolver.c ike/daemon/resolver.h \
	ike/daemon/net.c ike/daemon/net.h \
	ike/daemon/notify.c ike/daemon/notify.h \
	ike/daemon/pidfile.c ike/daemon/pidfile.h \
	ike/daemon/psktab.c ike/daemon/psktab.h \
	ike/daemon/pushed.c ike/daemon/pushed.h \
	ike/daemon/sandbox.c ike/daemon/sandbox.h \
	ike/daemon/script.c ike/daemon/script.h \
	ike/daemon/jvalue.c ike/daemon/jvalue.h \
	ike/daemon/spare.c ike/daemon/spare.h \
	ike/daemon/showstatus.c ike/daemon/showstatus.h \
	ike/daemon/showtext.c ike/daemon/showtext.h \
	ike/daemon/showtunnels.c ike/daemon/showtunnels.h \
	ike/daemon/trust.c ike/daemon/trust.h \
	ike/daemon/work.c ike/daemon/work.h

# ike/ctl: racoonctl
bin_PROGRAMS += ike/ctl/racoonctl
ike_ctl_racoonctl_SOURCES = \
	ike/ctl/args.c ike/ctl/args.h ike/ctl/conn.c ike/ctl/conn.h \
	ike/ctl/ctl.c ike/ctl/ctl.h \
	ike/ctl/establish.c ike/ctl/establish.h \
	ike/ctl/ipsec.c ike/ctl/ipsec.h ike/ctl/main.c ike/ctl/proto.h \
	ike/ctl/show.c ike/ctl/show.h
ike_ctl_racoonctl_LDADD = setkey/libsetkey.la libxfrm/libxfrmcore.la \
	libxfrm/libbase.la

# ike/ctl: plainrsa-gen
sbin_PROGRAMS += ike/ctl/plainrsa-gen
ike_ctl_plainrsa_gen_SOURCES = ike/ctl/plainrsa_gen.c
ike_ctl_plainrsa_gen_LDADD = ike/libikecrypto.la ike/libikewire.la \
	libxfrm/libbase.la $(CRYPTO_LIBS)
