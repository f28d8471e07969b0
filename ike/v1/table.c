/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/v1/table.h"

#include "ike/v1/aggr.h"
#include "ike/v1/main.h"
#include "ike/v1/quick.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Payloads that may repeat have no limit but that of a message: there are hosts
 * that ask for a certificate of each CA they trust, and telephones with two
 * dozen Vendor IDs.
 */
#define MANY IKE_MAX_PAYLOADS

/* type, min, max, protected, position */
#define RULES(name, ph, ...) \
	static const struct ike_rule name##_rule[] = { __VA_ARGS__ }; \
	static const struct v1_rules name = { \
		name##_rule, COUNT(name##_rule), ph \
	}

/*
 * ---- phase 1 payloads ----
 *
 * Apart from SA, which comes first, payloads stand in any order (RFC 2409 5),
 * and certificates and requests for them may come with any message (RFC 2408
 * 3.9, 3.10).
 */

/* A responder's and an initiator's first message look the same. */
RULES(main_sa, 1,
	{ PLD_SA, 1, 1, false, IKE_POS_FIRST },
	{ PLD_CR, 0, MANY, false, IKE_POS_ANY },
	{ PLD_CERT, 0, MANY, false, IKE_POS_ANY },
	{ PLD_VID, 0, MANY, false, IKE_POS_ANY },
	{ PLD_NOTIFY, 0, MANY, false, IKE_POS_ANY });
RULES(main_ke, 1,
	{ PLD_KE, 1, 1, false, IKE_POS_ANY },
	{ PLD_NONCE, 1, 1, false, IKE_POS_ANY },
	{ PLD_CR, 0, MANY, false, IKE_POS_ANY },
	{ PLD_CERT, 0, MANY, false, IKE_POS_ANY },
	{ PLD_NATD, 0, MANY, false, IKE_POS_ANY },
	{ PLD_VID, 0, MANY, false, IKE_POS_ANY },
	{ PLD_NOTIFY, 0, MANY, false, IKE_POS_ANY });
RULES(main_auth, 1,
	{ PLD_ID, 1, 1, true, IKE_POS_ANY },
	{ PLD_HASH, 0, 1, true, IKE_POS_ANY },
	{ PLD_SIG, 0, 1, true, IKE_POS_ANY },
	{ PLD_CERT, 0, MANY, true, IKE_POS_ANY },
	{ PLD_CR, 0, MANY, true, IKE_POS_ANY },
	{ PLD_VID, 0, MANY, true, IKE_POS_ANY },
	{ PLD_NOTIFY, 0, MANY, true, IKE_POS_ANY });

RULES(aggr1, 1,
	{ PLD_SA, 1, 1, false, IKE_POS_FIRST },
	{ PLD_KE, 1, 1, false, IKE_POS_ANY },
	{ PLD_NONCE, 1, 1, false, IKE_POS_ANY },
	{ PLD_ID, 1, 1, false, IKE_POS_ANY },
	{ PLD_CR, 0, MANY, false, IKE_POS_ANY },
	{ PLD_CERT, 0, MANY, false, IKE_POS_ANY },
	{ PLD_VID, 0, MANY, false, IKE_POS_ANY },
	{ PLD_NOTIFY, 0, MANY, false, IKE_POS_ANY });
RULES(aggr2, 1,
	{ PLD_SA, 1, 1, false, IKE_POS_FIRST },
	{ PLD_KE, 1, 1, false, IKE_POS_ANY },
	{ PLD_NONCE, 1, 1, false, IKE_POS_ANY },
	{ PLD_ID, 1, 1, false, IKE_POS_ANY },
	{ PLD_HASH, 0, 1, false, IKE_POS_ANY },
	{ PLD_SIG, 0, 1, false, IKE_POS_ANY },
	{ PLD_CERT, 0, MANY, false, IKE_POS_ANY },
	{ PLD_CR, 0, MANY, false, IKE_POS_ANY },
	{ PLD_NATD, 0, MANY, false, IKE_POS_ANY },
	{ PLD_VID, 0, MANY, false, IKE_POS_ANY },
	{ PLD_NOTIFY, 0, MANY, false, IKE_POS_ANY });
