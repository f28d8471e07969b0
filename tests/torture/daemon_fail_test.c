/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every allocation of the parts of racoon that surround the engine is made to
 * fail once: nothing crashes or leaks, and what is given up is said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "ike/ctl/proto.h"
#include "ike/daemon/admin.h"
#include "ike/daemon/codec.h"
#include "ike/daemon/files.h"
#include "ike/daemon/ipc.h"
#include "ike/daemon/journal.h"
#include "ike/daemon/keyproc.h"
#include "ike/daemon/load.h"
#include "ike/daemon/script.h"
#include "ike/wire/names.h"
#include "libxfrm/base/diag.h"
#include "libxfrm/base/err.h"
#include "tests/torture/failmalloc.h"

static void no_sink(void *arg, enum log_level level, const char *line)
{
}

static const struct logger quiet = { LOG_LV_ERROR, no_sink, NULL };

/* Runs once() with the 1st, 2nd, … allocation failing, until none does. */
static void torture(void (*once)(bool whole))
{
	unsigned long n;
	bool failed = true;

	once(true);
	for (n = 1; failed; n++) {
		fail_nth(n);
		once(false);
		failed = fail_done();
	}
	assert_true(n > 2);
}

static struct xaddr addr(const char *text)
{
	struct xaddr a = { 0 };

	if (xaddr_parse(text, &a))
		abort();
	return a;
}

/* ---- journal ---- */

static void count(void *arg, const struct journal_entry *e)
{
	++*(unsigned int *)arg;
}

static void journal_once(bool whole)
{
	struct xaddr a = addr("192.0.2.1"), b = addr("192.0.2.2");
	char path[] = "/tmp/racoon-journal-XXXXXX";
	int fd = mkstemp(path);
	unsigned int n = 0;
	struct journal *j;

	close(fd);
	if (journal_open(&j, path) == 0) {
		for (uint32_t i = 0; i < 40; i++)
			journal_add_sa(j, IPPROTO_ESP, &a, &b, i);
		journal_del_sa(j, IPPROTO_ESP, &b, 7);
		journal_close(j);
	}
	/* one that was not taken down is all that may be missing */
	if (journal_open(&j, path) == 0) {
		journal_drain(j, count, &n);
		journal_close(j);
		if (whole && n != 39)
			abort();
	}
	unlink(path);
}

static void journal(void **state)
{
	torture(journal_once);
}

/* ---- keys ---- */

static struct ike_conf *conf;
static char psk[] = "/tmp/racoon-psk-XXXXXX";

static void keys_once(bool whole)
{
	struct key_question q = { .req = { .kind = KEY_PSK_PRF, .nname = 1,
					   .prf = V1_HASH_SHA256,
					   .data_len = 32 } };
	struct ike_keyans a = { 0 };
	struct xaddr peer = addr("192.0.2.1");
	struct keyproc *kp;

	if (keyproc_new(&kp, &quiet) < 0)
		return;
	if (keyproc_conf(kp, conf) == 0) {
		q.req.name[0].addr = true;
		q.req.name[0].len = 4;
		memcpy(q.req.name[0].p, peer.b, 4);
		keyproc_answer(kp, &q, &a);
		if (a.err ? whole || a.out.p : a.out.len != 32)
			abort();
		secret_free(&a.out);
	}
	keyproc_free(kp);
}

static void keys(void **state)
{
	struct diag *d = diag_new();
	struct load l = { 0 };
	char text[128];
	int fd = mkstemp(psk);

	assert_int_equal(write(fd, "192.0.2.1 a key\n", 16), 16);
	close(fd);
	snprintf(text, sizeof(text), "path pre_shared_key \"%s\";\n", psk);
	assert_int_equal(load_mem("c", text, strlen(text), 0, NULL, NULL, d,
				  &l), 0);
	conf = ike_conf_ref(l.conf);
	load_free(&l);
	diag_free(d);
	torture(keys_once);
	ike_conf_unref(conf);
	unlink(psk);
}

