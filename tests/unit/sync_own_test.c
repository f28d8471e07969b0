/* SPDX-License-Identifier: BSD-2-Clause */
/* The record of setkey --sync, and what a file describes. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "setkey/sync_own.h"
#include "setkey/sync_state.h"

static char dir[] = "/tmp/sync-own-XXXXXX", run[64];
static int sock;

static int setup(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(run, sizeof(run), "%s/run", dir);
	sock = socket(AF_UNIX, SOCK_DGRAM, 0);
	return sock < 0;
}

static int teardown(void **state)
{
	char path[512];
	struct dirent *e;
	DIR *d = opendir(run);

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", run, e->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(run);
	close(sock);
	return rmdir(dir);
}

static struct xaddr addr(const char *s)
{
	struct xaddr a;

	assert_int_equal(xaddr_parse(s, &a), 0);
	return a;
}

static struct xfrm_sa an_sa(uint32_t spi)
{
	struct xfrm_sa sa = { .proto = IPPROTO_ESP, .spi = spi,
			      .mark = { 1, 0xff } };

	sa.src = addr("2001:db8::1");
	sa.dst = addr("2001:db8::2");
	return sa;
}

static struct xfrm_policy a_policy(uint8_t plen)
{
	struct xfrm_policy p = { .dir = XFRM_POLICY_OUT, .if_id = 3,
				 .index = 17 };
	struct xaddr a = addr("10.0.0.0"), b = addr("10.1.0.0");

	xsel_init(&p.sel, &a, plen, &b, 16);
	p.sel.proto = IPPROTO_UDP;
	p.sel.sport = 53;
	p.sel.sport_mask = 0xffff;
	return p;
}

static void record(void **state)
{
	struct xfrm_sa sa = an_sa(0x100), other = an_sa(0x101);
	struct xfrm_sa soft = an_sa(0x102);
	struct xfrm_policy p = a_policy(24), q = a_policy(25);
	struct sync_own *o;
	struct stat st;

	soft.offload = (struct xoffload){ .mode = XOFFLOAD_CRYPTO,
		.ifindex = 7, .flags = XFRM_OFFLOAD_INBOUND };
	/* --plan makes nothing */
	assert_int_equal(sync_own_open(run, sock, false, &o), 0);
	assert_false(sync_own_has_sa(o, &sa));
	sync_own_close(o);
	assert_int_equal(stat(run, &st), -1);

	assert_int_equal(sync_own_open(run, sock, true, &o), 0);
	assert_int_equal(sync_own_begin(o), 0);
	sync_own_put_sa(o, &sa, false);
	sync_own_put_sa(o, &soft, true);
	sync_own_put_policy(o, &p, 12345);
	q.index = 0;
	sync_own_put_policy(o, &q, 0);
	assert_int_equal(stat(sync_own_path(o), &st), -1); /* not before */
	assert_int_equal(sync_own_commit(o), 0);
	assert_int_equal(stat(sync_own_path(o), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	sync_own_close(o);

	assert_int_equal(sync_own_open(run, sock, false, &o), 0);
	assert_true(sync_own_has_sa(o, &sa));
	assert_false(sync_own_has_sa(o, &other));
	assert_true(sync_own_has_sa(o, &soft));
	sa.offload = other.offload = soft.offload;
	assert_false(sync_own_declined(o, &sa));
	assert_false(sync_own_declined(o, &other));
	assert_true(sync_own_declined(o, &soft));
	soft.offload.ifindex = 8;
	assert_false(sync_own_declined(o, &soft));
	assert_true(sync_own_has_policy(o, &p));
	assert_true(sync_own_has_policy(o, &q));
	p.dir = XFRM_POLICY_IN;
	assert_false(sync_own_has_policy(o, &p));
	p.dir = XFRM_POLICY_OUT;
	assert_int_equal(sync_own_place(o, &p), 12345);
	p.index = 25; /* somebody made it anew */
	assert_int_equal(sync_own_place(o, &p), sync_own_index_place(25));
	q.index = 33;
	assert_int_equal(sync_own_place(o, &q), sync_own_index_place(33));
	sync_own_close(o);
}

static void abandoned(void **state)
{
	struct xfrm_sa other = an_sa(0x101), sa = an_sa(0x100);
	struct sync_own *o;

	assert_int_equal(sync_own_open(run, sock, true, &o), 0);
	assert_int_equal(sync_own_begin(o), 0);
	sync_own_put_sa(o, &other, true);
	sync_own_close(o); /* without commit: the old one stays */
	assert_int_equal(sync_own_open(run, sock, true, &o), 0);
	assert_true(sync_own_has_sa(o, &sa));
	assert_false(sync_own_has_sa(o, &other));
	sync_own_close(o);
}

static void one_at_a_time(void **state)
{
	struct sync_own *o, *second;
	int status;
	pid_t pid;

	assert_int_equal(sync_own_open(run, sock, true, &o), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(1); /* ends the wait for the lock */
		sync_own_open(run, sock, true, &second);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	sync_own_close(o);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void strange_files(void **state)
{
	static const char *const bad[] = {
		"", "something else\n", "setkey-sync 2 x\n",
		"setkey-sync 1 %s\nsa 50 2\n",
		"setkey-sync 1 %s\nsa 50 10 10.0.0.1 1 0 0\n",
		"setkey-sync 1 %s\nspam\n",
		("setkey-sync 1 %s\npolicy 1 0 0 0 0 2 10.0.0.0 99 10.0.0.0 8 "
		 "0 0 0 0 0 0 0 0 0\n"),
	};
	struct xfrm_sa sa = an_sa(0x100);
	char boot[64] = "", path[256], text[512];
	struct sync_own *o;
	size_t i;
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");

	if (!f || !fgets(boot, sizeof(boot), f))
		snprintf(boot, sizeof(boot), "unknown");
	if (f)
		fclose(f);
	boot[strcspn(boot, "\n")] = '\0';
	assert_int_equal(sync_own_open(run, sock, false, &o), 0);
	snprintf(path, sizeof(path), "%s", sync_own_path(o));
	sync_own_close(o);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *at = strstr(bad[i], "%s");

		snprintf(text, sizeof(text), "%.*s%s%s",
			 at ? (int)(at - bad[i]) : (int)strlen(bad[i]), bad[i],
			 at ? boot : "", at ? at + 2 : "");
		write_file(path, text);
		assert_int_equal(sync_own_open(run, sock, false, &o),
				 XE_MALFORMED);
		assert_non_null(o);
		sync_own_close(o);
	}
	/* what was true before the last boot is not now */
	write_file(path, "setkey-sync 1 another-boot\nsa 50 10 2001:db8::2 "
		   "256 1 255\n");
	assert_int_equal(sync_own_open(run, sock, false, &o), 0);
	assert_false(sync_own_has_sa(o, &sa));
	sync_own_close(o);
	/* a directory that others can write to is not for us */
	chmod(run, 0777);
	assert_int_equal(sync_own_open(run, sock, true, &o), -EPERM);
	assert_null(o);
	chmod(run, 0755);
}

/* ---- what a file describes ---------------------------------------------------- */

/* twice: operations that add what is there already. */
static void wanted_twice(const char *text, size_t nsa, size_t npol,
			 size_t twice, int result)
{
	struct setkey_check_opts opts = { .numeric = true, .quiet = true };
	struct arena *a = arena_new(ARENA_WIPE);
	struct src_table *t = src_table_new();
	struct diag *d = diag_new();
	struct setkey_prog *p = NULL;
	struct sync_want w;
	struct src *s;
	size_t bad;

	assert_int_equal(src_add(t, "text", text, strlen(text), d, &s), 0);
	assert_int_equal(setkey_load(t, s, &opts, d, &p), 0);
	assert_int_equal(sync_want_read(a, p, &w, &bad), result);
	if (result == 0) {
		assert_int_equal(w.nsa, nsa);
		assert_int_equal(w.npol, npol);
		assert_int_equal(w.ntwice, twice);
	}
	setkey_prog_free(p);
	diag_free(d);
	src_table_free(t);
	arena_free(a);
}

static void wanted(const char *text, size_t nsa, size_t npol, int result)
{
	wanted_twice(text, nsa, npol, 0, result);
}

#define SA1 "add 10.0.0.1 10.0.0.2 esp 0x101 -E null;"
#define SA2 "add 10.0.0.1 10.0.0.2 esp 0x102 -E null;"
#define SA3 "add 10.0.0.1 10.0.0.3 ipcomp 3 -C deflate;"
#define POL "spdadd 10.0.0.1 10.0.0.2 any -P out none;"

static void descriptions(void **state)
{
	wanted("", 0, 0, 0);
	wanted(SA1 SA2 SA3 POL, 3, 1, 0);
	wanted(SA1 "flush;" SA2 "spdflush;" POL, 1, 1, 0);
	wanted(SA1 SA3 "flush esp;" POL "spdflush;", 1, 0, 0);
	wanted(SA1 SA2 "delete 10.0.0.1 10.0.0.2 esp 0x101;", 1, 0, 0);
	wanted(SA1 SA2 SA3 "deleteall 10.0.0.1 10.0.0.2 esp;", 1, 0, 0);
	wanted("add fe80::1%lo fe80::2%lo esp 0x101 -E null;"
	       "deleteall fe80::1 fe80::2 esp;", 0, 0, 0);
	wanted("delete 10.0.0.1 10.0.0.2 esp 0x101;" SA1, 1, 0, 0);
	wanted("spddelete 10.0.0.1 10.0.0.2 any -P out;" POL, 0, 1, 0);
	wanted(POL "spddelete 10.0.0.1 10.0.0.2 any -P out;", 0, 0, 0);
	wanted(POL "spdupdate 10.0.0.1 10.0.0.2 any -P out discard;", 0, 1, 0);
	wanted(SA1 "dump; spddump;", 1, 0, 0);
	wanted("spdadd 10.0.0.1 10.0.0.2 any -P in none;", 0, 2, 0);
	wanted("getspi 10.0.0.1 10.0.0.2 esp 0x101;", 0, 0, XE_UNSUPPORTED);
	wanted(SA1 "exit;" SA2, 1, 0, 0);
	wanted(SA1 "add 10.0.0.1 10.0.0.2 esp 0x102 -mark 1 -E null;"
	       "deleteall 10.0.0.1 10.0.0.2 esp -mark 1;", 1, 0, 0);
}

/* As when they are carried out: the first one counts, the others are told. */
static void said_twice(void **state)
{
	wanted_twice(SA1 SA2 SA1 SA1, 2, 0, 2, 0);
	wanted_twice(SA1 "delete 10.0.0.1 10.0.0.2 esp 0x101;" SA1, 1, 0, 0, 0);
	wanted_twice(SA1 "update 10.0.0.1 10.0.0.2 esp 0x101 -E null;", 1, 0,
		     0, 0);
	wanted_twice(POL "spdadd 10.0.0.1 10.0.0.2 any -P out discard;", 0, 1,
		     1, 0);
	wanted_twice("spdadd 10.0.0.1 10.0.0.2 any -P in none;"
		     "spdadd 10.0.0.1 10.0.0.2 any -P fwd none;", 0, 2, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record),
		cmocka_unit_test(abandoned),
		cmocka_unit_test(one_at_a_time),
		cmocka_unit_test(strange_files),
		cmocka_unit_test(descriptions),
		cmocka_unit_test(said_twice),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
