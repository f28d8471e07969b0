/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/job.h"

#include <stdlib.h>

#include "ike/core/conf.h"
#include "ike/core/verify.h"
#include "ike/crypto/dh.h"
#include "libxfrm/base/err.h"

/* Longest of what a job carries: certificates, signatures, public values. */
#define JOB_BYTES_MAX 65535

struct ike_job *ike_job_new(enum ike_job_kind kind)
{
	struct ike_job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->kind = kind;
	wbuf_init(&job->pub, JOB_BYTES_MAX);
	wbuf_init(&job->peer, JOB_BYTES_MAX);
	wbuf_init(&job->data, JOB_BYTES_MAX);
	wbuf_init(&job->sig, JOB_BYTES_MAX);
	wbuf_init(&job->id_data, JOB_BYTES_MAX);
	wbuf_init(&job->wrapped, JOB_BYTES_MAX);
	wbuf_init(&job->leaf, JOB_BYTES_MAX);
	for (unsigned int i = 0; i < JOB_CERT_MAX; i++)
		wbuf_init(&job->cert[i], JOB_BYTES_MAX);
	return job;
}

void ike_job_free(struct ike_job *job)
{
	if (!job)
		return;
	secret_free(&job->seed);
	secret_free(&job->shared);
	secret_free(&job->priv);
	wbuf_free(&job->pub);
	wbuf_free(&job->peer);
	wbuf_free(&job->data);
	wbuf_free(&job->sig);
	wbuf_free(&job->id_data);
	wbuf_free(&job->wrapped);
	wbuf_free(&job->leaf);
	for (unsigned int i = 0; i < JOB_CERT_MAX; i++)
		wbuf_free(&job->cert[i]);
	ike_conf_unref(job->conf);
	free(job);
}

/* Room for our public value. */
static int job_pub(struct ike_job *job, uint8_t **pub)
{
	const struct ike_group_alg *g = ike_group_alg(job->group);

	if (!g)
		return XE_UNSUPPORTED;
	wbuf_reset(&job->pub);
	*pub = wbuf_reserve(&job->pub, g->public_len);
	return *pub ? 0 : job->pub.err;
}

static int job_keygen(struct ike_crypto *cr, struct ike_job *job)
{
	uint8_t *pub;
	int r = job_pub(job, &pub);

	return r ? r : ike_dh_keygen(cr, job->group, &job->seed, &job->priv,
				     pub);
}

static int job_both(struct ike_crypto *cr, struct ike_job *job)
{
	uint8_t *pub;
	int r = job_pub(job, &pub);

	return r ? r : ike_dh_both(cr, job->group, &job->seed,
				   wbuf_cur(&job->peer), pub, &job->shared);
}

static int job_derive(struct ike_crypto *cr, struct ike_job *job)
{
	return ike_dh_derive(cr, job->group, &job->priv,
			     wbuf_cur(&job->peer), &job->shared);
}

int ike_job_run(struct ike_crypto *cr, struct ike_job *job)
{
	job->err = XE_INVAL;
	switch (job->kind) {
	case JOB_DH_KEYGEN:
		job->err = job_keygen(cr, job);
		break;
	case JOB_DH_DERIVE:
		job->err = job_derive(cr, job);
		break;
	case JOB_DH_BOTH:
		job->err = job_both(cr, job);
		break;
	case JOB_VERIFY:
		job->err = verify_run(cr, job);
		break;
	}
	return job->err;
}
