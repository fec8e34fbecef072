#!/usr/bin/env bash
# Builds everything and runs every test; ends in CTest's own closing lines.
#
#   tests/run.sh               all tests, optimised build
#   tests/run.sh --sanitize    the unit tests under ASan and UBSan first; CI=true does so, too
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sanitize=0
[[ "${CI:-}" != true ]] || sanitize=1
for argument in "$@"; do
  case "$argument" in
    --sanitize) sanitize=1 ;;
    *)
      printf 'tests/run.sh: unknown argument %s; the only one is --sanitize\n' "$argument" >&2
      exit 2
      ;;
  esac
done

build() {
  cmake --preset "$1" -DCOSTD_TESTS=ON
  cmake --build --preset "$1"
}

samples/install_packages.sh samples/packages.txt tests/packages.txt
# A Node.js from elsewhere brings its npm and cannot stand beside Debian's.
command -v npm >/dev/null || samples/install_packages.sh tests/npm/packages.txt
export LC_ALL=C.UTF-8

if [[ $sanitize -eq 1 ]]; then
  build sanitize
  ctest --test-dir build-sanitize --output-on-failure --no-tests=error -j2 -E '^end_to_end: '
fi
build release
tests/npm/install.sh build
exec ctest --test-dir build --output-on-failure --no-tests=error -j2
