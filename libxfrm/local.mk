# libxfrm: the base layer, the netlink library, its public shared object

noinst_LTLIBRARIES += libxfrm/libbase.la libxfrm/libxfrmcore.la
lib_LTLIBRARIES += libxfrm/libxfrm.la

# Linked into every program and test; libxfrm.so carries its own hidden copy.
libxfrm_libbase_la_SOURCES = \
	libxfrm/base/arena.c \
	libxfrm/base/buf.c \
	libxfrm/base/diag.c libxfrm/base/diag.h \
	libxfrm/base/err.c \
	libxfrm/base/htab.c libxfrm/base/htab.h \
	libxfrm/base/log.c libxfrm/base/log.h \
	libxfrm/base/secret.c libxfrm/base/secret.h \
	libxfrm/base/text.c libxfrm/base/text.h

# All of libxfrm: what tests and fuzz targets link, internals included.
libxfrm_libxfrmcore_la_SOURCES = \
	libxfrm/addr.c \
	libxfrm/alg.c libxfrm/alg.def \
	libxfrm/attr.c \
	libxfrm/event.c \
	libxfrm/explain.c \
	libxfrm/ipsec_policy.c \
	libxfrm/kernel.c libxfrm/kernel.h \
	libxfrm/msg.c \
	libxfrm/policy.c \
	libxfrm/policy_str.c libxfrm/policy_str.h \
	libxfrm/print.c \
	libxfrm/sa.c libxfrm/sa_build.c libxfrm/sa_parse.c \
	libxfrm/sock.c
libxfrm_libxfrmcore_la_LIBADD = libxfrm/libbase.la

# What is installed: only the symbols of libxfrm.map are visible.
libxfrm_libxfrm_la_SOURCES =
libxfrm_libxfrm_la_LIBADD = libxfrm/libxfrmcore.la
libxfrm_libxfrm_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 \
	-Wl,--version-script=$(top_srcdir)/libxfrm/libxfrm.map
libxfrm_libxfrm_la_DEPENDENCIES = libxfrm/libxfrmcore.la libxfrm/libxfrm.map
EXTRA_DIST += libxfrm/libxfrm.map

pkgconfig_DATA += libxfrm/libxfrm.pc

# The public interface; libxfrm/base keeps its folder.
libxfrmdir = $(includedir)/libxfrm
libxfrm_HEADERS = \
	libxfrm/addr.h \
	libxfrm/alg.h \
	libxfrm/attr.h \
	libxfrm/event.h \
	libxfrm/explain.h \
	libxfrm/ipsec_policy.h \
	libxfrm/msg.h \
	libxfrm/policy.h \
	libxfrm/print.h \
	libxfrm/sa.h \
	libxfrm/sock.h \
	libxfrm/uapi.h
libxfrmbasedir = $(includedir)/libxfrm/base
libxfrmbase_HEADERS = libxfrm/base/arena.h libxfrm/base/buf.h \
	libxfrm/base/err.h
