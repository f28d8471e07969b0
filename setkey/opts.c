/* SPDX-License-Identifier: BSD-2-Clause */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>
#include "setkey/opts.h"

enum {
	OPT_JSON = 256, OPT_SAVE, OPT_STRICT, OPT_ATOMIC, OPT_HELP, OPT_SYNC,
	OPT_PLAN, OPT_PURGE, OPT_VERSION,
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "save", no_argument, NULL, OPT_SAVE },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "atomic", no_argument, NULL, OPT_ATOMIC },
	{ "sync", no_argument, NULL, OPT_SYNC },
	{ "plan", no_argument, NULL, OPT_PLAN },
	{ "purge", no_argument, NULL, OPT_PURGE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

void opts_version(struct out *o)
{
	out_lit(o, "setkey @(#) " PACKAGE_NAME " " PACKAGE_VERSION
		   " (ipsec-tools compatible)\n");
}

void opts_usage(struct out *o)
{
	opts_version(o);
	out_lit(o, "usage: setkey [-vrk] file ...\n"
		   "       setkey [-nvrk] -c\n"
		   "       setkey [-nvrk] -f filename\n"
		   "       setkey [-PalpvNrk] -D\n"
		   "       setkey [-Pv] -F\n"
		   "       setkey [-H] -x\n"
		   "       setkey [-V] [-h]\n"
		   "new in xfrm-tools:\n"
		   "       setkey [--strict] [--atomic] [--json] -c | -f filename\n"
		   "       setkey [--purge] [--json] --sync | --plan -f filename\n"
		   "       setkey [-P] [--json] -D [filter ...]\n"
		   "       setkey [--json] -x\n"
		   "       setkey [-DP] --save\n");
}

/* -f: the file must be there at once; - is standard input. */
int opts_open(struct opts *o, const char *name, struct report *rep)
{
	if (o->fd > STDERR_FILENO)
		close(o->fd);
	if (!strcmp(name, "-")) {
		o->file = "stdin";
		o->fd = STDIN_FILENO;
		return 0;
	}
	o->file = name;
	o->fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (o->fd >= 0)
		return 0;
	report_line(rep, NULL, "Can't open `%s': %s", name, strerror(errno));
	report_flush(rep);
	return -errno;
}

static int add_file(struct opts *o, const char *name, struct report *rep)
{
	/* One more than there is room for is noted by the number alone. */
	if (o->nfiles < OPTS_FILES_MAX)
		o->files[o->nfiles] = name;
	o->nfiles++;
	return opts_open(o, name, rep);
}

static void set_mode(struct opts *o, enum mode mode)
{
	if (mode == MODE_MONITOR && o->mode == MODE_MONITOR)
		o->epoch = true;
	if (mode == MODE_DUMP)
		o->sad_only = true;
	/* -D --save and --save -D are the same: save what -D would show. */
	if ((mode == MODE_DUMP && o->mode == MODE_SAVE) ||
	    (mode == MODE_SAVE && o->mode == MODE_DUMP))
		mode = MODE_SAVE;
	o->mode = mode;
}

/* Letters that only say how; true when c was one. */
static bool modifier(struct opts *o, int c)
{
	bool *flag = c == 'P' ? &o->spd :
		     c == 'a' ? &o->all :
		     c == 'l' ? &o->loop :
		     c == 'p' ? &o->ports :
		     c == 'N' ? &o->hide_socket :
		     c == 'n' ? &o->check_only :
		     c == 'v' ? &o->verbose :
		     c == 'H' ? &o->hex :
		     c == 'k' ? &o->kernel_mode :
		     c == OPT_JSON ? &o->json :
		     c == OPT_STRICT ? &o->strict :
		     c == OPT_ATOMIC ? &o->atomic :
		     c == OPT_SYNC ? &o->sync :
		     c == OPT_PLAN ? &o->plan :
		     c == OPT_PURGE ? &o->purge :
				       NULL;

	if (flag)
		*flag = true;
	else if (c == 'r')
		o->kernel_mode = false;
	return flag || c == 'r';
}

/* --sync and --plan are ways to use -f; --purge is a way to use them. */
static bool sync_makes_sense(const struct opts *o)
{
	return o->mode == MODE_FILE && !o->atomic && (o->sync || o->plan);
}

enum opts_result opts_parse(struct opts *o, int argc, char **argv,
			    struct report *rep)
{
	int c;

	*o = (struct opts){ .fd = -1 };
	while ((c = getopt_long(argc, argv, "acdf:hlnvxDFPpNrkHV?",
				long_options, NULL)) != -1) {
		if (modifier(o, c))
			continue;
		if (c == 'c')
			set_mode(o, MODE_CHAT);
		else if (c == 'D')
			set_mode(o, MODE_DUMP);
		else if (c == 'F')
			set_mode(o, MODE_FLUSH);
		else if (c == 'x')
			set_mode(o, MODE_MONITOR);
		else if (c == OPT_SAVE)
			set_mode(o, MODE_SAVE);
		else if (c == 'V')
			return OPTS_VERSION;
		else if (c == OPT_HELP)
			return OPTS_HELP;
		else if (c == OPT_VERSION)
			return OPTS_LONG_VERSION;
		else if (c != 'f')
			return OPTS_USAGE;
		else if (add_file(o, optarg, rep))
			return OPTS_FAILED;
		else
			set_mode(o, MODE_FILE);
	}
	o->words = &argv[optind];
	o->nwords = argc - optind;
	/* Words after -D limit it; else they are files, whatever was said. */
	if (o->nwords && o->mode != MODE_DUMP)
		o->mode = MODE_BINARY;
	if ((o->sync || o->plan || o->purge) && !sync_makes_sense(o)) {
		report_line(rep, NULL, o->atomic ?
			    "--atomic does not go with --sync and --plan" :
			    o->mode != MODE_FILE ?
			    "--sync and --plan are about the file of -f" :
			    "--purge is for --sync and --plan");
		report_flush(rep);
		return OPTS_USAGE;
	}
	return o->mode == MODE_NONE ? OPTS_USAGE : OPTS_RUN;
}
