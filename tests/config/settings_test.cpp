// What a good configuration file becomes.

#include "config/settings.hpp"

#include <catch2/catch.hpp>

#include "tests/config/config_folder.hpp"

namespace costd {
namespace {

Settings load_text(const ConfigFolder& folder, const std::string& text) {
  return load_settings(folder.write("costd.yaml", text), jobs_of_tests());
}

const std::string only_sources = "sources: [{ name: gateway, path: spool }]\n";

}  // namespace

TEST_CASE("a file with sources only has a default for everything else", "[config]") {
  const ConfigFolder folder;
  const Settings settings = load_text(folder, only_sources);
  CHECK(settings.file == folder.path_of("costd.yaml"));
  CHECK(settings.state_dir == folder.path_of("state"));
  CHECK(settings.control_socket == folder.path_of("state/control.sock"));
  CHECK(settings.storage == "sqlite");
  CHECK(settings.currency == "USD");
  CHECK(settings.time_zone == "UTC");
  CHECK(settings.grace == std::chrono::hours(72));
  CHECK(settings.anomaly_threshold_percent == "50");
  CHECK(settings.log_level == "info");
  CHECK(settings.prices_file.empty());
  CHECK(settings.tenants_file.empty());
  CHECK(settings.templates_dir.empty());
  CHECK(settings.budgets.empty());
  CHECK(settings.schedules.empty());
  CHECK(settings.dimensions.empty());
  CHECK_FALSE(settings.mail);
  CHECK(settings.backup.directory == folder.path_of("backups"));
  CHECK(settings.backup.keep == 7);
  REQUIRE(settings.sources.size() == 1);
  CHECK(settings.sources[0].name == "gateway");
  CHECK(settings.sources[0].path == folder.path_of("spool"));
  CHECK(settings.sources[0].format == "auto");
}

TEST_CASE("the minimal configuration of the manual loads", "[config]") {
  const ConfigFolder folder;
  folder.write("prices.yaml", R"(prices:
  - { model: "gpt-4o*", provider: openai, input: 2.50, output: 10.00, cache_read: 1.25,
      effective: 2026-01-01 }
  - { model: "claude-sonnet-4*", input: 3, output: 15, cache_read: 0.30, cache_write: 3.75,
      cache_write_1h: 6, effective: 2026-01-01,
      long_context: { above: 200000, input: 6, output: 22.50 } }
  - { model: "gpt-4o*", provider: openai, service_tier: batch, input: 1.25, output: 5.00,
      effective: 2026-01-01 }
)");
  folder.write("tenants.yaml", "tenants: [{ id: acme }]\n");
  const Settings settings = load_text(folder, R"(# costd.yaml
state_dir: state                    # database, report files, outbox, keys
storage: sqlite                     # later also postgresql://user@host/dbname
control: { socket: state/control.sock }
billing: { currency: USD, time_zone: UTC, grace: 72h }
sources:
  - { name: gateway, type: spool, path: spool, format: auto }
prices: prices.yaml                 # applied at start when it changed
tenants: tenants.yaml               # optional: id, name, region, time_zone, metadata
mail: { smtp: "smtp://127.0.0.1:2525", from: "costd@example.com" }     # or maildir: path
schedules:
  - { name: refresh, cron: "* * * * *", jobs: [ingest, rollup] }
  - { name: month-end, cron: "0 6 4 * *", time_zone: Europe/Zurich, jobs: [close, chargeback],
      period: previous_month, formats: [pdf, csv, xlsx], recipients: [finance@example.com] }
)");
  CHECK(settings.control_socket == folder.path_of("state/control.sock"));
  CHECK(settings.prices_file == folder.path_of("prices.yaml"));
  REQUIRE(settings.prices.size() == 3);
  CHECK(settings.prices[0].origin == PriceOrigin::config);
  CHECK(settings.prices[2].rates.input == 1'250'000);
  REQUIRE(settings.tenants.size() == 1);
  CHECK(settings.tenants[0].id == "acme");
  REQUIRE(settings.mail);
  CHECK(settings.mail->smtp == "smtp://127.0.0.1:2525");
  CHECK(settings.mail->attach == std::vector<std::string>{"pdf"});
  CHECK(settings.mail->on_ambiguous == "resend");
  REQUIRE(settings.schedules.size() == 2);
  const ScheduleSettings& refresh = settings.schedules[0];
  CHECK(refresh.cron == "* * * * *");
  CHECK(refresh.time_zone == "UTC");
  CHECK(refresh.jobs == std::vector<std::string>{"ingest", "rollup"});
  CHECK(refresh.where == folder.path_of("costd.yaml") + ":12:5");
  const ScheduleSettings& month_end = settings.schedules[1];
  CHECK(month_end.time_zone == "Europe/Zurich");
  CHECK(month_end.period == "previous_month");
  CHECK(month_end.formats == std::vector<std::string>{"pdf", "csv", "xlsx"});
  CHECK(month_end.recipients == std::vector<std::string>{"finance@example.com"});
}

TEST_CASE("what retention leaves out is kept for ever", "[config]") {
  const ConfigFolder folder;
  const RetentionSettings none = load_text(folder, only_sources).retention;
  CHECK_FALSE(none.records);
  CHECK_FALSE(none.runs);
  CHECK_FALSE(none.spool);
  const RetentionSettings all =
      load_text(folder, only_sources + "retention: { records: 90d, runs: 9600h, spool: 1d }")
          .retention;
  CHECK(all.records == std::chrono::days(90));
  CHECK(all.runs == std::chrono::days(400));
  CHECK(all.spool == std::chrono::days(1));
}

TEST_CASE("a zone that has gone is noted at its schedule, where the reader is asked to",
          "[config]") {
  const ConfigFolder folder;
  const std::string file = folder.write("costd.yaml", only_sources + R"(
schedules:
  - { name: nightly, cron: "0 2 * * *", time_zone: Europe/Atlantis, jobs: [ingest] }
)");
  CHECK_THROWS_AS(load_settings(file, jobs_of_tests()), Error);
  const Settings settings = load_settings(file, jobs_of_tests(), UnknownZones::noted);
  REQUIRE(settings.schedules.size() == 1);
  CHECK_THAT(settings.schedules[0].zone_error,
             Catch::Contains("nightly") && Catch::Contains("Europe/Atlantis"));
}

TEST_CASE("every key of a schedule is taken over", "[config]") {
  const ConfigFolder folder;
  const Settings settings = load_text(folder, only_sources + R"(
schedules:
  - name: nightly
    cron: "30 15 2 * * *"
    seconds: true
    time_zone: America/New_York
    jobs: [rollup]
    period: current_month
    formats: [csv]
    recipients: [a@example.com, b@example.com]
    tenant: acme
    catch_up: none
    overlap: queue
    dst_gap: skip
    max_catch_up: 13
    start_deadline: 10m
    after: previous
    jitter: 5m
    timeout: 2h
    backfill_from: 2026-08-01
)");
  REQUIRE(settings.schedules.size() == 1);
  const ScheduleSettings& schedule = settings.schedules[0];
  CHECK(schedule.max_catch_up == 13);
  CHECK(schedule.start_deadline == std::chrono::minutes(10));
  CHECK(schedule.after_previous);
  CHECK(schedule.jitter == std::chrono::minutes(5));
  CHECK(schedule.timeout == std::chrono::hours(2));
  CHECK(schedule.backfill_from == parse_day("2026-08-01"));
  CHECK(schedule.name == "nightly");
  CHECK(schedule.cron == "30 15 2 * * *");
  CHECK(schedule.seconds);
  CHECK(schedule.time_zone == "America/New_York");
  CHECK(schedule.period == "current_month");
  CHECK(schedule.formats == std::vector<std::string>{"csv"});
  CHECK(schedule.recipients.size() == 2);
  CHECK(schedule.tenant == "acme");
  CHECK(schedule.catch_up == "none");
  CHECK(schedule.overlap == "queue");
  CHECK(schedule.dst_gap == "skip");
}

TEST_CASE("budgets take the short names of periods, and exact limits", "[config]") {
  const ConfigFolder folder;
  const Settings settings = load_text(folder, only_sources + R"(
budgets:
  - { name: a, period: MONTH, limit: 0.000000000001 }
  - { name: b, tenant: acme, api_key: key_1, period: WEEKLY, limit: "1250.50", soft_limit: 100 }
  - { name: c, period: DAY, limit: 9007199254740993 }
)");
  REQUIRE(settings.budgets.size() == 3);
  CHECK(settings.budgets[0].period == "MONTHLY");
  CHECK(settings.budgets[0].limit == Money::from_picos(1));
  CHECK(settings.budgets[0].soft_limit_percent == 80);
  CHECK(settings.budgets[1].tenant == "acme");
  CHECK(settings.budgets[1].api_key == "key_1");
  CHECK(settings.budgets[1].limit == Money::from_picos(1'250'500'000'000'000));
  CHECK(settings.budgets[1].soft_limit_percent == 100);
  // 2^53 + 1: a double would lose the last digit.
  CHECK(settings.budgets[2].limit == Money::from_usd(9'007'199'254'740'993));
}

TEST_CASE("the anomaly threshold is read from any of its three keys", "[config]") {
  const ConfigFolder folder;
  const auto threshold = [&](const std::string& text) {
    return load_text(folder, only_sources + text).anomaly_threshold_percent;
  };
  const std::string own = "anomalies: { threshold_percent: 25 }\n";
  const std::string flat = "dvara.llm-gateway.finops.anomaly-threshold-pct: 25.0\n";
  const std::string nested = R"(dvara:
  llm-gateway:
    finops:
      anomaly-threshold-pct: "25.000"
)";
  CHECK(threshold(own) == "25");
  CHECK(threshold(flat) == "25");
  CHECK(threshold(nested) == "25");
  CHECK(threshold(own + flat + nested) == "25");
  CHECK(threshold("anomalies: { threshold_percent: 012.50 }") == "12.5");
  CHECK(threshold("anomalies: { threshold_percent: 0.001 }") == "0.001");
}

TEST_CASE("planned events are days with both ends, of all tenants unless one is named",
          "[config]") {
  const ConfigFolder folder;
  const Settings settings = load_text(folder, only_sources + R"(
anomalies:
  min_impact: 2.50
  planned_events:
    - { name: load test, first_day: 2026-12-01, last_day: 2026-12-03, tenant: acme, model: m-1 }
    - { name: launch, first_day: 2026-12-31 }
)");
  CHECK(settings.anomaly_impact_min == parse_money("2.5"));
  REQUIRE(settings.planned_events.size() == 2);
  CHECK(settings.planned_events[0].tenant == "acme");
  CHECK(settings.planned_events[0].model == "m-1");
  CHECK(format_day(settings.planned_events[0].days.to) == "2026-12-04");
  CHECK(settings.planned_events[1].name == "launch");
  CHECK(settings.planned_events[1].days.days() == 1);
  CHECK(settings.planned_events[1].tenant.empty());
  CHECK_FALSE(load_text(folder, only_sources).anomaly_impact_min);
}

TEST_CASE("mail through a server with a password is read without the password", "[config]") {
  const ConfigFolder folder;
  const Settings settings = load_text(folder, only_sources + R"(
mail:
  smtp: "smtps://mail.example.com:465"
  from: costd@example.com
  user: costd
  password_file: secrets/smtp
  ca_file: /etc/ssl/own.pem
  attach: [csv, xlsx]
  on_ambiguous: hold
)");
  REQUIRE(settings.mail);
  CHECK(settings.mail->user == "costd");
  CHECK(settings.mail->password_file == folder.path_of("secrets/smtp"));
  CHECK(settings.mail->ca_file == "/etc/ssl/own.pem");
  CHECK(settings.mail->on_ambiguous == "hold");
  CHECK(settings.mail->attach == std::vector<std::string>{"csv", "xlsx"});
  CHECK(settings.mail->maildir.empty());
}

TEST_CASE("nothing needs to be attached to a mail", "[config]") {
  const ConfigFolder folder;
  const Settings settings = load_text(
      folder, only_sources + "mail: { maildir: out, from: costd@example.com, attach: [] }");
  REQUIRE(settings.mail);
  CHECK(settings.mail->maildir == folder.path_of("out"));
  CHECK(settings.mail->attach.empty());
}

TEST_CASE("columns and constants of a CSV source are read", "[config]") {
  const ConfigFolder folder;
  const Settings settings = load_text(folder, R"(
sources:
  - name: export
    path: in
    format: csv
    columns: { model: Model Name, inputTokens: Prompt }
    constants: { provider: azure, tenantId: "" }
)");
  REQUIRE(settings.sources.size() == 1);
  CHECK(settings.sources[0].columns ==
        std::map<std::string, std::string>{{"model", "Model Name"}, {"inputTokens", "Prompt"}});
  CHECK(settings.sources[0].constants ==
        std::map<std::string, std::string>{{"provider", "azure"}, {"tenantId", ""}});
}

TEST_CASE("relative paths start at the folder of the file, absolute ones stay", "[config]") {
  const ConfigFolder folder;
  folder.write("etc/lists/prices.yaml", "prices: []\n");
  const std::string file = folder.write("etc/costd.yaml", R"(
state_dir: ../var/state
sources: [{ name: a, path: /srv/spool/./in }]
prices: lists/prices.yaml
templates: look
control: { socket: /run/costd/control.sock }
)");
  const Settings settings = load_settings(file, jobs_of_tests());
  CHECK(settings.state_dir == folder.path_of("var/state"));
  CHECK(settings.sources[0].path == "/srv/spool/in");
  CHECK(settings.prices_file == folder.path_of("etc/lists/prices.yaml"));
  CHECK(settings.templates_dir == folder.path_of("etc/look"));
  CHECK(settings.control_socket == "/run/costd/control.sock");
}

TEST_CASE("a fault in a named file is told with that file's line", "[config]") {
  const ConfigFolder folder;
  const std::string file = folder.write("costd.yaml", only_sources + "prices: lists/prices.yaml\n");
  const auto complaint = [&] {
    return complaint_of(folder, [&] { load_settings(file, jobs_of_tests()); });
  };
  CHECK(complaint() ==
        "costd.yaml:2:9: 'prices' is \"lists/prices.yaml\", but no such file is there; correct the "
        "path or remove the line");
  folder.write("lists/prices.yaml", "prices:\n  - model: a\n");
  CHECK(complaint() ==
        "lists/prices.yaml:2:5: model \"a\" lacks 'effective'; add the first day of the price, "
        "such as effective: 2026-01-01");
}

TEST_CASE("a file that cannot be read is named", "[config]") {
  const ConfigFolder folder;
  const auto complaint = [&](const std::string& name) {
    return complaint_of(folder, [&] { load_settings(folder.path_of(name), jobs_of_tests()); });
  };
  CHECK(complaint("absent.yaml") ==
        "absent.yaml: there is no such file; correct the path or create it");
  std::filesystem::create_directory(folder.path_of("folder"));
  CHECK(complaint("folder") == "folder: not a regular file; name a YAML file");
}

TEST_CASE("an empty file is refused", "[config]") {
  CHECK(complaint_about("") == "costd.yaml:1:1: the file is empty; write its keys");
  CHECK(complaint_about("# nothing\n") == "costd.yaml:1:1: the file is empty; write its keys");
}

TEST_CASE("a backup goes to its folder beside the configuration, or anywhere", "[config]") {
  const ConfigFolder folder;
  const Settings near = load_text(folder, only_sources + "backup: { directory: safe, keep: 30 }\n");
  CHECK(near.backup.directory == folder.path_of("safe"));
  CHECK(near.backup.keep == 30);
  const Settings far = load_text(folder, only_sources + "backup: { directory: /mnt/state }\n");
  CHECK(far.backup.directory == "/mnt/state");
  CHECK(far.backup.keep == 7);
  // Beside the state directory is not inside.
  const Settings beside = load_text(folder, only_sources + "backup: { directory: state-2 }\n");
  CHECK(beside.backup.directory == folder.path_of("state-2"));
}

}  // namespace costd
