/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plans of setkey --sync, carried out on a model of the kernel: from random
 * states to random states, each step looked at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "libxfrm/print.h"
#include "setkey/sync_plan.h"

#define MAX 64
#define PACKETS 8

/* Policies stand in the order in which the kernel looks at them. */
struct model {
	struct {
		struct xfrm_policy p;
		struct xfrm_tmpl t[2];
		uint64_t index, ord;
		bool ours;
	} pol[MAX];
	size_t npol;
	struct {
		struct xfrm_sa sa;
		bool ours;
	} sa[MAX];
	size_t nsa;
	uint64_t next_index;
};

static uint8_t keys[4][16] = { "0123456789abcde", "123456789abcdef",
			       "23456789abcdef0", "3456789abcdef01" };
static unsigned int seed;

static unsigned int rnd(unsigned int n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 8) % n;
}

/* ---- the kernel ----------------------------------------------------------- */

static void fix(struct model *m, size_t i)
{
	m->pol[i].p.tmpl = m->pol[i].t;
}

static void open_slot(struct model *m, size_t i)
{
	size_t k;

	assert_true(m->npol < MAX);
	memmove(&m->pol[i + 1], &m->pol[i], (m->npol - i) *
		sizeof(m->pol[0]));
	m->npol++;
	for (k = 0; k < m->npol; k++)
		fix(m, k);
}

static void close_slot(struct model *m, size_t i)
{
	size_t k;

	memmove(&m->pol[i], &m->pol[i + 1], (m->npol - i - 1) *
		sizeof(m->pol[0]));
	m->npol--;
	for (k = 0; k < m->npol; k++)
		fix(m, k);
}

static size_t find_pol(const struct model *m, const struct xfrm_policy *p)
{
	size_t i;

	for (i = 0; i < m->npol; i++)
		if (xfrm_policy_same_id(&m->pol[i].p, p))
			break;
	return i;
}

static void set_pol(struct model *m, size_t i, const struct xfrm_policy *p)
{
	m->pol[i].p = *p;
	if (p->ntmpl)
		memcpy(m->pol[i].t, p->tmpl, p->ntmpl * sizeof(*p->tmpl));
	fix(m, i);
}

/* Behind all that are as strong, as xfrm_policy_insert() does. */
static void insert_pol(struct model *m, const struct xfrm_policy *p,
		       uint64_t index, bool ours)
{
	size_t i = 0;

	while (i < m->npol && m->pol[i].p.priority <= p->priority)
		i++;
	open_slot(m, i);
	set_pol(m, i, p);
	m->pol[i].index = m->pol[i].ord = index;
	m->pol[i].ours = ours;
}

static void add_pol(struct model *m, const struct xfrm_policy *p, bool ours)
{
	assert_int_equal(find_pol(m, p), m->npol); /* else EEXIST */
	insert_pol(m, p, m->next_index, ours);
	m->next_index += 8;
}

/* The same strength: its old place.  Another: behind its new equals. */
static void update_pol(struct model *m, const struct xfrm_policy *p)
{
	size_t i = find_pol(m, p);
	uint64_t index = m->pol[i].index, ord = m->pol[i].ord;
	bool ours = m->pol[i].ours;

	assert_true(i < m->npol);
	if (m->pol[i].p.priority == p->priority) {
		set_pol(m, i, p);
		return;
	}
	close_slot(m, i);
	insert_pol(m, p, index, ours);
	m->pol[find_pol(m, p)].ord = ord;
}

static void delete_pol(struct model *m, const struct xfrm_policy *p)
{
	size_t i = find_pol(m, p);

	assert_true(i < m->npol);
	close_slot(m, i);
}

static size_t find_sa(const struct model *m, const struct xfrm_sa *sa)
{
	size_t i;

	for (i = 0; i < m->nsa; i++)
		if (xfrm_sa_same_id(&m->sa[i].sa, sa))
			break;
	return i;
}

static void add_sa(struct model *m, const struct xfrm_sa *sa, bool ours)
{
	assert_int_equal(find_sa(m, sa), m->nsa);
	assert_true(m->nsa < MAX);
	m->sa[m->nsa].ours = ours;
	m->sa[m->nsa++].sa = *sa;
}

