/* SPDX-License-Identifier: BSD-2-Clause */
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include "libxfrm/print.h"
#include "setkey/json.h"
#include "setkey/show.h"

void json_begin(struct jw *j, const char *command)
{
	jw_obj(j, NULL);
	jw_u64(j, "schema_version", JSON_SCHEMA_VERSION);
	jw_str(j, "command", command);
}

static void json_alg(struct jw *j, const char *name, const struct xsa_alg *a)
{
	if (!a->name)
		return;
	jw_obj(j, name);
	jw_str(j, "name", sa_alg_name(a));
	jw_str(j, "kernel_name", a->name);
	if (a->key_bits) {
		jw_u64(j, "key_bits", a->key_bits);
		jw_hex(j, "key", a->key, (a->key_bits + 7u) / 8);
	}
	if (a->icv_bits)
		jw_u64(j, "icv_bits", a->icv_bits);
	jw_obj_end(j);
}

static void json_limits(struct jw *j, const char *name, uint64_t bytes,
			uint64_t packets, uint64_t add, uint64_t use)
{
	jw_obj(j, name);
	jw_u64(j, "bytes", bytes);
	jw_u64(j, "packets", packets);
	jw_u64(j, "seconds", add);
	jw_u64(j, "seconds_used", use);
	jw_obj_end(j);
}

/* 0 stands for no limit, as in the files that set them. */
static void json_life(struct jw *j, const struct xlife *l)
{
	jw_obj(j, "lifetime");
	json_limits(j, "hard", l->hard_bytes, l->hard_packets, l->hard_add,
		    l->hard_use);
	json_limits(j, "soft", l->soft_bytes, l->soft_packets, l->soft_add,
		    l->soft_use);
	jw_obj_end(j);
}

static void json_used(struct jw *j, const struct xlife_cur *c)
{
	jw_obj(j, "used");
	jw_u64(j, "bytes", c->bytes);
	jw_u64(j, "packets", c->packets);
	jw_u64(j, "created", c->add_time);
	jw_u64(j, "first_use", c->use_time);
	jw_obj_end(j);
}

static void json_mark(struct jw *j, const char *name, const struct xmark *m)
{
	if (!m->value && !m->mask)
		return;
	jw_obj(j, name);
	jw_u64(j, "value", m->value);
	jw_u64(j, "mask", m->mask);
	jw_obj_end(j);
}

static void json_device(struct jw *j, const char *name, int ifindex)
{
	char dev[IF_NAMESIZE];

	if (!if_indextoname((unsigned int)ifindex, dev))
		snprintf(dev, sizeof(dev), "%d", ifindex);
	jw_str(j, name, dev);
}

static void json_offload(struct jw *j, const struct xoffload *f)
{
	if (f->mode == XOFFLOAD_NONE)
		return;
	jw_obj(j, "offload");
	jw_str(j, "mode", f->mode == XOFFLOAD_PACKET ? "packet" : "crypto");
	json_device(j, "device", f->ifindex);
	jw_bool(j, "inbound", f->flags & XFRM_OFFLOAD_INBOUND);
	jw_obj_end(j);
}

static void json_secctx(struct jw *j, const struct xsecctx *c)
{
	if (!c->len)
		return;
	jw_obj(j, "security_context");
	jw_u64(j, "doi", c->doi);
	jw_u64(j, "algorithm", c->alg);
	jw_strn(j, "label", c->str, strnlen(c->str, c->len));
	jw_obj_end(j);
}

static void json_words(struct jw *j, const char *name, uint32_t bits,
		       const char *const *words, size_t n)
{
	char buf[16];
	size_t i;

	jw_arr(j, name);
	for (i = 0; i < n; i++)
		if (bits & 1u << i) {
			jw_str(j, NULL, words[i]);
			bits &= ~(1u << i);
		}
	if (bits) {
		snprintf(buf, sizeof(buf), "0x%x", bits);
		jw_str(j, NULL, buf);
	}
	jw_arr_end(j);
}

static void json_port(struct jw *j, const char *name, uint16_t port,
		      uint16_t mask)
{
	if (!mask)
		return;
	jw_u64(j, name, port);
	if (mask != 0xffff) {
		char key[32];

		snprintf(key, sizeof(key), "%s_mask", name);
		jw_u64(j, key, mask);
	}
}

