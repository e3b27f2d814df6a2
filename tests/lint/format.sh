#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The layout is clang-format's, one version for everybody.
set -euo pipefail
cd "$(dirname "$0")/../.."
git ls-files -z '*.cpp' '*.h' | xargs -0 clang-format-14 --dry-run --Werror