static void delete_sa(struct model *m, const struct xfrm_sa *sa)
{
	size_t i = find_sa(m, sa);

	assert_true(i < m->nsa);
	m->sa[i] = m->sa[--m->nsa];
}

/* ---- packets ---------------------------------------------------------------- */

static const struct xfrm_policy *lookup(const struct model *m, unsigned int n)
{
	struct xaddr dst = { .family = AF_INET, .b = { 10, 0, 0, n % 4 } };
	unsigned int proto = n / 4 ? IPPROTO_TCP : IPPROTO_UDP;
	const struct xfrm_policy *p;
	size_t i;

	for (i = 0; i < m->npol; i++) {
		p = &m->pol[i].p;
		if (p->dir == XFRM_POLICY_OUT &&
		    xaddr_match(&dst, &p->sel.dst, p->sel.dplen) &&
		    (!p->sel.proto || p->sel.proto == proto))
			return p;
	}
	return NULL;
}

/* Does the packet leave in clear? */
static bool clear(const struct model *m, unsigned int packet)
{
	const struct xfrm_policy *p = lookup(m, packet);
	unsigned int i;
	size_t k;

	if (!p)
		return true;
	if (p->action == XFRM_POLICY_BLOCK)
		return false;
	for (i = 0; i < p->ntmpl; i++) {
		if (!p->tmpl[i].optional)
			return false;
		for (k = 0; k < m->nsa; k++)
			if (m->sa[k].sa.reqid == p->tmpl[i].reqid)
				return false;
	}
	return true;
}

/* ---- random states ------------------------------------------------------------ */

static struct xfrm_sa random_sa(void)
{
	struct xfrm_sa sa = { .proto = IPPROTO_ESP, .spi = 0x100 + rnd(5),
			      .reqid = 1 + rnd(3) };

	sa.src = (struct xaddr){ .family = AF_INET, .b = { 192, 0, 2, 1 } };
	sa.dst = (struct xaddr){ .family = AF_INET, .b = { 192, 0, 2, 2 } };
	xsa_alg_set(&sa.enc, xalg_by_kernel(XALG_ENC, "cbc(aes)"),
		    keys[rnd(4)], 128, 0);
	sa.life.hard_add = rnd(2) * 3600;
	return sa;
}

static void random_policy(struct xfrm_policy *p, struct xfrm_tmpl *t)
{
	static const uint32_t prio[] = { 100, 100, 100, 101, 99, 200, 0,
					 UINT32_MAX };
	static const uint8_t plens[] = { 30, 31, 32 };
	struct xaddr src = xaddr_any(AF_INET), dst = xaddr_any(AF_INET);
	unsigned int kind = rnd(6), plen = plens[rnd(3)];

	dst.b[0] = 10;
	dst.b[3] = (uint8_t)rnd(4);
	xaddr_mask(&dst, plen);
	*p = (struct xfrm_policy){ .dir = rnd(8) ? XFRM_POLICY_OUT :
				   XFRM_POLICY_IN, .tmpl = t,
				   .priority = prio[rnd(rnd(10) ? 6 : 8)] };
	xsel_init(&p->sel, &src, 0, &dst, plen);
	p->sel.proto = rnd(2) ? IPPROTO_TCP : 0;
	if (kind == 0)
		p->action = XFRM_POLICY_BLOCK;
	if (kind < 2)
		return;
	p->ntmpl = kind == 5 && rnd(2) ? 0 : 1;
	*t = (struct xfrm_tmpl){ .proto = IPPROTO_ESP, .reqid = 1 + rnd(3),
				 .optional = rnd(3) == 0 };
}

/* A file, as the state it makes when it is loaded into an empty kernel. */
static void random_state(struct model *m, unsigned int npol, unsigned int nsa)
{
	struct xfrm_policy p;
	struct xfrm_tmpl t;
	struct xfrm_sa sa;

	m->npol = m->nsa = 0;
	m->next_index = 8;
	for (; nsa; nsa--) {
		sa = random_sa();
		if (find_sa(m, &sa) == m->nsa)
			add_sa(m, &sa, true);
	}
	for (; npol; npol--) {
		random_policy(&p, &t);
		if (find_pol(m, &p) == m->npol)
			add_pol(m, &p, true);
	}
}