RULES(aggr3, 1,
	{ PLD_HASH, 0, 1, false, IKE_POS_ANY },
	{ PLD_SIG, 0, 1, false, IKE_POS_ANY },
	{ PLD_CERT, 0, MANY, false, IKE_POS_ANY },
	{ PLD_CR, 0, MANY, false, IKE_POS_ANY },
	{ PLD_NATD, 0, MANY, false, IKE_POS_ANY },
	{ PLD_VID, 0, MANY, false, IKE_POS_ANY },
	{ PLD_NOTIFY, 0, MANY, false, IKE_POS_ANY });

/* ---- phase 1 transitions ---- */

static const struct fsm_row ph1_row[] = {
	{ "main mode initiator: offer proposals",
	  XCHG_MAIN, true, SA_SPAWN, SA_MSG1SENT, NULL,
	  { v1_main_send1 } },
	{ "main mode initiator: proposal chosen, send KE and nonce",
	  XCHG_MAIN, true, SA_MSG1SENT, SA_MSG2SENT, &main_sa,
	  { v1_ph1_choose_i, v1_ph1_vendors, v1_main_keygen, v1_ph1_job_done,
	    v1_main_send_ke } },
	{ "main mode initiator: keys known, send identity and proof",
	  XCHG_MAIN, true, SA_MSG2SENT, SA_MSG3SENT, &main_ke,
	  { v1_ph1_take_ke, v1_natd_check, v1_main_derive, v1_ph1_job_done,
	    v1_ph1_ask_key, v1_ph1_keys, v1_ph1_prove, v1_ph1_proved,
	    v1_main_float, v1_main_send_auth } },
	{ "main mode initiator: the peer proved itself",
	  XCHG_MAIN, true, SA_MSG3SENT, SA_ESTABLISHED, &main_auth,
	  { v1_ph1_take_id, v1_ph1_check, v1_ph1_checked, v1_ph1_finish } },

	{ "main mode responder: choose a proposal",
	  XCHG_MAIN, false, SA_SPAWN, SA_MSG1SENT, &main_sa,
	  { v1_ph1_choose_r, v1_ph1_vendors, v1_main_send2 } },
	{ "main mode responder: keys known, send KE and nonce",
	  XCHG_MAIN, false, SA_MSG1SENT, SA_MSG2SENT, &main_ke,
	  { v1_ph1_take_ke, v1_natd_check, v1_main_both, v1_ph1_job_done,
	    v1_ph1_ask_key, v1_ph1_keys, v1_main_send_ke } },
	{ "main mode responder: the peer proved itself, send ours",
	  XCHG_MAIN, false, SA_MSG2SENT, SA_ESTABLISHED, &main_auth,
	  { v1_ph1_take_id, v1_ph1_refine, v1_ph1_check, v1_ph1_checked,
	    v1_ph1_prove, v1_ph1_proved, v1_main_send_auth,
	    v1_ph1_finish } },

	{ "aggressive mode initiator: offer proposals, KE and identity",
	  XCHG_AGGRESSIVE, true, SA_SPAWN, SA_MSG1SENT, NULL,
	  { v1_aggr_keygen, v1_ph1_job_done, v1_aggr_send1 } },
	{ "aggressive mode initiator: the peer proved itself, send our proof",
	  XCHG_AGGRESSIVE, true, SA_MSG1SENT, SA_ESTABLISHED, &aggr2,
	  { v1_ph1_choose_i, v1_ph1_vendors, v1_ph1_take_id, v1_ph1_take_ke,
	    v1_natd_check, v1_main_derive, v1_ph1_job_done, v1_ph1_ask_key,
	    v1_ph1_keys, v1_ph1_check, v1_ph1_checked, v1_ph1_prove,
	    v1_ph1_proved, v1_main_float, v1_aggr_send3, v1_ph1_finish } },
	{ "aggressive mode responder: choose, send KE, identity and proof",
	  XCHG_AGGRESSIVE, false, SA_SPAWN, SA_MSG2SENT, &aggr1,
	  { v1_ph1_choose_r, v1_ph1_vendors, v1_ph1_take_id, v1_ph1_take_ke,
	    v1_main_both, v1_ph1_job_done, v1_ph1_ask_key, v1_ph1_keys,
	    v1_ph1_prove, v1_ph1_proved, v1_aggr_send2 } },
	{ "aggressive mode responder: the peer proved itself",
	  XCHG_AGGRESSIVE, false, SA_MSG2SENT, SA_ESTABLISHED, &aggr3,
	  { v1_natd_check, v1_ph1_check, v1_ph1_checked, v1_ph1_finish } },
};

