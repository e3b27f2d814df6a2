#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What translating between the protocols costs: requests of 4 KB and 300 KB, and events of streams,
# for every pair. Prints tables; exit 1 when a bound is broken.
# Options: --rounds N, --build DIR, --out FILE, --help
set -euo pipefail
# shellcheck source=../../installer/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../installer/lib.sh"

if [[ " $* " != *" --build "* && " $* " != *" --help "* ]]; then
    ensurePackages "$GR_ROOT"/installer/packages{,-test}.txt
    buildPreset release --target bench_translation
fi
exec python3 "$GR_ROOT/tests/bench/translation.py" "$@"
