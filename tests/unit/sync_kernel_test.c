/* SPDX-License-Identifier: BSD-2-Clause */
/* setkey --sync on a kernel that lacks something (ld --wrap). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "setkey/run.h"
#include "setkey/sync.h"

struct xmsg *__wrap_xfrm_sock_msg(struct xfrm_sock *s);
int __wrap_xfrm_sock_fd(const struct xfrm_sock *s);
int __wrap_xfrm_sock_ask(struct xfrm_sock *s, struct xmsg *m, xfrm_msg_fn fn,
			 void *arg, struct xmsg_error *e);
int __wrap_xfrm_sock_do(struct xfrm_sock *s, struct xmsg *m,
			struct xmsg_error *e);
int __wrap_xfrm_sock_dump_sa(struct xfrm_sock *s,
			     const struct xfrm_sa_filter *f, xfrm_sa_fn fn,
			     void *arg, struct xmsg_error *e);
int __wrap_xfrm_sock_dump_policy(struct xfrm_sock *s, xfrm_policy_fn fn,
				 void *arg, struct xmsg_error *e);

static struct xmsg msg;
static unsigned int changes;

struct xmsg *__wrap_xfrm_sock_msg(struct xfrm_sock *s)
{
	wbuf_reset(&msg.w);
	msg.start = 0;
	return &msg;
}

int __wrap_xfrm_sock_fd(const struct xfrm_sock *s)
{
	return STDIN_FILENO;
}

/* As Linux before 5.15 answers what it does not know. */
int __wrap_xfrm_sock_ask(struct xfrm_sock *s, struct xmsg *m, xfrm_msg_fn fn,
			 void *arg, struct xmsg_error *e)
{
	if (e)
		e->err = -EINVAL;
	return -EINVAL;
}

int __wrap_xfrm_sock_do(struct xfrm_sock *s, struct xmsg *m,
			struct xmsg_error *e)
{
	changes++;
	return 0;
}

int __wrap_xfrm_sock_dump_sa(struct xfrm_sock *s,
			     const struct xfrm_sa_filter *f, xfrm_sa_fn fn,
			     void *arg, struct xmsg_error *e)
{
	return 0;
}

int __wrap_xfrm_sock_dump_policy(struct xfrm_sock *s, xfrm_policy_fn fn,
				 void *arg, struct xmsg_error *e)
{
	return 0;
}

/* What --plan makes of a text; what it tells goes to said. */
static int plan(const char *text, struct out *said)
{
	struct setkey_check_opts opts = { .numeric = true, .quiet = true };
	struct sync_opts how = { .plan = true, .dir = "/nonexistent" };
	struct src_table *t = src_table_new();
	struct diag *d = diag_new();
	struct report rep = { said, said, false };
	struct run r = { .rep = &rep, .src = t,
			 .sock = (struct xfrm_sock *)&msg };
	struct setkey_prog *p = NULL;
	struct src *s;
	int err;

	assert_int_equal(src_add(t, "F", text, strlen(text), d, &s), 0);
	assert_int_equal(setkey_load(t, s, &opts, d, &p), 0);
	err = setkey_sync(&r, p, &how);
	setkey_prog_free(p);
	diag_free(d);
	src_table_free(t);
	return err;
}

static void no_defaults(void **state)
{
	struct out said;

	xmsg_init_alloc(&msg, XMSG_MAX);
	out_init(&said, -1);
	assert_int_equal(plan("spdflush;", &said), 0);
	assert_non_null(strstr(wbuf_str(&said.w), "0 changes"));
	out_close(&said);
	out_init(&said, -1);
	assert_int_equal(plan("spdflush;\nspddefault in discard;", &said),
			 XE_REFUSED);
	assert_non_null(strstr(wbuf_str(&said.w),
			       "setkey: F,2: Invalid argument\n"));
	assert_non_null(strstr(wbuf_str(&said.w), "Linux 5.15"));
	assert_int_equal(changes, 0);
	out_close(&said);
	xmsg_free(&msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