static void json_selector(struct jw *j, const struct xsel *s)
{
	jw_obj(j, "selector");
	jw_addr(j, "src", &s->src);
	jw_u64(j, "src_prefix", s->splen);
	jw_addr(j, "dst", &s->dst);
	jw_u64(j, "dst_prefix", s->dplen);
	if (s->proto != XSEL_PROTO_ANY) {
		jw_u64(j, "proto", s->proto);
		jw_str(j, "proto_name", upper_name(s->proto));
	}
	if (s->proto == IPPROTO_GRE && (s->sport_mask || s->dport_mask)) {
		jw_u64(j, "gre_key", (uint32_t)s->sport << 16 | s->dport);
	} else if (xsel_proto_typed(s->proto)) {
		json_port(j, "type", s->sport, s->sport_mask);
		json_port(j, "code", s->dport, s->dport_mask);
	} else {
		json_port(j, "src_port", s->sport, s->sport_mask);
		json_port(j, "dst_port", s->dport, s->dport_mask);
	}
	if (s->ifindex)
		json_device(j, "interface", s->ifindex);
	jw_obj_end(j);
}

static void json_encap(struct jw *j, const struct xsa_encap *e)
{
	char buf[XNAME_STRLEN];

	if (!e->type)
		return;
	jw_obj(j, "encap");
	jw_str(j, "type", xname_encap(e->type, buf));
	jw_u64(j, "src_port", e->sport);
	jw_u64(j, "dst_port", e->dport);
	if (e->oa.family && !xaddr_is_any(&e->oa))
		jw_addr(j, "original_address", &e->oa);
	jw_obj_end(j);
}

static void json_replay(struct jw *j, const struct xfrm_sa *sa)
{
	const struct xreplay *r = &sa->replay;

	jw_obj(j, "replay");
	jw_u64(j, "window", r->window);
	jw_bool(j, "esn", sa->esn);
	jw_u64(j, "seq", (uint64_t)r->seq_hi << 32 | r->seq);
	jw_u64(j, "oseq", (uint64_t)r->oseq_hi << 32 | r->oseq);
	jw_u64(j, "outside_window", sa->stat_replay_window);
	jw_u64(j, "replayed", sa->stat_replay);
	jw_u64(j, "integrity_failed", sa->stat_integrity);
	jw_obj_end(j);
}

static void json_iptfs(struct jw *j, const struct xsa_iptfs *t)
{
	jw_obj(j, "iptfs");
	jw_bool(j, "dont_fragment", t->dont_frag);
	jw_u64(j, "packet_size", t->pkt_size);
	if (t->has_qsize)
		jw_u64(j, "max_queue", t->max_qsize);
	if (t->has_drop)
		jw_u64(j, "drop_time_us", t->drop_time);
	if (t->has_reorder)
		jw_u64(j, "reorder_window", t->reorder_window);
	if (t->has_init)
		jw_u64(j, "init_delay_us", t->init_delay);
	jw_obj_end(j);
}

static void json_sa_more(struct jw *j, const struct xfrm_sa *sa)
{
	static const char *const flags[] = {
		"noecn", "decap-dscp", "nopmtudisc", "wildrecv",
		"icmp",	 "af-unspec",  "align4",     "esn",
	};
	static const char *const xflags[] = { "dont-encap-dscp",
					      "oseq-may-wrap" };

	json_encap(j, &sa->encap);
	if (sa->sel.family)
		json_selector(j, &sa->sel);
	if (sa->dir)
		jw_str(j, "dir", sa->dir == XSA_DIR_IN ? "in" : "out");
	json_mark(j, "mark", &sa->mark);
	json_mark(j, "output_mark", &sa->out_mark);
	if (sa->if_id)
		jw_u64(j, "if_id", sa->if_id);
	if (sa->has & XSA_HAS_PCPU)
		jw_u64(j, "cpu", sa->pcpu);
	json_offload(j, &sa->offload);
	if (sa->flags)
		json_words(j, "flags", sa->flags, flags, 8);
	if (sa->extra_flags)
		json_words(j, "extra_flags", sa->extra_flags, xflags, 2);
	if (sa->tfcpad)
		jw_u64(j, "tfc_padding", sa->tfcpad);
	if (sa->nat_keepalive)
		jw_u64(j, "nat_keepalive", sa->nat_keepalive);
	if (sa->mtimer)
		jw_u64(j, "mapping_timer", sa->mtimer);
	if (sa->mode == XU_MODE_IPTFS)
		json_iptfs(j, &sa->iptfs);
	if (sa->coaddr.family && !xaddr_is_any(&sa->coaddr))
		jw_addr(j, "care_of_address", &sa->coaddr);
	json_secctx(j, &sa->sec);
}

