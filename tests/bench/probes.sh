#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# How many requests without a payment a selling gateway answers with a price. Prints a table.
# Options: --rounds N, --requests N, --build DIR, --help
set -euo pipefail
# shellcheck source=../../installer/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../installer/lib.sh"

if [[ " $* " != *" --build "* && " $* " != *" --help "* ]]; then
    ensurePackages "$GR_ROOT"/installer/packages{,-test}.txt
    buildPreset release --target gaterouterd stub_upstream load
fi
exec python3 "$GR_ROOT/tests/bench/probes.py" "$@"
