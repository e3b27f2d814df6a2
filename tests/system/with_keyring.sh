#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the arguments as a command beside a Secret Service of its own: private session bus, private
# gnome-keyring, which lies in $HOME. Exit code of the command.
set -euo pipefail
unset DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS
export XDG_DATA_HOME=$HOME/keyring-data XDG_RUNTIME_DIR=$HOME/keyring-run XDG_CURRENT_DESKTOP=GNOME
mkdir -m 700 "$XDG_DATA_HOME" "$XDG_RUNTIME_DIR"
exec timeout 100 dbus-run-session -- bash -euo pipefail -c '
    printf %s password | gnome-keyring-daemon --foreground --unlock --components=secrets \
        >/dev/null 2>&1 &
    keyring=$!
    trap "kill $keyring; wait $keyring || true" EXIT
    for _ in $(seq 100); do
        dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
            org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets |
            grep -q "boolean true" && break
        sleep 0.1
    done
    "$@"' with_keyring "$@"
