# setkey: the program.  What can be tested without a kernel is a library.

noinst_LTLIBRARIES += setkey/libsetkey.la
setkey_libsetkey_la_SOURCES = \
	setkey/ask.c setkey/ask.h \
	setkey/chat.c setkey/chat.h \
	setkey/dump.c setkey/dump.h \
	setkey/event.c setkey/event.h \
	setkey/hash.c \
	setkey/json.c setkey/json.h \
	setkey/jwriter.c setkey/jwriter.h \
	setkey/lacks.c setkey/lacks.h \
	setkey/monitor.c setkey/monitor.h \
	setkey/opts.c setkey/opts.h \
	setkey/out.c setkey/out.h \
	setkey/pfkey.c setkey/pfkey.h \
	setkey/refuse.c setkey/refuse.h \
	setkey/renew.c setkey/renew.h \
	setkey/report.c setkey/report.h \
	setkey/run.c setkey/run.h \
	setkey/save.c setkey/save.h \
	setkey/saveall.c setkey/saveall.h \
	setkey/show.c setkey/show.h \
	setkey/sync.c setkey/sync.h \
	setkey/sync_int.h \
	setkey/sync_own.c setkey/sync_own.h \
	setkey/sync_place.c \
	setkey/sync_plan.c setkey/sync_plan.h \
	setkey/sync_show.c setkey/sync_show.h \
	setkey/sync_state.c setkey/sync_state.h \
	setkey/undo.c setkey/undo.h
setkey_libsetkey_la_CFLAGS = $(AM_CFLAGS) $(LIBEDIT_CFLAGS)
# libedit is loaded when it is needed (chat.c), not linked.
setkey_libsetkey_la_LIBADD = parser/libparser.la

sbin_PROGRAMS += setkey/setkey
setkey_setkey_SOURCES = setkey/main.c
setkey_setkey_LDADD = setkey/libsetkey.la
