#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The gateway against nginx as a plain proxy and against Portkey: CPU per request over all threads,
# requests a second, latency added at a fixed rate, memory. Interleaved, several rounds, medians.
# Prints tables and writes docs/bench/overhead-DATE.json; exit 1 when a threshold is broken.
# Options: --quick, --rounds N, --seconds N, --parts small,large,stream,rate,
#   --before BUILD_FOLDER (an earlier version beside this one), --no-portkey, --help
set -euo pipefail
# shellcheck source=../../installer/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../installer/lib.sh"

if [[ " $* " != *" --build "* && " $* " != *" --help "* ]]; then
    ensurePackages "$GR_ROOT"/installer/packages{,-test}.txt
    buildPreset release --target gaterouterd stub_upstream load
fi
if [[ " $* " != *" --no-portkey "* && " $* " != *" --help "* ]]; then
    nodeModules tests/bench/node
fi
exec python3 "$GR_ROOT/tests/bench/overhead.py" "$@"
