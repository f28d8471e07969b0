# man: built from here by the top Makefile.am
dist_man_MANS += man/racoon.8 man/racoon.conf.5
dist_man_MANS += man/setkey.8
dist_man_MANS += man/plainrsa-gen.8
