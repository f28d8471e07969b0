/* SPDX-License-Identifier: BSD-2-Clause */
/* The admin socket and the status it hands out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "ike/ctl/proto.h"
#include "ike/daemon/admin.h"
#include "ike/daemon/showstatus.h"
#include "libxfrm/base/err.h"

static struct xaddr addr(const char *text)
{
	struct xaddr a;

	assert_int_equal(xaddr_parse(text, &a), 0);
	return a;
}

struct adm_test {
	struct loop *loop;
	struct admin *adm;
	struct ike_admin req;
	unsigned int requests, reloads;
	int lfd, fd;
};

static void adm_request(void *arg, const struct ike_admin *req)
{
	struct adm_test *t = arg;

	t->req = *req;
	t->requests++;
}

static void adm_reload(void *arg, uint32_t conn)
{
	struct adm_test *t = arg;

	t->req.id = conn;
	t->reloads++;
}

static uint64_t stop_now(void *arg, uint64_t now)
{
	static unsigned int rounds;

	if (++rounds % 4 == 0)
		loop_stop(arg, 0);
	return now;
}

/* A few rounds of the loop, without waiting. */
static void spin(struct adm_test *t)
{
	loop_idle(t->loop, stop_now, t->loop);
	loop_run(t->loop);
}

static void adm_start(struct adm_test *t)
{
	struct admin_ops ops = { t, adm_request, adm_reload };
	struct sockaddr_un {
		sa_family_t family;
		char path[32];
	} sun = { .family = AF_UNIX };
	socklen_t len = sizeof(sun.family);

	*t = (struct adm_test){ 0 };
	assert_int_equal(loop_new(&t->loop), 0);
	assert_int_equal(admin_new(&t->adm, t->loop, &ops), 0);
	t->lfd = socket(AF_UNIX, SOCK_STREAM, 0);
	/* autobind in the abstract name space */
	assert_int_equal(bind(t->lfd, (struct sockaddr *)&sun, len), 0);
	assert_int_equal(listen(t->lfd, 5), 0);
	len = sizeof(sun);
	getsockname(t->lfd, (struct sockaddr *)&sun, &len);
	assert_int_equal(admin_listen(t->adm, t->lfd), 0);
	t->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(t->fd, (struct sockaddr *)&sun, len), 0);
}

static void adm_stop(struct adm_test *t)
{
	admin_free(t->adm);
	loop_free(t->loop);
	close(t->fd);
}

static void adm_send(struct adm_test *t, uint16_t cmd, uint16_t proto,
		     const void *body, size_t len)
{
	struct ctl_hdr h = { (uint16_t)(sizeof(h) + len), cmd | CTL_FLAG,
			     CTL_VERSION, proto };

	assert_int_equal(send(t->fd, &h, sizeof(h), 0), sizeof(h));
	spin(t);
	if (len)
		assert_int_equal(send(t->fd, body, len, 0), (ssize_t)len);
	spin(t);
}

static void admin_show(void **state)
{
	struct ike_answer a = { .kind = ANS_SA };
	uint8_t buf[1024];
	struct ctl_isakmp row;
	struct ctl_hdr h;
	struct adm_test t;
	struct cur c;

	adm_start(&t);
	adm_send(&t, CTL_SHOW_SA, CTL_PROTO_ISAKMP, NULL, 0);
	assert_int_equal(t.requests, 1);
	assert_int_equal(t.req.kind, ADM_SHOW_ISAKMP);
	a.id = t.req.id;
	a.sa.spi_i = 0x7fb214555904fdefull;
	a.sa.state = SA_ESTABLISHED;
	a.sa.version = 0x10;
	a.sa.remote.addr = addr("127.0.0.12");
	a.sa.remote.port = 500;
	a.sa.created = 40000;
	admin_answer(t.adm, &a, 100000, 1000000);
	a.kind = ANS_END;
	admin_answer(t.adm, &a, 100000, 1000000);
	spin(&t);
	c = cur_init(buf, (size_t)recv(t.fd, buf, sizeof(buf), 0));
	assert_int_equal(cur_copy(&c, &h, sizeof(h)), 0);
	assert_int_equal(h.len, sizeof(h) + sizeof(row));
	assert_int_equal(h.aux, 0);
	assert_int_equal(cur_copy(&c, &row, sizeof(row)), 0);
	assert_int_equal(row.icookie[0], 0x7f);
	assert_int_equal(row.icookie[7], 0xef);
	assert_int_equal(row.state, 9);
	assert_int_equal(row.side, 1);
	assert_int_equal(row.created, 1000000 - 60);
	assert_int_equal(recv(t.fd, buf, sizeof(buf), 0), 0);
	adm_stop(&t);
}

