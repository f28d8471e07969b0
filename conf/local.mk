# conf: built from here by the top Makefile.am
EXTRA_DIST += conf/demo-sad.conf conf/demo-spd-a.conf conf/demo-spd-b.conf
# Samples of racoon.conf, and the two files that a fresh installation gets
racoonexampledir = $(docdir)/examples/racoon
dist_racoonexample_DATA = \
	conf/racoon/host-to-host-psk.conf \
	conf/racoon/host-to-host-x509.conf \
	conf/racoon/manual-keys.conf \
	conf/racoon/nat-traversal.conf \
	conf/racoon/net-to-net-psk.conf \
	conf/racoon/psk.txt \
	conf/racoon/racoon.conf \
	conf/racoon/roadwarrior-client.conf \
	conf/racoon/roadwarrior-server.conf
redhatexampledir = $(racoonexampledir)/redhat
dist_redhatexample_DATA = \
	conf/racoon/redhat/192.0.2.7.conf \
	conf/racoon/redhat/racoon.conf