/* ---- plans ---------------------------------------------------------------------- */

struct run {
	struct sync_want_sa want_sa[MAX];
	struct sync_want_pol want_pol[MAX];
	struct sync_have_sa have_sa[MAX];
	struct sync_have_pol have_pol[MAX];
	struct sync_input in;
	struct sync_plan *plan;
	struct arena *arena;
};

/* What the model holds belongs to its slots, which move: copies. */
static void read_kernel(struct run *r, const struct model *m)
{
	size_t i;

	for (i = 0; i < m->nsa; i++)
		r->have_sa[i] = (struct sync_have_sa){
			arena_memdup(r->arena, &m->sa[i].sa, sizeof(struct xfrm_sa)), m->sa[i].ours };
	for (i = 0; i < m->npol; i++)
		r->have_pol[i] = (struct sync_have_pol){
			xfrm_policy_dup(r->arena, &m->pol[i].p),
			m->pol[i].ours, m->pol[i].ord };
	r->in.have_sa = r->have_sa;
	r->in.have_pol = r->have_pol;
	r->in.nhave_sa = m->nsa;
	r->in.nhave_pol = m->npol;
}

static int by_index(const void *a, const void *b)
{
	const struct sync_want_pol *x = a, *y = b;

	return x->op < y->op ? -1 : 1;
}

/* A file's policies stand in the order of their indices. */
static void read_file(struct run *r, const struct model *m)
{
	size_t i;

	for (i = 0; i < m->nsa; i++)
		r->want_sa[i] = (struct sync_want_sa){
			arena_memdup(r->arena, &m->sa[i].sa, sizeof(struct xfrm_sa)), i };
	for (i = 0; i < m->npol; i++)
		r->want_pol[i] = (struct sync_want_pol){
			xfrm_policy_dup(r->arena, &m->pol[i].p),
			(size_t)m->pol[i].index };
	qsort(r->want_pol, m->npol, sizeof(r->want_pol[0]), by_index);
	r->in.want_sa = r->want_sa;
	r->in.want_pol = r->want_pol;
	r->in.nwant_sa = m->nsa;
	r->in.nwant_pol = m->npol;
}

static void make_plan(struct run *r, const struct model *kernel,
		      const struct model *file)
{
	size_t twice;

	memset(r, 0, sizeof(*r));
	r->arena = arena_new(ARENA_WIPE);
	assert_non_null(r->arena);
	read_kernel(r, kernel);
	read_file(r, file);
	assert_int_equal(sync_plan_make(r->arena, &r->in, &r->plan, &twice),
			 0);
}

static unsigned int shown;

static void show(const char *what, const struct model *m)
{
	char buf[XPOL_STRLEN];
	size_t i;

	printf("%s:\n", what);
	for (i = 0; i < m->npol; i++)
		printf("  prio %u index %u %s %s reqid %u%s\n",
		       m->pol[i].p.priority, (unsigned int)m->pol[i].index,
		       xfrm_policy_str(&m->pol[i].p, buf, sizeof(buf)),
		       xname_action(&m->pol[i].p),
		       m->pol[i].p.ntmpl ? m->pol[i].t[0].reqid : 0,
		       m->pol[i].p.ntmpl && m->pol[i].t[0].optional ? " use" :
		       "");
}

static void check_packets(const struct model *m, const bool *both,
			  const struct sync_step *s)
{
	unsigned int n;

	for (n = 0; n < PACKETS; n++)
		if (both[n] && clear(m, n)) {
			show("packet in clear with", m);
			fail_msg("packet %u, step %u, kind %d, phase %d", n,
				 (unsigned int)s->seq, s->kind, s->phase);
		}
}

