/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/work.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libxfrm/base/err.h"

/*
 * Finished jobs that wait for the loop while there are others to do: waking it
 * for every one costs more than what it then does.
 */
#define WORK_GATHER 4

/* A queue entry: the job list must not need memory when a job is done. */
struct item {
	struct item *next;
	void *job;
};

struct queue {
	struct item *first, **last;
};

struct worker {
	struct work *work;
	void *ctx;
	pthread_t thread;
};

struct work {
	struct loop *loop;
	work_run_fn *run;
	work_done_fn *done;
	void *arg;
	int eventfd;
	unsigned int nthread;
	struct worker worker[WORK_THREADS_MAX];
	pthread_mutex_t lock;	/* guards what follows but wake */
	pthread_cond_t wake;
	struct queue todo, finished;
	unsigned int nfinished;
	bool told, stop;	/* the loop knows of the finished ones */
};

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void queue_put(struct queue *q, struct item *it)
{
	it->next = NULL;
	*q->last = it;
	q->last = &it->next;
}

static struct item *queue_get(struct queue *q)
{
	struct item *it = q->first;

	if (!it)
		return NULL;
	q->first = it->next;
	if (!q->first)
		q->last = &q->first;
	return it;
}

static void work_signal(struct work *w)
{
	uint64_t one = 1;

	/* Only fails when the counter is full: the loop is awake then. */
	if (write(w->eventfd, &one, sizeof(one)) < 0)
		return;
}

static void *work_thread(void *arg)
{
	struct worker *self = arg;
	struct work *w = self->work;
	struct item *it;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (!(it = queue_get(&w->todo)) && !w->stop)
			pthread_cond_wait(&w->wake, &w->lock);
		if (!it)
			break;
		pthread_mutex_unlock(&w->lock);
		w->run(self->ctx, it->job);
		pthread_mutex_lock(&w->lock);
		queue_put(&w->finished, it);
		w->nfinished++;
		if (!w->told &&
		    (!w->todo.first || w->nfinished >= WORK_GATHER)) {
			w->told = true;
			work_signal(w);
		}
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void work_ready(void *arg, int fd, unsigned int events)
{
	struct work *w = arg;
	struct queue got;
	struct item *it;
	uint64_t n;

	if (read(fd, &n, sizeof(n)) < 0)
		return;
	pthread_mutex_lock(&w->lock);
	got.first = w->finished.first;
	queue_init(&w->finished);
	w->nfinished = 0;
	w->told = false;
	if (!w->nthread) {
		got.first = w->todo.first;
		queue_init(&w->todo);
	}
	pthread_mutex_unlock(&w->lock);
	while ((it = got.first)) {
		got.first = it->next;
		if (!w->nthread)
			w->run(w->worker[0].ctx, it->job);
		w->done(w->arg, it->job);
		free(it);
	}
}

int work_new(struct work **out, struct loop *loop, unsigned int threads,
	     void *const *ctx, work_run_fn *run, work_done_fn *done,
	     void *arg)
{
	struct work *w = calloc(1, sizeof(*w));
	sigset_t all, old;
	int r;

	*out = NULL;
	if (!w)
		return XE_NOMEM;
	w->loop = loop;
	w->run = run;
	w->done = done;
	w->arg = arg;
	queue_init(&w->todo);
	queue_init(&w->finished);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = w->eventfd < 0 ? -errno : 0;
	if (!r)
		r = loop_fd(loop, w->eventfd, LOOP_READ, work_ready, w);
	/* Signals are the loop's; threads inherit a full mask. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	if (threads > WORK_THREADS_MAX)
		threads = WORK_THREADS_MAX;
	w->worker[0].ctx = ctx[0];
	while (!r && w->nthread < threads) {
		struct worker *self = &w->worker[w->nthread];

		self->work = w;
		self->ctx = ctx[w->nthread];
		r = -pthread_create(&self->thread, NULL, work_thread, self);
		if (!r)
			w->nthread++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r < 0) {
		work_free(w, NULL);
		return r;
	}
	*out = w;
	return 0;
}

static void queue_drop(struct queue *q, work_drop_fn *drop)
{
	struct item *it;

	while ((it = queue_get(q))) {
		if (drop)
			drop(it->job);
		free(it);
	}
}

void work_free(struct work *w, work_drop_fn *drop)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->wake);
	pthread_mutex_unlock(&w->lock);
	for (unsigned int i = 0; i < w->nthread; i++)
		pthread_join(w->worker[i].thread, NULL);
	queue_drop(&w->todo, drop);
	queue_drop(&w->finished, drop);
	if (w->eventfd >= 0) {
		loop_fd_del(w->loop, w->eventfd);
		close(w->eventfd);
	}
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

int work_add(struct work *w, void *job)
{
	struct item *it = malloc(sizeof(*it));

	if (!it)
		return XE_NOMEM;
	it->job = job;
	pthread_mutex_lock(&w->lock);
	queue_put(&w->todo, it);
	if (w->nthread)
		pthread_cond_signal(&w->wake);
	else
		work_signal(w);
	pthread_mutex_unlock(&w->lock);
	return 0;
}