static void admin_establish_and_events(void **state)
{
	struct ike_ep l = { addr("192.0.2.1"), 500 };
	struct ike_ep r = { addr("192.0.2.2"), 500 };
	struct ike_evt_row ev = { .code = EVT_PH2_UP, .local = l, .remote = r,
				  .msgid = 0x1234 };
	struct ike_answer a = { .kind = ANS_END };
	struct ctl_index idx = { 24, 32, 6, 0, { 0 }, { 0 } };
	struct ctl_event e;
	struct ctl_hdr h;
	uint8_t buf[1024];
	struct adm_test t;
	struct cur c;

	adm_start(&t);
	xaddr_to_sockaddr(&l.addr, 80, &idx.src);
	xaddr_to_sockaddr(&r.addr, 0, &idx.dst);
	adm_send(&t, CTL_ESTABLISH_SA, CTL_PROTO_ESP, &idx, sizeof(idx));
	assert_int_equal(t.req.kind, ADM_ESTABLISH_CHILD);
	assert_int_equal(t.req.sel.splen, 24);
	assert_int_equal(t.req.sel.proto, 6);
	assert_int_equal(t.req.sel.sport, 80);
	assert_int_equal(t.req.sel.dport_mask, 0);
	a.id = t.req.id;
	admin_answer(t.adm, &a, 0, 0);
	/* what others asked for, or nobody, is not for this connection */
	ev.admin = t.req.id + 1;
	admin_event(t.adm, &ev, 98);
	ev.admin = 0;
	admin_event(t.adm, &ev, 98);
	ev.admin = t.req.id;
	admin_event(t.adm, &ev, 99);
	spin(&t);
	c = cur_init(buf, (size_t)recv(t.fd, buf, sizeof(buf), 0));
	assert_int_equal(cur_copy(&c, &h, sizeof(h)), 0);
	assert_int_equal(h.cmd, CTL_ESTABLISH_SA);
	assert_int_equal(cur_copy(&c, &h, sizeof(h)), 0);
	assert_int_equal(h.cmd, CTL_SHOW_EVT);
	assert_int_equal(cur_copy(&c, &e, sizeof(e)), 0);
	assert_int_equal(e.type, CTL_EVT_PH2_UP);
	assert_int_equal(e.when, 99);
	assert_int_equal(e.msgid, 0x1234);
	assert_int_equal(cur_end(&c), 0);
	/* What comes after the request is none. */
	assert_int_equal(send(t.fd, buf, 1, 0), 1);
	spin(&t);
	assert_int_equal(t.requests, 1);
	adm_stop(&t);
}

/* Who connects and keeps silent keeps nobody out. */
static void admin_silent_crowd(void **state)
{
	int crowd[ADMIN_CONNS_MAX + 8];
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct adm_test t;

	adm_start(&t);
	assert_int_equal(getsockname(t.lfd, (struct sockaddr *)&ss, &len), 0);
	close(t.fd);
	for (size_t i = 0; i < sizeof(crowd) / sizeof(crowd[0]); i++) {
		crowd[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		assert_int_equal(connect(crowd[i], (struct sockaddr *)&ss,
					 len), 0);
		/* half a header */
		assert_int_equal(send(crowd[i], "\x08", 1, MSG_NOSIGNAL), 1);
		spin(&t);
	}
	t.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(t.fd, (struct sockaddr *)&ss, len), 0);
	spin(&t);
	adm_send(&t, CTL_SHOW_SA, CTL_PROTO_ISAKMP, NULL, 0);
	assert_int_equal(t.requests, 1);
	for (size_t i = 0; i < sizeof(crowd) / sizeof(crowd[0]); i++)
		close(crowd[i]);
	adm_stop(&t);
}

