// Every wrong setting is refused with its line, its column, what is wrong and what to do.

#include <catch2/catch.hpp>

#include "tests/config/config_folder.hpp"

namespace costd {
namespace {

/// The rows below follow one good line, so that their first line is line 2.
void check_rows(const std::vector<BadFile>& rows) {
  for (const BadFile& row : rows) {
    INFO(row.text);
    const std::string good = "sources: [{ name: gateway, path: spool }]\n";
    const std::string complaint = complaint_about(good + row.text);
    CHECK(complaint == "costd.yaml:" + row.complaint);
    // What to do follows what is wrong.
    CHECK(complaint.find("; ") != std::string::npos);
  }
}

}  // namespace

TEST_CASE("a key of another name is refused and the nearest known one offered", "[config]") {
  check_rows({
      {"stat_dir: x", "2:1: unknown key 'stat_dir'; did you mean 'state_dir'?"},
      {"scheduls: []", "2:1: unknown key 'scheduls'; did you mean 'schedules'?"},
      {"Mail: {}", "2:1: unknown key 'Mail'; did you mean 'mail'?"},
      {"control: { sockte: a }", "2:12: unknown key 'sockte'; did you mean 'socket'?"},
      {"billing: { timezone: UTC }", "2:12: unknown key 'timezone'; did you mean 'time_zone'?"},
      {"mail: { maildir: m, password: x }",
       "2:21: unknown key 'password'; did you mean 'password_file'?"},
      {"schedules:\n  - name: a\n    recipient: [a@example.com]",
       "4:5: unknown key 'recipient'; did you mean 'recipients'?"},
      {"anomalies: { threshold: 5 }",
       "2:14: unknown key 'threshold'; did you mean 'threshold_percent'?"},
      {"billing: { colour: blue }",
       "2:12: unknown key 'colour'; 'billing' may have currency, time_zone, grace"},
      {"dvara: { llm-gateway: { server: x } }",
       "2:25: unknown key 'server'; 'llm-gateway' may have finops"},
      {"colour: blue",
       "2:1: unknown key 'colour'; the file may have state_dir, storage, control, billing, "
       "sources, prices, tenants, budgets, mail, alerts, schedules, backup, dimensions, ingest, "
       "anomalies, templates, log_level, retention, clock_jump_guard, compliance, "
       "dvara, dvara.llm-gateway.finops.anomaly-threshold-pct"},
  });
}

TEST_CASE("a retention that keeps too little or parts of days is refused", "[config]") {
  check_rows({
      {"retention: { records: 36h }",
       "2:23: 'records' is \"36h\", not whole days; write one such as 400d"},
      {"retention: { spool: 0d }",
       "2:21: 'spool' is \"0d\", not whole days; write one such as 400d"},
      {"retention: { runs: 399d }",
       "2:20: 'runs' is \"399d\", but the history of runs is kept for 400d at least; write that or "
       "more"},
      {"retention: { colour: 400d }",
       "2:14: unknown key 'colour'; 'retention' may have records, runs, spool"},
  });
}

TEST_CASE("a value of the wrong form is refused", "[config]") {
  check_rows({
      {"state_dir:", "2:1: 'state_dir' has no value; give one or remove the line"},
      {"state_dir: ~", "2:12: 'state_dir' has no value; give one or remove the line"},
      {"state_dir: [a]", "2:12: 'state_dir' is a list; write a single value"},
      {"state_dir: \"\"", "2:12: 'state_dir' is empty; give a value or remove the line"},
      {"state_dir: \"a\\nb\"",
       "2:12: 'state_dir' holds a line end or control character; write it in one line without"},
      {"state_dir: ' a'", "2:12: 'state_dir' is \" a\", with a blank at an end; remove the blank"},
      {"control: state/control.sock",
       "2:10: 'control' is a single value; write keys and values, such as { key: value }"},
      {"control:", "2:1: 'control' has no value; give its keys or remove the line"},
      {"dimensions: team", "2:13: 'dimensions' is a single value; write a list, such as [a, b]"},
      {"dimensions:\n  - team\n  - { a: b }",
       "4:5: an entry of 'dimensions' is a map; write a single value"},
      {"dimensions: [team, app, team]",
       "2:25: an entry of 'dimensions' is \"team\", which is in the list already; remove one of "
       "the two"},
      {"budgets: { name: a }", "2:10: 'budgets' is a map; write a list, such as [a, b]"},
      {"log_level: loud",
       "2:12: 'log_level' is \"loud\", which is not known; write one of trace, debug, info, warn, "
       "error"},
      {"storage: postgresql://db/costd",
       "2:10: 'storage' is no database this version knows; write sqlite"},
  });
}

TEST_CASE("wrong billing and anomaly settings are refused", "[config]") {
  check_rows({
      {"billing: { currency: EUR }", "2:22: 'currency' is \"EUR\", which is not known; write USD"},
      {"billing:\n  time_zone: CET",
       "3:14: time zone \"CET\" is not an IANA name of this machine; write one like Europe/Zurich "
       "or UTC"},
      {"billing: { grace: 72 }",
       "2:19: 'grace' is \"72\", which is no duration; write a whole number and s, m, h or d, such "
       "as 72h"},
      {"billing: { grace: -1h }",
       "2:19: 'grace' is \"-1h\", which is no duration; write a whole number and s, m, h or d, "
       "such as 72h"},
      {"billing: { grace: 90m }",
       "2:19: 'grace' is \"90m\", not whole hours up to 90d; write one such as 72h"},
      {"billing: { grace: 91d }",
       "2:19: 'grace' is \"91d\", not whole hours up to 90d; write one such as 72h"},
      {"anomalies: { threshold_percent: 0 }",
       "2:33: 'threshold_percent' is \"0\", which is no percentage; write a number above 0 with at "
       "most 3 decimals, such as 50"},
      {"anomalies: { threshold_percent: 50% }",
       "2:33: 'threshold_percent' is \"50%\", which is no percentage; write a number above 0 with "
       "at most 3 decimals, such as 50"},
      {"anomalies:\n  planned_events:\n    - { name: a, first_day: 2026-12-02, "
       "last_day: 2026-12-01 }",
       "4:51: 'last_day' is \"2026-12-01\", before first_day; write the first day of the event "
       "first"},
      {"anomalies:\n  planned_events:\n    - { name: a }",
       "4:7: an entry of 'planned_events' lacks 'first_day'; add it"},
      {"dvara.llm-gateway.finops.anomaly-threshold-pct: 40\n"
       "dvara: { llm-gateway: { finops: { anomaly-threshold-pct: 30 } } }",
       "3:58: 'anomaly-threshold-pct' is \"30\", but line 2 sets 40; keep one of the two"},
      {"anomalies: { threshold_percent: 50 }\n"
       "dvara.llm-gateway.finops.anomaly-threshold-pct: 40",
       "3:49: 'dvara.llm-gateway.finops.anomaly-threshold-pct' is \"40\", but line 2 sets 50; keep "
       "one of the two"},
  });
}

TEST_CASE("wrong budgets are refused", "[config]") {
  const std::string begin = "budgets:\n  - { name: a, period: ";
  check_rows({
      {"budgets:\n  - period: DAILY", "3:5: an entry of 'budgets' lacks 'name'; add it"},
      {begin + "YEARLY, limit: 5 }",
       "3:24: 'period' is \"YEARLY\", which is not known; write one of DAILY, WEEKLY, MONTHLY, "
       "DAY, "
       "WEEK, MONTH"},
      {begin + "DAY }", "3:5: an entry of 'budgets' lacks 'limit'; add it"},
      {begin + "DAY, limit: 0 }",
       "3:36: 'limit' is \"0\", not above zero; write the most that may be spent"},
      {begin + "DAY, limit: -5 }",
       "3:36: 'limit' is \"-5\", not above zero; write the most that may be spent"},
      {begin + "DAY, limit: 1e3 }",
       "3:36: 'limit' is \"1e3\", which is no amount; write US dollars with at most 12 decimals, "
       "such as 500 or 12.50"},
      {begin + "DAY, limit: 5, soft_limit: 101 }",
       "3:51: 'soft_limit' is \"101\", not a whole number in range; write one from 1 to 100"},
      {begin + "DAY, limit: 5, soft_limit: 80.0 }",
       "3:51: 'soft_limit' is \"80.0\", not a whole number in range; write one from 1 to 100"},
      {begin + "DAY, limit: 5 }\n  - { name: a, period: DAY, limit: 6 }",
       "4:13: 'name' is \"a\", which line 3 has already; choose another name or remove one"},
  });
}

TEST_CASE("wrong mail settings are refused", "[config]") {
  check_rows({
      {"mail: { from: a@example.com }",
       "2:7: 'mail' has neither smtp nor maildir; add smtp: smtp://HOST:PORT, or maildir: FOLDER"},
      {"mail: { smtp: \"smtp://h\", maildir: m, from: a@example.com }",
       "2:36: 'mail' has smtp and maildir; remove one of the two"},
      {"mail: { maildir: m }", "2:7: 'mail' lacks 'from'; add it"},
      {"mail: { maildir: m, from: costd }",
       "2:27: 'from' is \"costd\", which is no mail address; write one like finance@example.com"},
      {"mail: { smtp: \"http://h\", from: a@example.com }",
       "2:15: 'smtp' is no mail server; write smtp://HOST:PORT or smtps://HOST:PORT"},
      {"mail: { smtp: \"smtp://:25\", from: a@example.com }",
       "2:15: 'smtp' is \"smtp://:25\", which names no server; write smtp://HOST:PORT or "
       "smtps://HOST:PORT"},
      {"mail: { smtp: \"smtp://me:secret@h\", from: a@example.com }",
       "2:15: 'smtp' holds a user or password; write them as user and password_file"},
      {"mail: { smtp: \"smtp://h\", from: a@example.com, user: me }",
       "2:54: 'user' has no password; add password_file: FILE"},
      {"mail: { smtp: \"smtp://h\", from: a@example.com, password_file: p }",
       "2:63: 'password_file' has no user; add user: NAME"},
      {"mail: { maildir: m, from: a@example.com, ca_file: c }",
       "2:51: 'ca_file' goes with smtp; remove it"},
      {"mail: { maildir: m, from: a@example.com, on_ambiguous: hold }",
       "2:56: 'on_ambiguous' goes with smtp; remove it"},
      {"mail: { smtp: \"smtp://h\", from: a@example.com, on_ambiguous: maybe }",
       "2:62: 'on_ambiguous' is \"maybe\", which is not known; write one of resend, hold"},
      {"mail: { maildir: m, from: a@example.com, attach: [pdf, docx] }",
       "2:56: an entry of 'attach' is \"docx\", which is not known; write one of pdf, csv, xlsx"},
  });
}

TEST_CASE("a clock guard that would hold what is in order is refused", "[config]") {
  check_rows({{"clock_jump_guard: 30m",
               "2:19: 'clock_jump_guard' is \"30m\", which is less than an hour; a shorter guard "
               "would hold what is in order"}});
}

TEST_CASE("wrong schedules are refused", "[config]") {
  const std::string begin = "schedules:\n  - { name: a, cron: '* * * * *', jobs: [ingest]";
  check_rows({
      {"schedules:\n  - name: a", "3:5: an entry of 'schedules' lacks 'cron'; add it"},
      {"schedules: [{ name: a, cron: '* * * * *' }]",
       "2:13: an entry of 'schedules' lacks 'jobs'; add it"},
      {"schedules: [{ name: a, cron: '* * * * *', jobs: [] }]",
       "2:49: 'jobs' is an empty list; name at least one job"},
      {"schedules: [{ name: a, cron: '* * * * *', jobs: [rolup] }]",
       "2:50: an entry of 'jobs' is \"rolup\", which is no job; did you mean rollup? The jobs are "
       "ingest, rollup, close, chargeback"},
      {"schedules: [{ name: a, cron: '* * * * *', jobs: [dance] }]",
       "2:50: an entry of 'jobs' is \"dance\", which is no job; the jobs are ingest, rollup, "
       "close, chargeback"},
      {begin + ", period: last_month }",
       "3:59: 'period' is \"last_month\", which is not known; write one of previous_month, "
       "current_month"},
      {begin + ", time_zone: Zurich }",
       "3:62: schedule \"a\": time zone \"Zurich\" is not an IANA name of this machine; write one "
       "like Europe/Zurich or UTC"},
      {begin + ", after: previous, overlap: forbid }",
       "3:58: 'after: previous' needs overlap: queue; with forbid no slot waits"},
      {begin + ", jitter: 0s }", "3:59: 'jitter' is \"0s\", which is no time; write 1s or more"},
      {begin + ", max_catch_up: 0 }",
       "3:65: 'max_catch_up' is \"0\", not a whole number in range; write one from 1 to 100000"},
      {begin + ", catch_up: some }",
       "3:61: 'catch_up' is \"some\", which is not known; write one of all, latest, none"},
      {begin + ", overlap: allow }",
       "3:60: 'overlap' is \"allow\", which is not known; write one of queue, forbid"},
      {begin + ", dst_gap: shift }",
       "3:60: 'dst_gap' is \"shift\", which is not known; write one of run, skip"},
      {begin + ", seconds: yes }",
       "3:60: 'seconds' is \"yes\", which is neither true nor false; write one of the two"},
      {begin + ", formats: [] }",
       "3:60: 'formats' is an empty list; name at least one of pdf, csv, xlsx"},
      {begin + ", recipients: [a@example.com, 'b c@example.com'] }",
       "3:79: an entry of 'recipients' is \"b c@example.com\", which is no mail address; write one "
       "like finance@example.com"},
      {begin + " }\n  - { name: a, cron: '1 * * * *', jobs: [ingest] }",
       "4:13: 'name' is \"a\", which line 3 has already; choose another name or remove one"},
  });
}

TEST_CASE("wrong sources are refused", "[config]") {
  const std::vector<BadFile> rows{
      {"state_dir: x\n", "1:1: the file lacks 'sources'; add it"},
      {"sources: []", "1:10: 'sources' is an empty list; name at least one spool folder"},
      {"sources: [{ name: a }]", "1:11: an entry of 'sources' lacks 'path'; add it"},
      {"sources: [{ name: a, path: b, type: kafka }]",
       "1:37: 'type' is \"kafka\", which is not known; write one of spool, audit"},
      {"sources: [{ name: a, path: p, type: audit, format: csv }]",
       "1:52: 'format' is for usage records, and this source is an audit log; remove it or set "
       "type: "
       "spool"},
      {"sources: [{ name: a, path: p, type: audit, columns: { id: x } }]",
       "1:53: 'columns' is for usage records, and this source is an audit log; remove it or set "
       "type: spool"},
      {"sources: [{ name: a, path: p, type: audit, constants: { id: x } }]",
       "1:55: 'constants' is for usage records, and this source is an audit log; remove it or set "
       "type: spool"},
      {"sources: [{ name: a, path: p, secret_file: s }]",
       "1:44: 'secret_file' is for an audit log; remove it or set type: audit"},
      {"sources: [{ name: a, path: b, format: xml }]",
       "1:39: 'format' is \"xml\", which is not known; write one of auto, jsonl, csv, litellm, "
       "otlp, openai, anthropic"},
      {"sources: [{ name: a, path: b, format: jsonl, columns: { model: m } }]",
       "1:55: 'columns' is for csv; remove it or set format: csv"},
      {"sources: [{ name: a, path: b, format: otlp, columns: { tenantId: t, model: m } }]",
       "1:54: field 'model' has its place in otlp; map only tenantId and apiKey"},
      {"sources: [{ name: a, path: b, columns: { model: m }, constants: { model: x } }]",
       "1:65: field 'model' has a column and a constant; remove one of the two"},
      {"sources:\n  - { name: a, path: b }\n  - { name: a, path: c }",
       "3:13: 'name' is \"a\", which line 2 has already; choose another name or remove one"},
      {"sources:\n  - { name: a, path: b }\n  - { name: c, path: ./b/ }",
       "3:22: 'path' is \"./b/\", the folder of the source in line 2 already; give each source its "
       "own"},
  };
  for (const BadFile& row : rows) {
    INFO(row.text);
    CHECK(complaint_about(row.text) == "costd.yaml:" + row.complaint);
  }
}

TEST_CASE("a socket path longer than the kernel takes is refused where it comes from", "[config]") {
  const std::string long_name(120, 'x');
  const std::string good = "sources: [{ name: gateway, path: spool }]\n";
  // The path of the socket is FOLDER/NAME, or FOLDER/NAME/control.sock.
  const ConfigFolder folder;
  const std::size_t folder_bytes = folder.path_of("").size();
  const auto complaint = [&](const std::string& text) {
    const std::string file = folder.write("costd.yaml", good + text);
    return complaint_of(folder, [&] { load_settings(file, jobs_of_tests()); });
  };
  const auto expected = [&](const std::string& place, std::size_t bytes) {
    return "costd.yaml:" + place + ": the path of the control socket has " + std::to_string(bytes) +
           " bytes, the limit is 107; set control.socket to a shorter path";
  };
  CHECK(complaint("control: { socket: " + long_name + " }") ==
        expected("2:20", folder_bytes + 120));
  CHECK(complaint("state_dir: " + long_name) == expected("2:12", folder_bytes + 133));
  CHECK(complaint("control: { socket: " + std::string(107 - folder_bytes, 'x') + " }") ==
        "no error");
  CHECK(complaint("control: { socket: " + std::string(108 - folder_bytes, 'x') + " }") ==
        expected("2:20", 108));
}

TEST_CASE("a password in the mail server's URL is in no message", "[config]") {
  const std::string complaint = complaint_about(
      "sources: [{ name: gateway, path: spool }]\n"
      "mail: { smtp: \"http://me:hunter2@mail\", from: a@example.com }\n");
  CHECK(complaint.find("hunter2") == std::string::npos);
}

TEST_CASE("backups are kept outside of what they save, and at least one", "[config]") {
  check_rows({
      {"backup: { directory: state/backups }",
       "2:22: 'directory' is \"state/backups\", inside state_dir, and would be lost with it; name "
       "a folder elsewhere, best on another disk"},
      {"state_dir: /var/lib/costd\nbackup: { directory: /var/lib/costd }",
       "3:22: 'directory' is \"/var/lib/costd\", inside state_dir, and would be lost with it; name "
       "a folder elsewhere, best on another disk"},
      {"backup: { keep: 0 }",
       "2:17: 'keep' is \"0\", not a whole number in range; write one from 1 to 10000"},
      {"backup: { kept: 3 }", "2:11: unknown key 'kept'; 'backup' may have directory, keep"},
  });
}

}  // namespace costd
