// The files that a site copies must work as they are.

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "config/default_prices.hpp"
#include "ledger/price_book.hpp"
#include "tests/config/config_folder.hpp"

namespace costd {
namespace {

const std::vector<std::string>& every_job() {
  static const std::vector<std::string> jobs{"ingest",  "rollup",    "forecast",   "anomalies",
                                             "budgets", "close",     "chargeback", "compliance",
                                             "deliver", "retention", "backup",     "recount"};
  return jobs;
}

std::string read(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Explanations begin with "# " and a word; other lines in comments are settings.
std::string with_comments_taken_off(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    const bool is_explanation = line.size() > 2 && line[1] == ' ' && line[2] != ' ';
    if (line.starts_with("#") && !is_explanation) line.erase(0, 1);
    result += line + "\n";
  }
  return result;
}

std::string shipped(const std::string& name) {
  return std::string(COSTD_SOURCE_DIR) + "/config/" + name;
}

}  // namespace

TEST_CASE("the default configuration loads as it is", "[config]") {
  const Settings settings = load_settings(shipped("costd.yaml"), every_job());
  CHECK(settings.storage == "sqlite");
  CHECK(settings.control_socket == "/run/costd/control.sock");
  CHECK(settings.state_dir == "/var/lib/costd");
  CHECK(settings.sources.size() == 1);
  CHECK_FALSE(settings.prices.empty());
  CHECK_FALSE(settings.schedules.empty());
  CHECK(settings.backup.directory == "/var/backups/costd");
}

TEST_CASE("the evidence of the sample loads, with three things left out", "[config]") {
  const Settings settings =
      load_settings(std::string(COSTD_SOURCE_DIR) + "/samples/config/costd.yaml", every_job());
  std::set<std::string> kinds;
  for (const EvidenceRecord& record : settings.compliance.evidence) {
    INFO(record.kind << "/" << record.id);
    kinds.insert(record.kind);
    const bool is_of_tenant = std::ranges::any_of(
        settings.tenants, [&](const Tenant& tenant) { return tenant.id == record.tenant; });
    CHECK((record.tenant.empty() || is_of_tenant));
    if (record.id == "site") CHECK(record.get("representative").empty());
    if (record.id == "cohere") CHECK(record.get("basis").empty());
    if (record.id == "scc-anthropic") CHECK(record.get("validUntil").empty());
  }
  CHECK(kinds.size() == evidence_kinds().size());
}

TEST_CASE("the settings that are commented out load, too", "[config]") {
  const ConfigFolder folder;
  folder.write("prices.yaml", read(shipped("prices.yaml")));
  folder.write("tenants.yaml", "tenants: []\n");
  folder.write("evidence.yaml", "policies: []\n");
  const std::string text = with_comments_taken_off(read(shipped("costd.yaml")));
  const Settings settings = load_settings(folder.write("costd.yaml", text), every_job());
  CHECK(settings.budgets.size() == 1);
  CHECK(settings.retention.records == std::chrono::days(400));
  CHECK(settings.templates_dir == folder.path_of("look"));
  CHECK(settings.sources[0].columns.contains("model"));
  CHECK(settings.sources[1].is_audit());
  CHECK(settings.sources[1].secret_file == folder.path_of("audit-secret"));
  CHECK(settings.compliance.evidence_file == folder.path_of("evidence.yaml"));
  CHECK(settings.schedules[1].recipients.size() == 1);
  CHECK(settings.schedules[2].types.size() == 3);
  REQUIRE(settings.mail);
  CHECK(settings.mail->password_file == folder.path_of("smtp-password"));
}

TEST_CASE("every key that may be set is in the default configuration", "[config]") {
  const std::string shown = read(shipped("costd.yaml"));
  const std::string good = "sources: [{ name: gateway, path: spool }]\n";
  // An unknown key is answered with the list of the known ones.
  for (const std::string& text :
       {good + "zzzzzz: 1", good + "control: { zzzzzz: 1 }", good + "billing: { zzzzzz: 1 }",
        good + "mail: { zzzzzz: 1 }", good + "backup: { zzzzzz: 1 }",
        good + "anomalies: { zzzzzz: 1 }", good + "retention: { zzzzzz: 1 }",
        good + "ingest: { zzzzzz: 1 }", good + "compliance: { zzzzzz: 1 }",
        good + "budgets: [{ zzzzzz: 1 }]", good + "schedules: [{ zzzzzz: 1 }]",
        std::string("sources: [{ zzzzzz: 1 }]")}) {
    const std::string complaint = complaint_about(text);
    const std::size_t list = complaint.find(" may have ");
    INFO(complaint);
    REQUIRE(list != std::string::npos);
    std::istringstream keys(complaint.substr(list + 10));
    for (std::string key; keys >> key;) {
      if (key.back() == ',') key.pop_back();
      INFO(key);
      // The gateway's nested form of a key that is shown in its flat form.
      if (key != "dvara") CHECK(shown.find(key + ":") != std::string::npos);
    }
  }
}

TEST_CASE("the starter price list has the page and the day of each price", "[config]") {
  const std::vector<PriceEntry> prices = load_price_file(shipped("prices.yaml"));
  std::set<std::string> providers;
  for (const PriceEntry& entry : prices) {
    INFO(entry.model_pattern);
    CHECK(entry.source.starts_with("https://"));
    CHECK(entry.effective_from >= parse_day("2026-01-01").value());
    CHECK_FALSE(entry.provider.empty());
    providers.insert(entry.provider);
  }
  CHECK(providers == std::set<std::string>{"anthropic", "bedrock", "cohere", "deepseek", "gemini",
                                           "groq", "mistral", "openai", "xai"});
}

TEST_CASE("no pattern of the starter price list swallows a model with a line of its own",
          "[config]") {
  const std::vector<PriceEntry> prices = load_price_file(shipped("prices.yaml"));
  for (const std::string& warning : warn_of_swallowed_models(PriceBook(prices), prices, prices)) {
    FAIL_CHECK(warning);
  }
}

TEST_CASE("the starter price list is built in as it ships", "[config]") {
  const std::vector<PriceEntry> prices = load_price_file(shipped("prices.yaml"));
  REQUIRE(default_prices().size() == prices.size());
  for (std::size_t n = 0; n < prices.size(); ++n) {
    CHECK(identity_of(default_prices()[n]) == identity_of(prices[n]));
    CHECK(default_prices()[n].rates == prices[n].rates);
  }
}

}  // namespace costd