const struct fsm_table v1_ph1_table = {
	ph1_row, COUNT(ph1_row), v1_ph1_enter, v1_ph1_fail,
};

/* ---- quick mode ---- */

RULES(quick1, 2,
	{ PLD_HASH, 1, 1, true, IKE_POS_FIRST },
	{ PLD_SA, 1, 1, true, IKE_POS_SECOND },
	{ PLD_NONCE, 1, 1, true, IKE_POS_ANY },
	{ PLD_KE, 0, 1, true, IKE_POS_ANY },
	{ PLD_ID, 0, 2, true, IKE_POS_ANY },
	{ PLD_NATOA, 0, 2, true, IKE_POS_ANY },
	{ PLD_VID, 0, MANY, true, IKE_POS_ANY },
	{ PLD_NOTIFY, 0, MANY, true, IKE_POS_ANY });
RULES(quick3, 2,
	{ PLD_HASH, 1, 1, true, IKE_POS_FIRST },
	{ PLD_VID, 0, MANY, true, IKE_POS_ANY },
	{ PLD_NOTIFY, 0, MANY, true, IKE_POS_ANY });

/* RFC 2408 3.1, commit bit: CONNECTED */
RULES(quick4, 2,
	{ PLD_HASH, 1, 1, true, IKE_POS_FIRST },
	{ PLD_NOTIFY, 1, MANY, true, IKE_POS_ANY },
	{ PLD_VID, 0, MANY, true, IKE_POS_ANY });

static const struct fsm_row quick_row[] = {
	{ "quick mode initiator: reserve SPIs, send proposals",
	  XCHG_QUICK, true, CHILD_SPAWN, CHILD_MSG1SENT, NULL,
	  { v1_quick_getspi, v1_quick_got_spi, v1_quick_keygen,
	    v1_quick_pub, v1_quick_send1 } },
	{ "quick mode initiator: proposal chosen, install inbound, confirm",
	  XCHG_QUICK, true, CHILD_MSG1SENT, CHILD_COMMIT, &quick1,
	  { v1_quick_take2, v1_quick_derive, v1_quick_keys,
	    v1_quick_install_in, v1_quick_installed, v1_quick_send3 } },
	{ "quick mode initiator: the peer is ready, install outbound",
	  XCHG_QUICK, true, CHILD_COMMIT, CHILD_ESTABLISHED, &quick4,
	  { v1_quick_take4, v1_quick_install_out, v1_quick_installed } },
	{ "quick mode responder: choose, install inbound, answer",
	  XCHG_QUICK, false, CHILD_SPAWN, CHILD_MSG2SENT, &quick1,
	  { v1_quick_take1, v1_quick_getspi, v1_quick_got_spi,
	    v1_quick_both, v1_quick_keys, v1_quick_install_in,
	    v1_quick_installed, v1_quick_send2 } },
	{ "quick mode responder: the peer is ready, install outbound",
	  XCHG_QUICK, false, CHILD_MSG2SENT, CHILD_ESTABLISHED, &quick3,
	  { v1_quick_take3, v1_quick_install_out, v1_quick_installed,
	    v1_quick_policies, v1_quick_installed } },
};

const struct fsm_table v1_quick_table = {
	quick_row, COUNT(quick_row), v1_quick_enter, v1_quick_fail,
	v1_quick_waited,
};

/* ---- informational ---- */

RULES(info_enc, 2,
	{ PLD_HASH, 1, 1, true, IKE_POS_FIRST },
	{ PLD_NOTIFY, 0, MANY, true, IKE_POS_ANY },
	{ PLD_DELETE, 0, MANY, true, IKE_POS_ANY },
	{ PLD_VID, 0, MANY, true, IKE_POS_ANY });
RULES(info_clear, 2,
	{ PLD_NOTIFY, 0, MANY, false, IKE_POS_ANY },
	{ PLD_DELETE, 0, MANY, false, IKE_POS_ANY },
	{ PLD_HASH, 0, 1, false, IKE_POS_ANY },
	{ PLD_VID, 0, MANY, false, IKE_POS_ANY });

const struct v1_rules *v1_info_rules(bool encrypted)
{
	return encrypted ? &info_enc : &info_clear;
}
