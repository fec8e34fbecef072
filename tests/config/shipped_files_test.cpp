// The files that a site copies must work as they are.

#include <catch2/catch.hpp>

#include <set>

#include "tests/config/config_folder.hpp"

namespace costd {
namespace {

const std::vector<std::string>& every_job() {
  static const std::vector<std::string> jobs{"ingest",  "rollup",    "forecast",   "anomalies",
                                             "budgets", "close",     "chargeback", "compliance",
                                             "deliver", "retention", "backup",     "recount"};
  return jobs;
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
}

TEST_CASE("the starter price list names where each price was read", "[config]") {
  const std::vector<PriceEntry> prices = load_price_file(shipped("prices.yaml"));
  std::set<std::string> providers;
  for (const PriceEntry& entry : prices) {
    INFO(entry.model_pattern);
    CHECK(entry.source.starts_with("https://"));
    CHECK_FALSE(entry.provider.empty());
    providers.insert(entry.provider);
  }
  CHECK(providers.size() >= 3);
}

}  // namespace costd
