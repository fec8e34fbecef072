#!/usr/bin/env bash
# The whole month-end of the sample with one command: packages, build, daemon, token records in,
# statements as PDF, CSV and XLSX out, mails into a local maildir. See samples/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly out="$PWD/samples/out"
readonly reports="$out/reports"
readonly log="$out/costd.log"
readonly steps="$out/steps.log"
readonly python=/usr/bin/python3
export COSTD_SOCKET="$out/state/control.sock"
costd_pid=""

main() {
  samples/install_packages.sh samples/packages.txt
  build
  rm -rf "$out"
  mkdir -p "$out"
  printf '\nThe sample month-end: October 2026\n\n'
  step "generate the token records" "$python" samples/generate.py "$out/month"
  step "generate the audit log" "$python" samples/audit.py "$out/month"
  start_costd
  step "put them into the spool" fill_spool
  step "ingest" costctl run ingest --wait
  step "price and roll up" costctl run rollup --wait
  step "forecast as of 31 October" costctl run forecast --as-of 2026-10-31 --wait
  step "look for anomalies" costctl run anomalies --from 2026-10-01 --to 2026-11-01 --wait
  step "check the budgets" costctl run budgets --wait
  if is_october_due; then
    step "close October, with its statements" close_october
  else
    printf '  by the clock of this machine October 2026 cannot be closed: PRELIMINARY statements\n'
    step "statements of each tenant and all" \
      costctl run chargeback --period 2026-10 --schedule month-end --wait
  fi
  step "compliance reports" make_compliance_reports
  step "mail them" costctl run deliver --wait
  step "fetch the statements" fetch_reports
  step "fetch the compliance reports" fetch_compliance_reports
  step "ask for the figures" fetch_figures
  step "stop costd" stop_costd
  "$python" samples/summary.py "$out" || give_up "the figures are not what the generator wrote"
}

build() {
  [[ -f build/CMakeCache.txt ]] || quietly cmake --preset release -DCOSTD_TESTS=OFF
  quietly cmake --build --preset release --target costd costctl
}

# Shows the output as it comes on a terminal, elsewhere only if the command fails.
quietly() {
  if [[ -t 1 ]]; then
    "$@"
    return
  fi
  local output
  output=$(mktemp)
  if ! "$@" >"$output" 2>&1; then
    tail -n 60 "$output" >&2
    rm -f "$output"
    printf 'samples/run.sh: failed: %s\n' "$*" >&2
    exit 1
  fi
  rm -f "$output"
}

# step "what it does" COMMAND...: one line with the time it took; the output goes to steps.log.
# A function run as a step says `|| return` itself: under `if`, bash does not stop at a failure.
step() {
  local what="$1" started_ms
  shift
  started_ms=$(now_ms)
  printf '  %-36s' "$what"
  printf '== %s\n' "$what" >>"$steps"
  if ! "$@" >>"$steps" 2>&1; then
    printf 'failed\n'
    give_up "failed: $what"
  fi
  printf '%5d ms\n' $(($(now_ms) - started_ms))
}

now_ms() {
  date +%s%3N
}

give_up() {
  printf '\nsamples/run.sh: %s\n' "$1" >&2
  if [[ -s "$steps" ]]; then
    printf -- '--- the end of %s\n' "$steps" >&2
    tail -n 15 "$steps" >&2
  fi
  if [[ -s "$log" ]]; then
    printf -- '--- the end of %s\n' "$log" >&2
    tail -n 25 "$log" >&2
  fi
  exit 1
}

costctl() {
  build/costctl "$@"
}

start_costd() {
  cp samples/config/*.yaml "$out/"
  cp "$out/month/audit.secret" "$out/"
  mkdir -p "$out/state" "$out/spool/gateway" "$out/spool/legacy" "$out/spool/audit" "$reports"
  build/costd --config "$out/costd.yaml" >"$log" 2>&1 &
  costd_pid=$!
  trap kill_costd EXIT
  step "start costd" wait_for_costd
}

wait_for_costd() {
  local try
  for ((try = 0; try < 200; ++try)); do
    costctl status >/dev/null 2>&1 && return 0
    is_running || return 1
    sleep 0.05
  done
  return 1
}

is_running() {
  [[ -n "$costd_pid" ]] && kill -0 "$costd_pid" 2>/dev/null
}

# A file appears under its name only when it is complete: written with a dot, then renamed.
fill_spool() {
  local source file name
  for source in gateway legacy audit; do
    for file in "$out/month/$source"/*; do
      name=$(basename "$file")
      cp "$file" "$out/spool/$source/.$name" || return
      mv "$out/spool/$source/.$name" "$out/spool/$source/$name" || return
    done
  done
}

# The end of October and its three days of grace are over in every zone of the sample.
is_october_due() {
  (($(date -u +%s) >= $(date -u -d '2026-11-04 12:00' +%s)))
}

# What a person decides before the books are closed: each decision stays on record with the reason
# and the name of whoever made it. The last one opens the last gate, and the month-end runs.
close_october() {
  costctl periods list --month 2026-10 || return
  waive sources "the export of 1 November holds all of October; the next one comes in December" &&
    waive unpriced "previews, o3's tier flex and calls of nobody are not charged on" &&
    waive quarantine "looked at: broken lines and a changed record of a test client" --wait &&
    costctl periods list --month 2026-10
}

waive() {
  local gate="$1" reason="$2"
  shift 2
  costctl periods waive 2026-10 --gate "$gate" --reason "$reason" "$@"
}

make_compliance_reports() {
  local type period=(--from 2026-10-01 --to 2026-11-01)
  for type in soc2 hipaa gdpr; do
    costctl compliance generate --type "$type" "${period[@]}" --wait || return
  done
  costctl compliance generate --type hipaa --tenant meridian-bank "${period[@]}" --wait
}

# Each with the rows behind its tables, its manifest and its signatures; and verified offline.
fetch_compliance_reports() {
  local id file
  for id in $(costctl --format json compliance list | "$python" samples/summary.py --report-ids); do
    costctl compliance download "$id" --to "$out/compliance" || return
  done
  for file in "$out"/compliance/*.pdf; do
    costctl verify "$file" || return
  done
}

report_ids() {
  costctl --format json chargeback list | "$python" samples/summary.py --report-ids
}

fetch_reports() {
  local ids id
  ids=$(report_ids) || return
  [[ -n "$ids" ]] || return
  for id in $ids; do
    costctl chargeback download "$id" --to "$reports" || return
  done
}

fetch_figures() {
  local period=(--from 2026-10-01 --to 2026-11-01)
  fetch costs costs summary "${period[@]}" &&
    fetch costs-by-tenant costs summary --group-by tenant "${period[@]}" &&
    fetch anomalies anomalies "${period[@]}" &&
    fetch runs runs list &&
    fetch status status
}

# fetch NAME COMMAND...: costctl's answer as out/NAME.json.
fetch() {
  local name="$1"
  shift
  costctl --format json "$@" >"$out/$name.json"
}

stop_costd() {
  local try
  kill -TERM "$costd_pid"
  for ((try = 0; try < 200; ++try)); do
    if ! is_running; then
      wait "$costd_pid"  # its exit code
      costd_pid=""
      return
    fi
    sleep 0.05
  done
  printf 'costd did not stop within 10 s\n'
  return 1
}

# Whatever happens, no daemon is left behind.
kill_costd() {
  if is_running; then
    kill -TERM "$costd_pid" 2>/dev/null || true
    sleep 1
    kill -KILL "$costd_pid" 2>/dev/null || true
  fi
}

main "$@"
