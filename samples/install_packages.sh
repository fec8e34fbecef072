#!/usr/bin/env bash
# Installs the Debian packages of the given lists that are missing; quiet when there are none.
#
#   install_packages.sh LIST...      (one package a line, # for comments)
set -euo pipefail

fail() {
  printf 'install_packages: %s\n' "$1" >&2
  exit 1
}

is_installed() {
  [[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

as_root() {
  if [[ "$(id -u)" -eq 0 ]]; then
    "$@"
  else
    sudo "$@"
  fi
}

command -v dpkg-query >/dev/null || fail "no dpkg-query here. This needs Debian 12; on another \
system install what these files name and build with cmake: $*"

missing=()
while read -r package; do
  is_installed "$package" || missing+=("$package")
done < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@")
[[ ${#missing[@]} -gt 0 ]] || exit 0

if [[ "$(id -u)" -ne 0 ]] && ! command -v sudo >/dev/null; then
  fail "${#missing[@]} packages are missing; this is not root and has no sudo. Run as root:
  apt-get install --no-install-recommends ${missing[*]}"
fi

printf 'Installing %d missing packages ...\n' "${#missing[@]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 "$@" \
    >>"$log" 2>&1
}
# A stale list of packages may still do, so only the installation decides.
apt_get update || printf 'apt-get update failed; trying with the lists at hand\n' >&2
if ! apt_get install --no-install-recommends "${missing[@]}"; then
  tail -n 20 "$log" >&2
  fail "apt-get could not install: ${missing[*]}"
fi
