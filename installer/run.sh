#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# From a clean clone to an answering endpoint: installs what is missing, builds, starts.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
    cat <<'TEXT'
Usage: installer/run.sh [options]

Installs what is missing (Debian packages), builds GateRouter and starts it with the sandbox
models, so that the printed curl line answers at once. The window opens where there is a display.

  --headless       no window, even where there is a display
  --port N         listen on port N (default: as configured, else 4402)
  --data-dir DIR   keep the data there (default: $XDG_DATA_HOME/gaterouter)
  --config FILE    use this configuration (default: $XDG_CONFIG_HOME/gaterouter/config.json)
  --help           this text
TEXT
}

headless=no
arguments=()
while [[ $# -gt 0 ]]; do
    case $1 in
        --headless) headless=yes ;;
        --port | --data-dir | --config)
            [[ $# -ge 2 ]] || wrongUsage "$1 needs a value."
            arguments+=("$1" "$2")
            shift
            ;;
        --port=* | --data-dir=* | --config=*) arguments+=("${1%%=*}" "${1#*=}") ;;
        --help | -h) usage && exit 0 ;;
        *) wrongUsage "Unknown option: $1" ;;
    esac
    shift
done

if [[ $headless == no && -z ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]]; then
    headless=yes
    say "No display here: starting without a window"
fi

ensurePackages "$GR_ROOT/installer/packages.txt"

bin="$GR_ROOT/build/release/bin"
if [[ $headless == yes ]]; then
    buildPreset release --target gaterouterd
    exec "$bin/gaterouterd" serve --sandbox "${arguments[@]}"
fi
buildPreset release --target gaterouter gaterouterd
exec "$bin/gaterouter" --sandbox "${arguments[@]}"
