#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# One responder and 1,000 initiators at once.
set -eu
exec ./tests/sim/sim --many 1000
