#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Bounds of the gateway: idle connections, streams at once, memory and its growth, time to be ready,
# to leave an upstream and to stop. Prints a table; exit 1 when a bound is broken.
# Options: --full (a million requests), --build DIR, --out FILE, --help
set -euo pipefail
# shellcheck source=../../installer/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../installer/lib.sh"

if [[ " $* " != *" --build "* && " $* " != *" --help "* ]]; then
    ensurePackages "$GR_ROOT"/installer/packages{,-test}.txt
    buildPreset release --target gaterouterd stub_upstream load
fi
exec python3 "$GR_ROOT/tests/bench/limits.py" "$@"
