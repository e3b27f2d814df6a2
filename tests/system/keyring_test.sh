#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the keyring test (argument: the program) against a Secret Service of its own: private session
# bus, private gnome-keyring, private home. Exit code 77, "skipped" to ctest, when the parts are not
# installed; never 0 without having run.
set -euo pipefail

program=$1
for part in dbus-run-session gnome-keyring-daemon; do
    command -v "$part" >/dev/null || { echo "skipped: $part is not installed" >&2; exit 77; }
done

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME=$home XDG_DATA_HOME=$home/data XDG_CONFIG_HOME=$home/config XDG_RUNTIME_DIR=$home/run
mkdir -m 700 "$XDG_DATA_HOME" "$XDG_CONFIG_HOME" "$XDG_RUNTIME_DIR"
unset DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS
# QtKeychain chooses by desktop; this one means the Secret Service.
export XDG_CURRENT_DESKTOP=GNOME GR_KEYRING_TEST=1 GR_PROGRAM=$program

# First without any: the program must say so soon, not hang.
DBUS_SESSION_BUS_ADDRESS=unix:path=$home/no-bus timeout 60 "$program" saysThatThereIsNone

timeout 110 dbus-run-session -- bash -euo pipefail -c '
    printf %s password | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null &
    keyring=$!
    trap "kill $keyring; wait $keyring || true" EXIT
    for _ in $(seq 100); do
        dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
            org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets |
            grep -q "boolean true" && break
        sleep 0.1
    done
    "$GR_PROGRAM" keepsReplacesAndForgets holdsTheKeyOfAVault aGoneKeychainGivesNoAnswer'
