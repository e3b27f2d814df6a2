#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Reads the sources again into the catalogues. English needs one for its plurals only; to begin
# another language: translations/update.sh de
set -euo pipefail
cd "$(dirname "$0")/.."
lupdate="$(command -v lupdate || echo /usr/lib/qt6/bin/lupdate)"
"$lupdate" -silent -pluralonly -no-obsolete -locations none -source-language en \
    -target-language en -I . -I ui -extensions cpp,h ui app -ts translations/gaterouter_en.ts
for language in "$@"; do
    "$lupdate" -silent -no-obsolete -locations none -source-language en \
        -target-language "$language" -I . -I ui -extensions cpp,h ui app \
        -ts "translations/gaterouter_$language.ts"
done
