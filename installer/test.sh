#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# From a clean clone to a verdict: installs what is missing, builds everything, runs every test.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
    cat <<'TEXT'
Usage: installer/test.sh [options]

Installs what is missing (Debian packages, npm packages for the tests), builds with warnings as
errors, and runs: lints, unit and system tests; those without the window under AddressSanitizer and
UBSan; each fuzz target for 5 seconds. The summary stands last; the exit code is 0 only if all is well.

  --quick   lints, unit and system tests of the release build only
  --full    also: the window under AddressSanitizer, the tests under ThreadSanitizer, each fuzz
            target for 30 minutes, and the long loads of tests/bench/limits.sh (hours)
  --help    this text
TEXT
}

mode=normal
for option in "$@"; do
    case $option in
        --quick) mode=quick ;;
        --full) mode=full ;;
        --help | -h) usage && exit 0 ;;
        *) wrongUsage "Unknown option: $option" ;;
    esac
done

logs="$GR_ROOT/build/test-logs"
mkdir -p "$logs"
rm -f "$logs"/*.log
parts=()  # "name|verdict|seconds|log", in the order run
failed=no

# part NAME COMMAND...: runs it, shows and keeps its output; a failure is noted, the rest still runs.
part() {
    local name=$1 start=$SECONDS verdict=passed
    shift
    say "$name"
    "$@" 2>&1 | tee "$logs/$name.log" || verdict=FAILED
    [[ $verdict == passed ]] || failed=yes
    parts+=("$name|$verdict|$((SECONDS - start))|$logs/$name.log")
}

testPreset() {
    local preset=$1
    shift
    ctest --test-dir "$GR_ROOT/build/$preset" --output-on-failure --no-tests=error \
        --parallel "$(jobs)" "$@"
}

ensurePackages "$GR_ROOT"/installer/packages{,-test}.txt
nodeModules tests/system/node
nodeModules tests/system/x402

configurePreset release -D GR_WERROR=ON
buildPreset release
part release testPreset release

if [[ $mode != quick ]]; then
    # With the window, too, it would not end within 40 minutes on a machine that has built nothing yet.
    configurePreset asan -D GR_DESKTOP="$([[ $mode == full ]] && echo ON || echo OFF)"
    buildPreset asan
    # The lints look at the source and have had their turn.
    part asan testPreset asan --label-exclude lint
    part fuzz "$GR_ROOT/tests/fuzz/run.sh" "$([[ $mode == full ]] && echo 1800 || echo 5)"
fi
if [[ $mode == full ]]; then
    buildPreset tsan
    part tsan testPreset tsan --label-exclude lint
    part limits "$GR_ROOT/tests/bench/limits.sh" --full
fi

say "Summary"
for entry in "${parts[@]}"; do
    IFS='|' read -r name verdict seconds log <<<"$entry"
    printf '%-8s %-6s %5s s   %s\n' "$name" "$verdict" "$seconds" "${log#"$GR_ROOT"/}"
done
# ctest's own words: the failed tests, if any, and the count.
for name in tsan asan release; do
    [[ -f $logs/$name.log ]] || continue
    sed -n '/^[0-9]*% tests passed/p; /^The following tests FAILED/,/^Errors while/p' \
        "$logs/$name.log" | sed "s/^/$name: /"
done
[[ $failed == no ]] || die "something failed, see above"
