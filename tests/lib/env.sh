# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Where things are. Sourced by every test script:
#	XT_TOP		top of the source tree
#	XT_BUILD	top of the build tree (default: XT_TOP/build)
#	XT_SHARED	folder with the corpus, which may not be there
# and PATH, so that "setkey" and "xtnet" are those of the build tree.

XT_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
: "${XT_BUILD:=$XT_TOP/build}"
: "${XT_SHARED:=$XT_TOP/../shared}"
export XT_TOP XT_BUILD XT_SHARED
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL=C

# The programs themselves, not libtool's wrappers, which want to write into the
# build tree; they find the library that belongs to them by LD_LIBRARY_PATH.
for xt_dir in setkey ike/daemon ike/ctl tests/lab tests/bench tests/bench/xtike; do
	PATH=$XT_BUILD/$xt_dir/.libs:$XT_BUILD/$xt_dir:$PATH
done
unset xt_dir
xt_lib=$XT_BUILD/.libs:$XT_BUILD/libxfrm/.libs
export LD_LIBRARY_PATH=$xt_lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
unset xt_lib
