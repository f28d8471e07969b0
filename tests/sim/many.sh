#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# One responder and 1,000 initiators: at once, and through storms with NATs
# and with packets that are spoiled.
set -eu
./tests/sim/sim --many 1000
./tests/sim/sim --storm 1000 --seed 3
./tests/sim/sim --storm 1000 --seed 9
