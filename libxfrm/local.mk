# libxfrm: the base layer, the netlink library, its public shared object

noinst_LTLIBRARIES += libxfrm/libbase.la libxfrm/libxfrmcore.la
lib_LTLIBRARIES += libxfrm/libxfrm.la

# Linked into every program and test; libxfrm.so carries its own hidden copy.
libxfrm_libbase_la_SOURCES = \
	libxfrm/base/arena.c libxfrm/base/arena.h \
	libxfrm/base/buf.c libxfrm/base/buf.h \
	libxfrm/base/diag.c libxfrm/base/diag.h \
	libxfrm/base/err.c libxfrm/base/err.h \
	libxfrm/base/htab.c libxfrm/base/htab.h \
	libxfrm/base/log.c libxfrm/base/log.h \
	libxfrm/base/secret.c libxfrm/base/secret.h

# All of libxfrm: what tests and fuzz targets link, internals included.
libxfrm_libxfrmcore_la_SOURCES = \
	libxfrm/addr.c libxfrm/addr.h \
	libxfrm/alg.c libxfrm/alg.h libxfrm/alg.def \
	libxfrm/attr.c libxfrm/attr.h \
	libxfrm/event.c libxfrm/event.h \
	libxfrm/explain.c libxfrm/explain.h \
	libxfrm/kernel.c libxfrm/kernel.h \
	libxfrm/msg.c libxfrm/msg.h \
	libxfrm/policy.c libxfrm/policy.h \
	libxfrm/print.c libxfrm/print.h \
	libxfrm/sa.c libxfrm/sa.h \
	libxfrm/sa_build.c libxfrm/sa_parse.c \
	libxfrm/sock.c libxfrm/sock.h \
	libxfrm/uapi.h
libxfrm_libxfrmcore_la_LIBADD = libxfrm/libbase.la

# What is installed: only the symbols of libxfrm.map are visible.
libxfrm_libxfrm_la_SOURCES =
libxfrm_libxfrm_la_LIBADD = libxfrm/libxfrmcore.la
libxfrm_libxfrm_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 \
	-Wl,--version-script=$(top_srcdir)/libxfrm/libxfrm.map
libxfrm_libxfrm_la_DEPENDENCIES = libxfrm/libxfrmcore.la libxfrm/libxfrm.map
EXTRA_DIST += libxfrm/libxfrm.map

pkgconfig_DATA += libxfrm/libxfrm.pc
