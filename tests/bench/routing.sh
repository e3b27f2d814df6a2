#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# How well the learned router chooses: trains it without one fifth of the prompts (four minutes),
# builds gaterouterd with that file apart from the tree, scores it on that fifth and draws the curves
# of cost and quality.
# Usage: tests/bench/routing.sh [PART, 0 to 4 [PICTURE.svg]]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
part=${1:-0}
picture=${2:-$root/docs/bench/routing.svg}
build="$root/build/routing"
mkdir -p "$build"
cmake -S "$root" -B "$build" -G Ninja -D GR_TESTS=OFF -D GR_DESKTOP=OFF \
    -D GR_ROUTER_FILE="$build/router.bin" >/dev/null
cmake --build "$build" --target router_train
"$build/bin/router_train" "$root/tools/router/data" "$build/router.bin" "$part"
cmake --build "$build" --target gaterouterd
python3 -B "$root/tests/bench/routing.py" "$build/bin/gaterouterd" "$part" "$picture"
