# man: built from here by the top Makefile.am
dist_man_MANS += man/racoon.8 man/racoon.conf.5 man/racoonctl.8
dist_man_MANS += man/setkey.8
dist_man_MANS += man/plainrsa-gen.8
dist_man_MANS += man/libxfrm.3 man/ipsec_set_policy.3

# The other calls that ipsec_set_policy.3 describes
IPSEC_LINKS = ipsec_set_policy_family ipsec_get_policylen ipsec_dump_policy \
	ipsec_strerror
install-data-hook:
	cd $(DESTDIR)$(man3dir) && for n in $(IPSEC_LINKS); do \
		rm -f $$n.3 && $(LN_S) ipsec_set_policy.3 $$n.3 || exit 1; \
	done
uninstall-hook:
	cd $(DESTDIR)$(man3dir) && for n in $(IPSEC_LINKS); do \
		rm -f $$n.3; \
	done
