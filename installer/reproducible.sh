#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the package twice, in two places and from nothing, and compares the bytes.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
    cat <<'TEXT'
Usage: installer/reproducible.sh [options]

Copies the project's files into two folders whose paths differ in length, builds and packs it in each
without a compiler cache, under different umasks, time zones and languages, and compares the two
packages. Exit code 0: they are the same, byte for byte. Takes two whole builds.

  --headless   the package gaterouterd alone: a quarter of the time
  --help       this text
TEXT
}

arguments=()
for option in "$@"; do
    case $option in
        --headless) arguments+=(--headless) ;;
        --help | -h) usage && exit 0 ;;
        *) wrongUsage "Unknown option: $option" ;;
    esac
done

work=$(mktemp -d "${TMPDIR:-/tmp}/gr-reproducible.XXXXXX")
trap 'rm -rf "$work"' EXIT
export CCACHE_DISABLE=1

# buildIn FOLDER UMASK TIMEZONE LOCALE: prints the path of the package.
buildIn() {
    mkdir -p "$1"
    (cd "$GR_ROOT" && git ls-files -z --cached --others --exclude-standard |
        tar --null --files-from=- --create) | tar --extract --directory "$1"
    (umask "$2" && TZ=$3 LC_ALL=$4 "$1/installer/package.sh" "${arguments[@]}" | tail -n 1)
}

one=$(buildIn "$work/a" 0022 UTC C)
two=$(buildIn "$work/another/place/with-a-longer-name" 0077 Asia/Tokyo C.UTF-8)
sha256sum "$one" "$two"
cmp "$one" "$two" || die "the packages differ; diffoscope \"$one\" \"$two\" says where"
say "The same bytes twice"
