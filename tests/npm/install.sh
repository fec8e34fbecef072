#!/usr/bin/env bash
# Installs the npm packages of the tests into BUILD/npm, in the versions that the lock file names;
# does nothing where they are there.
#
#   tests/npm/install.sh [BUILD]       (default: build)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=${1:-build}/npm
if cmp -s tests/npm/package-lock.json "$folder/installed.json"; then
  exit 0
fi
mkdir -p "$folder"
cp tests/npm/package.json tests/npm/package-lock.json "$folder"
npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error
cp tests/npm/package-lock.json "$folder/installed.json"
