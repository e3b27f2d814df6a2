# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What run.sh and test.sh share: telling, packages, build. Sourced, never run.

GR_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly GR_ROOT

# Objects of one checkout serve another one at a different path.
export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$GR_ROOT}" CCACHE_NOHASHDIR="${CCACHE_NOHASHDIR:-1}"

say() {
    printf '\033[1m%s\033[0m\n' "== $*" >&2
}

die() {
    printf 'GateRouter: %s\n' "$*" >&2
    exit 1
}

# wrongUsage MESSAGE: what went wrong and where help is; exit code 2 as in the programs.
wrongUsage() {
    printf '%s\nTry: %s --help\n' "$1" "$0" >&2
    exit 2
}

jobs() {
    nproc 2>/dev/null || echo 2
}

# hasPackage NAME: installed by dpkg; node and npm also count when they came another way.
hasPackage() {
    local state
    state=$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) || state=
    [[ $state == installed ]] && return 0
    case $1 in
        nodejs) command -v node >/dev/null ;;
        npm) command -v npm >/dev/null ;;
        *) return 1 ;;
    esac
}

# ensurePackages FILE...: installs what the lists name and the machine lacks. Touches neither apt
# nor the network when nothing is missing.
ensurePackages() {
    local missing=() name
    if ! command -v dpkg-query >/dev/null; then
        say "No dpkg here: install what $* name with this system's package manager"
        return 0
    fi
    while read -r name; do
        [[ -z $name || $name == \#* ]] && continue
        hasPackage "$name" || missing+=("$name")
    done < <(cat "$@")
    [[ ${#missing[@]} -eq 0 ]] && return 0

    local root=()
    if [[ $(id -u) -ne 0 ]]; then
        command -v sudo >/dev/null || die "these packages are missing and neither root nor sudo is\
 at hand. As root, run: apt-get install ${missing[*]}"
        root=(sudo)
    fi
    say "Installing ${#missing[@]} packages: ${missing[*]}"
    local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
    "${apt[@]}" update >&2 || die "the package lists cannot be fetched (apt-get update failed).\
 Is this machine online? Missing: ${missing[*]}"
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2 ||
        die "apt-get could not install: ${missing[*]}"
}

# npm packages of one project; left alone while its lock file is the one they were made from.
nodeModules() {
    local dir="$GR_ROOT/$1" stamp
    stamp=$(sha256sum <"$dir/package-lock.json")
    [[ -f $dir/node_modules/.from && $(<"$dir/node_modules/.from") == "$stamp" ]] && return 0
    say "npm packages of $1"
    (cd "$dir" && npm ci >&2) || die "npm ci failed in $1. Is this machine online?"
    printf '%s\n' "$stamp" >"$dir/node_modules/.from"
}

# configurePreset PRESET OPTIONS...
configurePreset() {
    local preset=$1
    shift
    say "Configuring ($preset)"
    (cd "$GR_ROOT" && cmake --preset "$preset" "$@" >&2) || die "configuring failed, see above"
}

# buildPreset PRESET BUILD_ARGUMENTS...: configures when there is no build tree yet; when a CMake
# file changes, ninja does it again by itself.
buildPreset() {
    local preset=$1 dir="$GR_ROOT/build/$1"
    shift
    [[ -f $dir/build.ninja ]] || configurePreset "$preset"
    say "Building ($preset)"
    cmake --build "$dir" --parallel "$(jobs)" "$@" >&2 || die "the build failed, see above"
}