/* To delete what is not there has never been an error; to ask for it is. */
static void admin_nothing_there(void **state)
{
	static const uint16_t cmd[] = { CTL_DELETE_SA, CTL_GET_SA_CERT };
	struct ike_answer none = { .kind = ANS_END, .err = -ENOENT };
	struct xaddr addrs[] = { addr("192.0.2.1"), addr("192.0.2.2") };
	struct ctl_index idx = { .src_prefix = 32, .dst_prefix = 32 };
	struct adm_test t;
	struct ctl_hdr h;

	xaddr_to_sockaddr(&addrs[0], 0, &idx.src);
	xaddr_to_sockaddr(&addrs[1], 0, &idx.dst);
	for (size_t i = 0; i < 2; i++) {
		adm_start(&t);
		adm_send(&t, cmd[i], CTL_PROTO_ISAKMP, &idx, sizeof(idx));
		none.id = t.req.id;
		admin_answer(t.adm, &none, 0, 0);
		spin(&t);
		assert_int_equal(recv(t.fd, &h, sizeof(h), MSG_DONTWAIT),
				 sizeof(h));
		assert_int_equal(h.aux, i ? ENOENT : 0);
		adm_stop(&t);
	}
}

/* Who closes its side after the request, as nc -N does, gets its answer. */
static void admin_half_closed(void **state)
{
	struct ike_answer end = { .kind = ANS_END };
	struct adm_test t;
	struct ctl_hdr h;

	adm_start(&t);
	adm_send(&t, CTL_SHOW_SA, CTL_PROTO_ISAKMP, NULL, 0);
	assert_int_equal(shutdown(t.fd, SHUT_WR), 0);
	spin(&t);
	spin(&t);
	end.id = t.req.id;
	admin_answer(t.adm, &end, 0, 0);
	spin(&t);
	assert_int_equal(recv(t.fd, &h, sizeof(h), MSG_DONTWAIT), sizeof(h));
	assert_int_equal(h.aux, 0);
	assert_int_equal(recv(t.fd, &h, sizeof(h), MSG_DONTWAIT), 0);
	adm_stop(&t);
}

