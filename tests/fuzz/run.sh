#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the fuzz targets and runs each for SECONDS (10), several at once. New inputs stay in the
# build folder; a crash leaves its input there, is told, and makes the exit code 1.
set -euo pipefail
# shellcheck source=../../installer/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../installer/lib.sh"

seconds=${1:-10}
[[ $seconds =~ ^[0-9]+$ ]] || wrongUsage "How many seconds? Not: $seconds"
[[ -f $GR_ROOT/build/fuzz/build.ninja ]] || configurePreset fuzz
say "Building (fuzz)"
(cd "$GR_ROOT" && cmake --build --preset fuzz --parallel "$(jobs)") || die "the build failed"

out="$GR_ROOT/build/fuzz"
run() {
    local name=$1
    local folders=("$out/corpus/$name") longest=4096 folder
    for folder in "$GR_ROOT/tests/fuzz/corpus/$name" "$out/seeds/$name"; do
        [[ -d $folder ]] && folders+=("$folder")
    done
    [[ -d $out/seeds/$name ]] && longest=16384  # whole streams
    mkdir -p "$out/corpus/$name" "$out/crashes"
    "$out/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len="$longest" -print_final_stats=1 -artifact_prefix="$out/crashes/$name-" \
        "${folders[@]}" >"$out/$name.log" 2>&1
}

python3 "$GR_ROOT/tests/fuzz/seeds.py" "$out/seeds"

failed=no
pids=()
for name in http_head chunked sse json settings requests answers opaque multipart secrets x402 \
            evm wallet; do
    run "$name" &
    pids+=("$name:$!")
done
for entry in "${pids[@]}"; do
    name=${entry%:*}
    if wait "${entry#*:}"; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$name.log")
        printf 'fuzz_%-10s %s runs in %s s, nothing found\n' "$name" "$runs" "$seconds"
        # Nothing run is nothing tested.
        [[ ${runs:-0} -gt 100 ]] || failed=yes
    else
        failed=yes
        tail -40 "$out/$name.log"
        printf 'fuzz_%-10s FAILED; its input lies in %s\n' "$name" "$out/crashes"
    fi
done
[[ $failed == no ]]
