# parser: built from here by the top Makefile.am
