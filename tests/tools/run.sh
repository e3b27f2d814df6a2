#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Real coding tools through the gateway. Not part of installer/test.sh: 1.3 GB of npm packages.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../installer/lib.sh"

case " $* " in
    *" -h "* | *" --help "*) exec python3 -B "$GR_ROOT/tests/tools/run.py" --help ;;
esac
ensurePackages "$GR_ROOT"/installer/packages{,-test}.txt
nodeModules tests/tools
if [[ -z ${GR_DAEMON:-} ]]; then
    buildPreset release --target gaterouterd
    GR_DAEMON="$GR_ROOT/build/release/bin/gaterouterd"
fi
export GR_DAEMON

# The tools see loopback alone, where this machine lets us take the rest away.
alone=(unshare --map-root-user --net bash -c 'ip link set lo up && exec "$@"' alone)
if ! "${alone[@]}" true 2>/dev/null; then
    say "No network namespace here: the tools could reach more than this machine"
    alone=()
fi
exec "${alone[@]}" python3 -B "$GR_ROOT/tests/tools/run.py" "$@"
