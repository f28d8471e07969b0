# conf: samples, what goes to /etc, units, completion
EXTRA_DIST += conf/demo-sad.conf conf/demo-spd-a.conf conf/demo-spd-b.conf

# "make install" puts a file into /etc only where there is none, and "make
# uninstall" takes away what nobody has changed.
# INSTALL_CONF and UNINSTALL_CONF: one target of each for each program.
INSTALL_CONF = install-conf-setkey install-conf-racoon
UNINSTALL_CONF = uninstall-conf-setkey uninstall-conf-racoon
install-data-local: $(INSTALL_CONF)
uninstall-local: $(UNINSTALL_CONF)
.PHONY: $(INSTALL_CONF) $(UNINSTALL_CONF)

# "make distcheck" keeps out of the machine's own /etc and units.
AM_DISTCHECK_CONFIGURE_FLAGS = --sysconfdir=$$dc_install_base/etc \
	--with-systemdsystemunitdir=$$dc_install_base/lib/systemd/system

dist_doc_DATA = README NEWS COPYING

# --- setkey ---
EXTRA_DIST += conf/ipsec-tools.conf conf/setkey.default conf/setkey.service.in
install-conf-setkey:
	$(MKDIR_P) "$(DESTDIR)$(sysconfdir)/ipsec-tools.d" \
		"$(DESTDIR)$(sysconfdir)/default"
	test -e "$(DESTDIR)$(sysconfdir)/ipsec-tools.conf" || \
		$(INSTALL) -m 755 $(srcdir)/conf/ipsec-tools.conf \
			"$(DESTDIR)$(sysconfdir)/ipsec-tools.conf"
	test -e "$(DESTDIR)$(sysconfdir)/default/setkey" || \
		$(INSTALL_DATA) $(srcdir)/conf/setkey.default \
			"$(DESTDIR)$(sysconfdir)/default/setkey"
uninstall-conf-setkey:
	if cmp -s $(srcdir)/conf/ipsec-tools.conf \
	    "$(DESTDIR)$(sysconfdir)/ipsec-tools.conf"; then \
		rm -f "$(DESTDIR)$(sysconfdir)/ipsec-tools.conf"; fi
	if cmp -s $(srcdir)/conf/setkey.default \
	    "$(DESTDIR)$(sysconfdir)/default/setkey"; then \
		rm -f "$(DESTDIR)$(sysconfdir)/default/setkey"; fi

# --- racoon ---
EXTRA_DIST += conf/racoon.default conf/racoon.service.in
install-conf-racoon:
	$(MKDIR_P) "$(DESTDIR)$(sysconfdir)/default"
	$(INSTALL) -d -m 755 "$(DESTDIR)$(sysconfdir)/racoon" \
		"$(DESTDIR)$(sysconfdir)/racoon/certs"
	$(INSTALL) -d -m 700 "$(DESTDIR)$(sysconfdir)/racoon/scripts"
	for f in racoon.conf psk.txt; do \
		test -e "$(DESTDIR)$(sysconfdir)/racoon/$$f" || \
		$(INSTALL) -m 600 $(srcdir)/conf/racoon/$$f \
			"$(DESTDIR)$(sysconfdir)/racoon/$$f" || exit 1; done
	test -e "$(DESTDIR)$(sysconfdir)/default/racoon" || \
		$(INSTALL_DATA) $(srcdir)/conf/racoon.default \
			"$(DESTDIR)$(sysconfdir)/default/racoon"
uninstall-conf-racoon:
	for f in racoon.conf psk.txt; do \
		if cmp -s $(srcdir)/conf/racoon/$$f \
		    "$(DESTDIR)$(sysconfdir)/racoon/$$f"; then \
			rm -f "$(DESTDIR)$(sysconfdir)/racoon/$$f"; fi; done
	if cmp -s $(srcdir)/conf/racoon.default \
	    "$(DESTDIR)$(sysconfdir)/default/racoon"; then \
		rm -f "$(DESTDIR)$(sysconfdir)/default/racoon"; fi

# --- completion and units ---
bashcompletion_DATA = conf/completion/plainrsa-gen conf/completion/racoon conf/completion/racoonctl \
	conf/completion/setkey
EXTRA_DIST += $(bashcompletion_DATA)

UNIT_SED = sed -e 's,[@]sbindir@,$(sbindir),g' \
	-e 's,[@]sysconfdir@,$(sysconfdir),g'
conf/racoon.service: conf/racoon.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf && \
		$(UNIT_SED) $(srcdir)/conf/racoon.service.in > $@.tmp && \
		mv $@.tmp $@
conf/setkey.service: conf/setkey.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf && \
		$(UNIT_SED) $(srcdir)/conf/setkey.service.in > $@.tmp && \
		mv $@.tmp $@
CLEANFILES += conf/racoon.service conf/setkey.service
if HAVE_SYSTEMD
systemdsystemunit_DATA = conf/racoon.service conf/setkey.service
endif

# Samples of racoon.conf, and the two files that a fresh installation gets
racoonexampledir = $(docdir)/examples/racoon
dist_racoonexample_DATA = \
	conf/racoon/host-to-host-psk.conf \
	conf/racoon/host-to-host-x509.conf \
	conf/racoon/manual-keys.conf \
	conf/racoon/nat-traversal.conf \
	conf/racoon/net-to-net-policies.conf \
	conf/racoon/net-to-net-psk.conf \
	conf/racoon/net-to-net-x509.conf \
	conf/racoon/psk.txt \
	conf/racoon/racoon.conf \
	conf/racoon/roadwarrior-client.conf \
	conf/racoon/roadwarrior-server.conf
redhatexampledir = $(racoonexampledir)/redhat
dist_redhatexample_DATA = \
	conf/racoon/redhat/192.0.2.7.conf \
	conf/racoon/redhat/racoon.conf