/* ---- messages between the processes ---- */

static void messages_once(bool whole)
{
	struct kreq q = { .kind = KREQ_SA_ADD }, got;
	struct files *f = files_new();
	struct wbuf w;
	struct cur c;

	q.sa.proto = IPPROTO_ESP;
	q.sa.src = addr("192.0.2.1");
	q.sa.dst = addr("192.0.2.2");
	wbuf_init(&w, IPC_BODY_MAX);
	if (!secret_set(&q.sa.enc_key, "0123456789abcdef", 16) &&
	    !secret_set(&q.sa.auth_key, "0123456789abcdef", 16)) {
		codec_put_kreq(&w, &q);
		c = wbuf_cur(&w);
		if (!w.err && codec_get_kreq(&c, &got) == 0)
			kreq_clear(&got);
		else if (whole)
			abort();
	}
	kreq_clear(&q);
	wbuf_free(&w);
	if (f && (files_add(f, "a", "1", 1) || files_add(f, "b", "2", 1) ||
		  files_get(f, "b", &c)) && whole)
		abort();
	files_free(f);
}

static void messages(void **state)
{
	torture(messages_once);
}

/* ---- hooks ---- */

static void hooks_once(bool whole)
{
	static const char *const env[] = { "REMOTE_ID=x", NULL };
	struct script_runner *sr;

	if (script_new(&sr, &quiet) < 0)
		return;
	if ((script_permit(sr, "/bin/true") ||
	     script_run(sr, "/bin/true", "phase1_up", 1, env)) && whole)
		abort();
	script_wait(sr, 5000);
	script_free(sr);
}

static void hooks(void **state)
{
	torture(hooks_once);
}

/* ---- the admin socket ---- */

static void on_request(void *arg, const struct ike_admin *req)
{
	*(uint32_t *)arg = req->id;
}

static void on_reload(void *arg, uint32_t conn)
{
}

static uint64_t stop_now(void *arg, uint64_t now)
{
	static unsigned int rounds;

	if (++rounds % 4 == 0)
		loop_stop(arg, 0);
	return now;
}

static void admin_once(bool whole)
{
	uint32_t id = 0;
	const struct admin_ops ops = { &id, on_request, on_reload };
	struct ctl_hdr h = { sizeof(h), CTL_STATUS | CTL_FLAG, CTL_VERSION,
			     0 };
	int lfd = socket(AF_UNIX, SOCK_STREAM, 0);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_storage ss = { .ss_family = AF_UNIX };
	struct ike_answer a = { .kind = ANS_END };
	socklen_t len = sizeof(sa_family_t);
	struct admin *adm = NULL;
	struct loop *loop = NULL;
	char buf[512];

	if (bind(lfd, (struct sockaddr *)&ss, len) < 0 || listen(lfd, 1) < 0)
		abort();
	len = sizeof(ss);
	getsockname(lfd, (struct sockaddr *)&ss, &len);
	if (loop_new(&loop) < 0 || admin_new(&adm, loop, &ops) < 0 ||
	    admin_listen(adm, lfd) < 0) {
		admin_free(adm);
		loop_free(loop);
		close(fd);
		return;
	}
	if (connect(fd, (struct sockaddr *)&ss, len) < 0 ||
	    send(fd, &h, sizeof(h), MSG_NOSIGNAL) < 0)
		abort();
	loop_idle(loop, stop_now, loop);
	loop_run(loop);
	if (id) {
		a.id = id;
		admin_answer(adm, &a, 0, 0);
	}
	if (recv(fd, buf, sizeof(buf), 0) < (ssize_t)sizeof(h) && whole)
		abort();
	admin_free(adm);
	loop_free(loop);
	close(fd);
}

static void admin(void **state)
{
	torture(admin_once);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(journal),
		cmocka_unit_test(keys),
		cmocka_unit_test(messages),
		cmocka_unit_test(hooks),
		cmocka_unit_test(admin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
