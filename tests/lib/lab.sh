# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# All that a lab test needs: first line of every tests/lab/*.sh is
#	. "$(dirname "$0")/../lib/lab.sh"
set -u
XT_LIB=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/lib/env.sh
. "$XT_LIB/env.sh"
# shellcheck source=tests/lib/kernel.sh
. "$XT_LIB/kernel.sh"
# shellcheck source=tests/lib/result.sh
. "$XT_LIB/result.sh"
# shellcheck source=tests/lib/net.sh
. "$XT_LIB/net.sh"