/* There are no descriptors left: who comes then is refused, and gone. */
static void admin_no_descriptors(void **state)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct rlimit none, old;
	struct adm_test t;
	int fd, lowest;
	uint8_t c;

	adm_start(&t);
	spin(&t);
	assert_int_equal(getsockname(t.lfd, (struct sockaddr *)&ss, &len), 0);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&ss, len), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	lowest = dup(fd);
	close(lowest);
	none = (struct rlimit){ (rlim_t)lowest, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	spin(&t);
	assert_int_equal(recv(fd, &c, 1, MSG_DONTWAIT), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	close(fd);
	adm_send(&t, CTL_SHOW_SA, CTL_PROTO_ISAKMP, NULL, 0);
	assert_int_equal(t.requests, 1);
	adm_stop(&t);
}

static void admin_bad_requests(void **state)
{
	static const uint8_t junk[64];
	struct ctl_index idx = { .src_prefix = 33 };
	struct ctl_hdr h = { 3, CTL_STATUS | CTL_FLAG, CTL_VERSION, 0 };
	struct xaddr v4 = addr("192.0.2.1"), v6 = addr("::1");
	uint8_t buf[64];
	struct adm_test t;

	/* A command that does not exist */
	adm_start(&t);
	adm_send(&t, 0x0999, 0, NULL, 0);
	assert_int_equal(recv(t.fd, &h, sizeof(h), 0), sizeof(h));
	assert_int_equal(h.aux, EOPNOTSUPP);
	adm_stop(&t);
	/* A length below the header's: the connection ends. */
	adm_start(&t);
	h = (struct ctl_hdr){ 3, CTL_STATUS | CTL_FLAG, CTL_VERSION, 0 };
	assert_int_equal(send(t.fd, &h, sizeof(h), 0), sizeof(h));
	spin(&t);
	assert_int_equal(recv(t.fd, buf, sizeof(buf), 0), 0);
	adm_stop(&t);
	/* An index that is cut short, has a bad prefix, mixes families */
	adm_start(&t);
	adm_send(&t, CTL_DELETE_SA, CTL_PROTO_ISAKMP, junk, sizeof(junk));
	assert_int_equal(recv(t.fd, &h, sizeof(h), 0), sizeof(h));
	assert_int_equal(h.aux, EINVAL);
	assert_int_equal(t.requests, 0);
	adm_stop(&t);
	adm_start(&t);
	xaddr_to_sockaddr(&v4, 0, &idx.src);
	xaddr_to_sockaddr(&v4, 0, &idx.dst);
	adm_send(&t, CTL_DELETE_SA, CTL_PROTO_ISAKMP, &idx, sizeof(idx));
	assert_int_equal(recv(t.fd, &h, sizeof(h), 0), sizeof(h));
	assert_int_equal(h.aux, EINVAL);
	adm_stop(&t);
	adm_start(&t);
	idx.src_prefix = 32;
	xaddr_to_sockaddr(&v6, 0, &idx.dst);
	adm_send(&t, CTL_DELETE_SA, CTL_PROTO_ISAKMP, &idx, sizeof(idx));
	assert_int_equal(recv(t.fd, &h, sizeof(h), 0), sizeof(h));
	assert_int_equal(h.aux, EINVAL);
	assert_int_equal(t.requests, 0);
	adm_stop(&t);
}

static void admin_reload_answers(void **state)
{
	struct adm_test t;
	struct ctl_hdr h;

	adm_start(&t);
	adm_send(&t, CTL_RELOAD_CONF, 0, NULL, 0);
	assert_int_equal(t.reloads, 1);
	admin_reloaded(t.adm, t.req.id, XE_PARSE);
	spin(&t);
	assert_int_equal(recv(t.fd, &h, sizeof(h), 0), sizeof(h));
	assert_int_equal(h.cmd, CTL_RELOAD_CONF);
	assert_int_equal(h.aux, EINVAL);
	adm_stop(&t);
}

static void status_text_and_json(void **state)
{
	struct ike_answer a = { .kind = ANS_CHILD };
	struct xaddr src = addr("127.0.0.11"), dst = addr("127.0.0.12");
	struct showstatus *st;
	struct wbuf w;

	a.child.msgid = 0xe3ef0da1;
	a.child.state = CHILD_ESTABLISHED;
	a.child.proto = IPPROTO_ESP;
	a.child.spi_in = 0x01003b1f;
	a.child.spi_out = 0x0100ffff;
	a.child.pfs_group = 14;
	xsel_init(&a.child.sel, &src, 32, &dst, 32);
	wbuf_init(&w, 1 << 20);
	assert_int_equal(showstatus_new(&st, true, false), 0);
	assert_int_equal(showstatus_add(st, &a, 0, 0), 0);
	assert_int_equal(showstatus_print(st, 1795188070, &w), 0);
	assert_non_null(strstr(wbuf_str(&w), "racoon status at 2026-11-20T"));
	assert_non_null(strstr(wbuf_str(&w), "(no phase 1 SAs)\n"));
	assert_non_null(strstr(wbuf_str(&w),
		"Phase 2: 0xe3ef0da1\n  phase1:         (unbound)\n"
		"  state:          established  protocol: ESP  mode: "
		"Transport\n  spi:            in=0x0100**** out=0x0100****\n"
		"  selector:       127.0.0.11/32 -> 127.0.0.12/32  proto=any "
		"sport=any dport=any\n"));
	showstatus_free(st);
	wbuf_reset(&w);
	assert_int_equal(showstatus_new(&st, false, true), 0);
	assert_int_equal(showstatus_add(st, &a, 0, 0), 0);
	a.kind = ANS_DOWN;
	a.down = (struct ike_down_row){ .reason = "no answer from \"x\"" };
	assert_int_equal(showstatus_add(st, &a, 0, 0), 0);
	assert_int_equal(showstatus_print(st, 1795188070, &w), 0);
	assert_non_null(strstr(wbuf_str(&w), "\"schema_version\":\"2.0\""));
	assert_null(strstr(wbuf_str(&w), "phase2"));
	assert_non_null(strstr(wbuf_str(&w),
			       "\"reason\":\"no answer from \\\"x\\\"\""));
	showstatus_free(st);
	/* A name in the reason was cut in the middle of a character. */
	a.down.reason = "the peer is \"Z\xc3";
	wbuf_reset(&w);
	assert_int_equal(showstatus_new(&st, false, true), 0);
	assert_int_equal(showstatus_add(st, &a, 0, 0), 0);
	assert_int_equal(showstatus_print(st, 1795188070, &w), 0);
	assert_non_null(strstr(wbuf_str(&w),
			       "\"reason\":\"the peer is \\\"Z?\""));
	showstatus_free(st);
	wbuf_free(&w);
}

/* Rows about one policy make one entry; what is down comes first. */
static void tunnels_at_a_glance(void **state)
{
	struct xaddr src = addr("10.1.0.0"), dst = addr("10.2.0.0");
	struct ike_ep l = { addr("192.0.2.1"), 500 };
	struct ike_ep r = { addr("192.0.2.2"), 500 };
	struct ike_answer child = { .kind = ANS_CHILD };
	struct ike_answer down = { .kind = ANS_DOWN };
	struct showstatus *st;
	struct wbuf w;

	child.child = (struct ike_child_row){
		.state = CHILD_ESTABLISHED, .proto = IPPROTO_ESP,
		.mode = KMODE_TUNNEL, .local = l, .remote = r, .policy = 17,
		.created = 1000000, .up = 400000, .life_sec = 3600,
		.enc_keylen = 256, .pfs_group = 14,
		.in = { 1234567, 1000, 3 }, .out = { 999, 7, 3 },
	};
	xsel_init(&child.child.sel, &src, 16, &dst, 16);
	child.child.enc = xalg_by_kernel(XALG_ENC, "cbc(aes)");
	assert_int_equal(showstatus_new(&st, false, false), 0);
	assert_int_equal(showstatus_add(st, &child, 1090000, 1795188070), 0);
	/* its successor is on its way, and an attempt has failed before */
	child.child.state = CHILD_MSG1SENT;
	child.child.created = 0;
	assert_int_equal(showstatus_add(st, &child, 1090000, 1795188070), 0);
	down.down = (struct ike_down_row){
		.local = l, .remote = r, .policy = 17, .since = 1080000,
		.sel = child.child.sel, .reason = "the peer says no",
	};
	assert_int_equal(showstatus_add(st, &down, 1090000, 1795188070), 0);
	/* another one is down, as phase 1 with its peer says, too */
	down.down.policy = 25;
	down.down.remote.addr = addr("192.0.2.9");
	down.down.reason = "no answer";
	assert_int_equal(showstatus_add(st, &down, 1090000, 1795188070), 0);
	down.down.policy = 0;
	down.down.sel = (struct xsel){ 0 };
	assert_int_equal(showstatus_add(st, &down, 1090000, 1795188070), 0);
	/* and a third that nothing needs */
	down.down.policy = 33;
	down.down.since = 0;
	down.down.sel = child.child.sel;
	down.down.reason = NULL;
	assert_int_equal(showstatus_add(st, &down, 1090000, 1795188070), 0);
	/* and somebody whom nobody knows */
	down.down = (struct ike_down_row){
		.local = l, .remote = { addr("198.51.100.23"), 500 },
		.since = 1070000, .reason = "no common proposal",
		.refused = true,
	};
	assert_int_equal(showstatus_add(st, &down, 1090000, 1795188070), 0);
	wbuf_init(&w, 1 << 20);
	assert_int_equal(showstatus_print(st, 1795188070, &w), 0);
	assert_string_equal(wbuf_str(&w),
		"racoon status at 2026-11-20T15:21:10Z\n\n"
		"Tunnels: 1 up, 1 down, 1 not asked for\n"
		"  DOWN  10.1.0.0/16 -> 10.2.0.0/16  by 192.0.2.1 -> 192.0.2.9\n"
		"        2026-11-20T15:21:00Z (10s ago): no answer\n"
		"  up    10.1.0.0/16 -> 10.2.0.0/16  by 192.0.2.1 -> 192.0.2.2\n"
		"        since 2026-11-20T15:09:40Z (11m 30s), ESP aes-cbc 256 "
		"group 14, in 1.2 MB out 999 B, keys end in 58m 30s\n"
		"        its renewal failed at 2026-11-20T15:21:00Z: the peer "
		"says no\n"
		"  idle  10.1.0.0/16 -> 10.2.0.0/16  by 192.0.2.1 -> 192.0.2.9\n"
		"\nRefused in the last hour:\n"
		"  198.51.100.23\n"
		"        2026-11-20T15:20:50Z (20s ago): no common proposal\n"
		"\n(no phase 1 SAs)\n");
	showstatus_free(st);
	wbuf_free(&w);
}

/* flush-sa names a protocol, logout-user a login. */
static void admin_flush_and_logout(void **state)
{
	static const struct {
		uint16_t proto;
		enum adm_kind kind;
		uint8_t ip;
	} row[] = {
		{ CTL_PROTO_ISAKMP, ADM_FLUSH_ISAKMP, 0 },
		{ CTL_PROTO_ESP, ADM_FLUSH_CHILD, IPPROTO_ESP },
		{ CTL_PROTO_AH, ADM_FLUSH_CHILD, IPPROTO_AH },
		{ CTL_PROTO_IPSEC, ADM_FLUSH_CHILD, 0 },
	};
	struct ctl_hdr h;
	struct adm_test t;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		adm_start(&t);
		adm_send(&t, CTL_FLUSH_SA, row[i].proto, NULL, 0);
		assert_int_equal(t.requests, 1);
		assert_int_equal(t.req.kind, row[i].kind);
		assert_int_equal(t.req.proto, row[i].ip);
		adm_stop(&t);
	}
	adm_start(&t);
	adm_send(&t, CTL_FLUSH_SA, CTL_PROTO_INTERNAL, NULL, 0);
	assert_int_equal(t.requests, 0);
	adm_stop(&t);
	adm_start(&t);
	adm_send(&t, CTL_LOGOUT_USER, 0, "alice", 6);
	assert_int_equal(t.requests, 1);
	assert_int_equal(t.req.kind, ADM_LOGOUT_USER);
	adm_stop(&t);
	/* without its NUL it is no string */
	adm_start(&t);
	adm_send(&t, CTL_LOGOUT_USER, 0, "alice", 5);
	assert_int_equal(t.requests, 0);
	assert_int_equal(recv(t.fd, &h, sizeof(h), 0), sizeof(h));
	assert_int_equal(h.aux, EINVAL);
	adm_stop(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(admin_show),
		cmocka_unit_test(admin_establish_and_events),
		cmocka_unit_test(admin_silent_crowd),
		cmocka_unit_test(admin_nothing_there),
		cmocka_unit_test(admin_half_closed),
		cmocka_unit_test(admin_no_descriptors),
		cmocka_unit_test(admin_bad_requests),
		cmocka_unit_test(admin_reload_answers),
		cmocka_unit_test(status_text_and_json),
		cmocka_unit_test(tunnels_at_a_glance),
		cmocka_unit_test(admin_flush_and_logout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