static void carry_out(struct model *m, const struct run *r, const bool *both)
{
	const struct sync_step *s;
	size_t i;

	for (i = 0; i < r->plan->nstep; i++) {
		s = &r->plan->step[i];
		switch (s->kind) {
		case SYNC_SA_ADD:
			add_sa(m, s->sa, true);
			break;
		case SYNC_SA_UPDATE:
			m->sa[find_sa(m, s->sa)].sa = *s->sa;
			m->sa[find_sa(m, s->sa)].ours = true;
			break;
		case SYNC_SA_REPLACE:
			delete_sa(m, s->old_sa);
			check_packets(m, both, s);
			add_sa(m, s->sa, true);
			break;
		case SYNC_SA_DELETE:
			assert_true(m->sa[find_sa(m, s->old_sa)].ours);
			delete_sa(m, s->old_sa);
			break;
		case SYNC_POL_ADD:
			add_pol(m, s->pol, true);
			break;
		case SYNC_POL_UPDATE:
			update_pol(m, s->pol);
			break;
		case SYNC_POL_DELETE:
			assert_true(m->pol[find_pol(m, s->old_pol)].ours);
			delete_pol(m, s->old_pol);
			break;
		}
		check_packets(m, both, s);
	}
	/* what is remembered of places that the index does not tell */
	for (i = 0; i < r->plan->nplaced; i++)
		m->pol[find_pol(m, r->plan->placed[i])].ord =
			m->next_index + i;
	m->next_index += r->plan->nplaced;
}

static bool same_treatment(const struct xfrm_policy *a,
			   const struct xfrm_policy *b)
{
	if (!a || !b)
		return !a && !b;
	return !(xfrm_policy_diff(a, b) & (XPOL_F_ACTION | XPOL_F_TMPL));
}

/* Places can only be told apart by policies at the ends of the scale. */
static bool at_the_ends(const struct model *m)
{
	size_t i;

	for (i = 0; i < m->npol; i++)
		if (m->pol[i].p.priority == 0 ||
		    m->pol[i].p.priority == UINT32_MAX)
			return true;
	return false;
}

static void compare(const struct model *kernel, const struct model *file)
{
	unsigned int n;
	size_t i, k;

	for (i = 0; i < file->npol; i++) {
		k = find_pol(kernel, &file->pol[i].p);
		assert_true(k < kernel->npol);
		assert_int_equal(xfrm_policy_diff(&kernel->pol[k].p,
						  &file->pol[i].p), 0);
	}
	for (i = 0; i < file->nsa; i++) {
		k = find_sa(kernel, &file->sa[i].sa);
		assert_true(k < kernel->nsa);
		assert_int_equal(xfrm_sa_diff(&kernel->sa[k].sa,
					      &file->sa[i].sa), 0);
	}
	assert_int_equal(kernel->npol, file->npol);
	assert_int_equal(kernel->nsa, file->nsa);
	if (at_the_ends(file))
		return;
	for (n = 0; n < PACKETS; n++)
		if (!same_treatment(lookup(kernel, n), lookup(file, n))) {
			show("kernel", kernel);
			show("file", file);
			fail_msg("packet %u is treated otherwise", n);
		}
}

static void copy_model(struct model *to, const struct model *from)
{
	size_t i;

	*to = *from;
	for (i = 0; i < to->npol; i++)
		fix(to, i);
}

static void sync_once(struct model *kernel, const struct model *file)
{
	static struct run r;
	bool both[PACKETS];
	unsigned int n;

	for (n = 0; n < PACKETS; n++)
		both[n] = !clear(kernel, n) && !clear(file, n);
	make_plan(&r, kernel, file);
	carry_out(kernel, &r, both);
	arena_free(r.arena);
	compare(kernel, file);
	/* and there is nothing left to do */
	make_plan(&r, kernel, file);
	if (r.plan->nstep) {
		show("kernel", kernel);
		show("file", file);
		fail_msg("%u more steps", (unsigned int)r.plan->nstep);
	}
	assert_int_equal(r.plan->same, file->npol + file->nsa);
	arena_free(r.arena);
}

static void random_pairs(void **state)
{
	static struct model kernel, file;
	const char *env = getenv("SYNC_TEST_SEED");
	unsigned int first = env ? (unsigned int)strtoul(env, NULL, 0) : 1;
	unsigned int last = env ? first : 4000, i, step;

	for (i = first; i <= last; i++) {
		seed = i;
		/* so that a failure can be run again */
		shown = i;
		random_state(&kernel, rnd(8), rnd(5));
		copy_model(&file, &kernel);
		for (step = 0; step < 4; step++) {
			random_state(&file, rnd(10), rnd(5));
			sync_once(&kernel, &file);
		}
	}
}

