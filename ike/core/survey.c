/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/survey.h"

#include <stdlib.h>

#include "ike/core/child.h"
#include "libxfrm/base/err.h"

#define SURVEY_WINDOW 32      /* questions to the kernel at a time */
#define SURVEY_WAITING_MAX 64 /* administrators */

struct survey {
	uint32_t *child; /* ids; they may go meanwhile */
	size_t n, next;
	unsigned int pending;
	bool check, check_next;	/* what events did not tell */
	survey_fn *fn;
	struct ike_admin req[SURVEY_WAITING_MAX];
	unsigned int nreq;
};

static void survey_step(struct ike *ike);

void survey_free(struct ike *ike)
{
	if (!ike->survey)
		return;
	free(ike->survey->child);
	free(ike->survey);
	ike->survey = NULL;
}

/* One answer; w->tag is the direction. */
static void counted(struct ike *ike, const struct kwait *w,
		    const struct kans *ans)
{
	struct ike_child *c = child_by_id(ike, w->child);

	if (c && c->n && !ans->err) {
		struct child_sa *p = &c->p[c->n - 1];

		*(w->tag == KDIR_IN ? &p->in : &p->out) = ans->count;
	}
	if (c && ike->survey->check)
		child_checked(ike, c, ans);
	ike->survey->pending--;
	survey_step(ike);
}

static void ask(struct ike *ike, struct ike_child *c, enum kdir dir)
{
	if (!child_ask_counters(ike, c, c->n - 1, dir, counted))
		ike->survey->pending++;
}

/* Asks for more; when nothing is left to ask, tells who waits. */
static void survey_step(struct ike *ike)
{
	struct survey *s = ike->survey;
	struct ike_child *c;
	bool check;

	while (s->next < s->n && s->pending < SURVEY_WINDOW) {
		c = child_by_id(ike, s->child[s->next++]);
		if (!c || !c->n)
			continue;
		if (c->p[c->n - 1].in_on)
			ask(ike, c, KDIR_IN);
		if (c->p[c->n - 1].out_on)
			ask(ike, c, KDIR_OUT);
	}
	if (s->pending)
		return;
	ike->survey = NULL; /* the next one may begin */
	for (unsigned int i = 0; i < s->nreq; i++)
		s->fn(ike, &s->req[i]);
	check = s->check_next;
	free(s->child);
	free(s);
	if (check)
		survey_check(ike);
}

static int survey_new(struct ike *ike, survey_fn *fn)
{
	struct survey *s = calloc(1, sizeof(*s));
	struct hnode *cursor = NULL;
	struct ike_child *c;
	size_t pos = 0, max = ike->child_id.count;

	if (s)
		s->child = calloc(max, sizeof(*s->child));
	if (!s || !s->child) {
		free(s);
		return XE_NOMEM;
	}
	s->fn = fn;
	while ((c = child_walk(ike, &pos, &cursor)) != NULL && s->n < max)
		if (c->created)
			s->child[s->n++] = c->id;
	ike->survey = s;
	return 0;
}

int survey_begin(struct ike *ike, const struct ike_admin *req, survey_fn *fn)
{
	struct survey *s = ike->survey;
	bool fresh = !s;
	int r;

	if (!ike->child_id.count && fresh)
		return 0;
	if (fresh) {
		r = survey_new(ike, fn);
		if (r < 0)
			return r;
		s = ike->survey;
	}
	if (s->nreq == SURVEY_WAITING_MAX)
		return XE_LIMIT;
	s->fn = fn;
	s->req[s->nreq] = *req;
	s->req[s->nreq].remote_name = NULL;
	s->nreq++;
	if (fresh)
		survey_step(ike);
	return XE_AGAIN;
}

void survey_check(struct ike *ike)
{
	if (ike->survey) {
		ike->survey->check_next = true;
	} else if (ike->child_id.count && survey_new(ike, NULL) == 0) {
		ike->survey->check = true;
		survey_step(ike);
	}
}
