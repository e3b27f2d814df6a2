#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The daemon, and with it the core, loads no display library, and libpq (3.5 MB with what it brings
# along) only where a ledger needs it. Argument: the daemon.
set -euo pipefail
libraries=$(ldd "$1")
grep -q 'libc\.so' <<<"$libraries" || { echo "ldd says nothing about $1" && exit 1; }
if grep -E 'libQt6(Gui|Widgets|Charts|OpenGL|Svg)|libX11|libwayland-client' <<<"$libraries"; then
    echo "The daemon links display libraries."
    exit 1
fi
if grep 'libpq\.so' <<<"$libraries"; then
    echo "The daemon links libpq: call it through core/ledger/postgres_client."
    exit 1
fi
