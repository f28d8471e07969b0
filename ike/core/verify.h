/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_VERIFY_H
#define XT_IKE_VERIFY_H

#include "ike/core/job.h"

/* JOB_VERIFY: certificate chain, identity, signature; job->text says why. */
int verify_run(struct ike_crypto *cr, struct ike_job *job);

#endif
