#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# From a clean clone to a Debian package: installs what is missing, builds, packs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
    cat <<'TEXT'
Usage: installer/package.sh [options]

Installs what is missing (Debian packages), builds GateRouter without its tests in build/package
and makes a .deb there. Its path is the last line.

  --headless   the package gaterouterd: the daemon alone, without the window's libraries
  --help       this text
TEXT
}

desktop=ON
for option in "$@"; do
    case $option in
        --headless) desktop=OFF ;;
        --help | -h) usage && exit 0 ;;
        *) wrongUsage "Unknown option: $option" ;;
    esac
done

ensurePackages "$GR_ROOT/installer/packages.txt"
build="$GR_ROOT/build/package"
configurePreset release -B "$build" -D GR_TESTS=OFF -D GR_REPRODUCIBLE=ON -D GR_DESKTOP=$desktop
say "Building"
cmake --build "$build" --parallel "$(jobs)" >&2 || die "the build failed, see above"
say "Packing"
umask 022  # it becomes the mode that stands in the package's own archive
rm -f "$build"/*.deb
cpack --config "$build/CPackConfig.cmake" -B "$build" >&2 || die "cpack failed, see above"
printf '%s\n' "$build"/*.deb