void json_sa(struct jw *j, const char *name, const struct xfrm_sa *sa,
	     time_t now)
{
	char buf[XNAME_STRLEN];

	jw_obj(j, name);
	jw_addr(j, "src", &sa->src);
	jw_addr(j, "dst", &sa->dst);
	jw_str(j, "proto", xname_proto(sa->proto, buf));
	jw_str(j, "mode", xname_mode(sa->mode, buf));
	jw_u64(j, "spi", sa->spi);
	jw_u64(j, "reqid", sa->reqid);
	jw_str(j, "state", sa_state_name(sa_state(sa, now)));
	json_alg(j, "encryption", &sa->enc);
	json_alg(j, "authentication", &sa->auth);
	json_alg(j, "compression", &sa->comp);
	json_replay(j, sa);
	json_life(j, &sa->life);
	json_used(j, &sa->cur);
	if (sa->has & XSA_HAS_LASTUSED)
		jw_u64(j, "last_used", sa->last_used);
	json_sa_more(j, sa);
	jw_obj_end(j);
}

static void json_tmpl(struct jw *j, const struct xfrm_tmpl *t)
{
	char buf[XNAME_STRLEN];

	jw_obj(j, NULL);
	jw_str(j, "proto", xname_proto(t->proto, buf));
	jw_str(j, "mode", xname_mode(t->mode, buf));
	if (t->dst.family && (t->mode != XFRM_MODE_TRANSPORT ||
			      !xaddr_is_any(&t->dst))) {
		jw_addr(j, "src", &t->src);
		jw_addr(j, "dst", &t->dst);
	}
	jw_str(j, "level",
	       t->optional ? "use" : t->reqid ? "unique" : "require");
	jw_u64(j, "reqid", t->reqid);
	if (t->spi)
		jw_u64(j, "spi", t->spi);
	jw_obj_end(j);
}

void json_policy(struct jw *j, const char *name, const struct xfrm_policy *p)
{
	static const char *const flags[] = { "localok", "icmp",
					     "cpu-acquire" };
	bool sock = xfrm_policy_is_socket(p);
	char buf[XNAME_STRLEN];
	unsigned int i;

	jw_obj(j, name);
	json_selector(j, &p->sel);
	jw_str(j, "dir",
	       xname_dir(sock ? xfrm_policy_socket_dir(p) : p->dir, buf));
	if (sock)
		jw_bool(j, "socket", true);
	jw_str(j, "action", xname_action(p));
	jw_u64(j, "priority", p->priority);
	jw_u64(j, "index", p->index);
	jw_arr(j, "templates");
	for (i = 0; i < p->ntmpl; i++)
		json_tmpl(j, &p->tmpl[i]);
	jw_arr_end(j);
	json_life(j, &p->life);
	jw_u64(j, "created", p->cur.add_time);
	jw_u64(j, "last_used", p->cur.use_time);
	if (p->ptype == XFRM_POLICY_TYPE_SUB)
		jw_str(j, "type", "sub");
	json_mark(j, "mark", &p->mark);
	if (p->if_id)
		jw_u64(j, "if_id", p->if_id);
	json_offload(j, &p->offload);
	if (p->flags)
		json_words(j, "flags", p->flags, flags, 3);
	json_secctx(j, &p->sec);
	jw_obj_end(j);
}

static void json_acquire(struct jw *j, const struct xfrm_event *ev)
{
	char buf[XNAME_STRLEN];

	jw_obj(j, "acquire");
	jw_addr(j, "src", &ev->acq.src);
	jw_addr(j, "dst", &ev->acq.dst);
	jw_str(j, "proto", xname_proto(ev->acq.proto, buf));
	jw_u64(j, "seq", ev->acq.seq);
	json_selector(j, &ev->acq.sel);
	jw_obj_end(j);
	json_policy(j, "policy", &ev->pol);
}