static int tell_seed(void **state)
{
	if (shown && shown != 4000)
		printf("run again with SYNC_TEST_SEED=%u\n", shown);
	return 0;
}

/* What others put there stays, whatever happens. */
static void others_stay(void **state)
{
	static struct model kernel, file, before;
	static struct run r;
	bool both[PACKETS] = { false };
	unsigned int i;
	size_t k, n;

	for (i = 1; i < 500; i++) {
		seed = i;
		random_state(&kernel, 6, 4);
		for (k = 0; k < kernel.npol; k++)
			kernel.pol[k].ours = rnd(2);
		for (k = 0; k < kernel.nsa; k++)
			kernel.sa[k].ours = rnd(2);
		copy_model(&before, &kernel);
		random_state(&file, rnd(6), rnd(4));
		make_plan(&r, &kernel, &file);
		carry_out(&kernel, &r, both);
		arena_free(r.arena);
		for (k = n = 0; k < before.npol; k++) {
			if (before.pol[k].ours ||
			    find_pol(&file, &before.pol[k].p) < file.npol)
				continue;
			n++;
			assert_true(find_pol(&kernel, &before.pol[k].p) <
				    kernel.npol);
		}
		assert_int_equal(kernel.npol, file.npol + n);
	}
}

static void few_changes(void **state)
{
	static struct model kernel, file;
	static struct run r;
	struct xfrm_policy p = { .dir = XFRM_POLICY_OUT, .priority = 100 };
	struct xaddr a = { .family = AF_INET, .b = { 10, 0, 0, 0 } };
	struct xfrm_tmpl t = { .proto = IPPROTO_ESP };
	unsigned int i;

	memset(&kernel, 0, sizeof(kernel));
	kernel.next_index = 8;
	p.tmpl = &t;
	p.ntmpl = 1;
	for (i = 0; i < 20; i++) {
		a.b[2] = (uint8_t)i;
		xsel_init(&p.sel, &a, 24, &a, 24);
		add_pol(&kernel, &p, true);
	}
	copy_model(&file, &kernel);
	/* one goes, one changes, one is new */
	delete_pol(&file, &file.pol[3].p);
	file.pol[7].t[0].reqid = 9;
	a.b[2] = 200;
	xsel_init(&p.sel, &a, 24, &a, 24);
	add_pol(&file, &p, true);
	make_plan(&r, &kernel, &file);
	assert_int_equal(r.plan->nstep, 3);
	assert_int_equal(r.plan->same, 18);
	assert_int_equal(r.plan->step[0].kind, SYNC_POL_UPDATE);
	assert_int_equal(r.plan->step[0].diff, XPOL_F_TMPL);
	assert_int_equal(r.plan->step[1].kind, SYNC_POL_ADD);
	assert_int_equal(r.plan->step[2].kind, SYNC_POL_DELETE);
	arena_free(r.arena);
}

static void twice(void **state)
{
	struct xfrm_sa sa = { .proto = IPPROTO_ESP, .spi = 1 };
	struct xfrm_policy p = { .dir = XFRM_POLICY_OUT };
	struct sync_want_sa ws[2] = { { &sa, 4 }, { &sa, 9 } };
	struct sync_want_pol wp[2] = { { &p, 5 }, { &p, 7 } };
	struct sync_input in = { .want_sa = ws, .nwant_sa = 2 };
	struct arena *a = arena_new(0);
	struct sync_plan *plan;
	size_t bad;

	assert_int_equal(sync_plan_make(a, &in, &plan, &bad), XE_EXISTS);
	assert_int_equal(bad, 9);
	assert_null(plan);
	in = (struct sync_input){ .want_pol = wp, .nwant_pol = 2 };
	assert_int_equal(sync_plan_make(a, &in, &plan, &bad), XE_EXISTS);
	assert_int_equal(bad, 7);
	arena_free(a);
	a = arena_new(0);
	arena_set_limit(a, 1);
	assert_int_equal(sync_plan_make(a, &in, &plan, &bad), XE_NOMEM);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(random_pairs, tell_seed),
		cmocka_unit_test(others_stay),
		cmocka_unit_test(few_changes),
		cmocka_unit_test(twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
