#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The vectors in the tree are what the script computes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command -v python3 >/dev/null || { echo "python3 is not here"; exit 77; }
exec python3 "$here/ikev1.py" --check