static void json_migrate(struct jw *j, const struct xfrm_event *ev)
{
	char buf[XNAME_STRLEN];
	unsigned int i;

	jw_str(j, "dir", xname_dir(ev->pol.dir, buf));
	json_selector(j, &ev->pol.sel);
	jw_arr(j, "moves");
	for (i = 0; i < ev->nmig; i++) {
		const struct xevent_migrate *m = &ev->mig[i];

		jw_obj(j, NULL);
		jw_str(j, "proto", xname_proto(m->proto, buf));
		jw_str(j, "mode", xname_mode(m->mode, buf));
		jw_u64(j, "reqid", m->reqid);
		jw_addr(j, "old_src", &m->old_src);
		jw_addr(j, "old_dst", &m->old_dst);
		jw_addr(j, "new_src", &m->new_src);
		jw_addr(j, "new_dst", &m->new_dst);
		jw_obj_end(j);
	}
	jw_arr_end(j);
	if (ev->has_km) {
		jw_addr(j, "ike_local", &ev->km_local);
		jw_addr(j, "ike_remote", &ev->km_remote);
	}
}

static void json_mapping(struct jw *j, const struct xfrm_event *ev, time_t now)
{
	json_sa(j, "sa", &ev->sa, now);
	jw_obj(j, "mapping");
	jw_addr(j, "old_src", &ev->map.old_src);
	jw_u64(j, "old_src_port", ev->map.old_sport);
	jw_addr(j, "new_src", &ev->map.new_src);
	jw_u64(j, "new_src_port", ev->map.new_sport);
	jw_obj_end(j);
}

static void json_default(struct jw *j, const struct xfrm_defpol *d)
{
	static const char *const names[] = { "unchanged", "discard", "none" };

	jw_obj(j, "default");
	jw_str(j, "in", d->in < 3 ? names[d->in] : NULL);
	jw_str(j, "fwd", d->fwd < 3 ? names[d->fwd] : NULL);
	jw_str(j, "out", d->out < 3 ? names[d->out] : NULL);
	jw_obj_end(j);
}

void json_event(struct jw *j, const struct xfrm_event *ev, time_t now)
{
	char buf[XNAME_STRLEN];

	jw_str(j, "event", xfrm_event_name(ev->type));
	jw_u64(j, "seq", ev->seq);
	jw_u64(j, "port", ev->port);
	switch (ev->type) {
	case XEV_ACQUIRE:
		json_acquire(j, ev);
		break;
	case XEV_SA_EXPIRE:
		jw_bool(j, "hard", ev->hard);
		json_sa(j, "sa", &ev->sa, now);
		break;
	case XEV_POL_EXPIRE:
		jw_bool(j, "hard", ev->hard);
		json_policy(j, "policy", &ev->pol);
		break;
	case XEV_AEVENT:
		jw_u64(j, "ae_flags", ev->ae_flags);
		json_sa(j, "sa", &ev->sa, now);
		break;
	case XEV_SA_NEW:
	case XEV_SA_UPDATE:
	case XEV_SA_DELETE:
		json_sa(j, "sa", &ev->sa, now);
		break;
	case XEV_POL_NEW:
	case XEV_POL_UPDATE:
	case XEV_POL_DELETE:
		json_policy(j, "policy", &ev->pol);
		break;
	case XEV_SA_FLUSH:
		jw_str(j, "proto",
		       ev->proto ? xname_proto(ev->proto, buf) : "any");
		break;
	case XEV_POL_FLUSH:
		jw_str(j, "type",
		       ev->pol.ptype == XFRM_POLICY_TYPE_SUB ? "sub" : "main");
		break;
	case XEV_MIGRATE:
		json_migrate(j, ev);
		break;
	case XEV_REPORT:
		jw_str(j, "proto", xname_proto(ev->proto, buf));
		json_selector(j, &ev->pol.sel);
		break;
	case XEV_MAPPING:
		json_mapping(j, ev, now);
		break;
	case XEV_DEFAULT:
		json_default(j, &ev->defpol);
		break;
	case XEV_SADINFO:
	case XEV_SPDINFO:
	case XEV_COUNT:
		break;
	}
}
