# conf: built from here by the top Makefile.am
EXTRA_DIST += conf/demo-sad.conf conf/demo-spd-a.conf conf/demo-spd-b.conf
