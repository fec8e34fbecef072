#include "ledger/run.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "ledger/error.hpp"
#include "ledger/token_usage.hpp"

namespace costd {

TEST_CASE("a run's states have the names of the glossary", "[run]") {
  struct Row {
    RunState state;
    const char* name;
    bool ended;
  };
  const std::vector<Row> rows{
      {RunState::queued, "queued", false},      {RunState::running, "running", false},
      {RunState::succeeded, "succeeded", true}, {RunState::failed, "failed", true},
      {RunState::cancelled, "cancelled", true}, {RunState::skipped, "skipped", true},
      {RunState::missed, "missed", true},       {RunState::abandoned, "abandoned", true},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(std::string(name_of(row.state)) == row.name);
    CHECK(parse_run_state(row.name) == row.state);
    CHECK(is_ended(row.state) == row.ended);
  }
}

TEST_CASE("a text that names no state is refused with the text", "[run]") {
  for (const std::string text : {"", "Queued", "done", "queued "}) {
    try {
      parse_run_state(text);
      FAIL_CHECK("taken for a state: " << text);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::data);
      CHECK(std::string(error.what()).find("\"" + text + "\"") != std::string::npos);
    }
  }
}

TEST_CASE("service tiers and origins have names, tiers are read by them", "[usage]") {
  for (const auto tier :
       {ServiceTier::standard, ServiceTier::batch, ServiceTier::priority, ServiceTier::flex}) {
    CHECK(parse_service_tier(name_of(tier)) == tier);
  }
  CHECK(name_of(ServiceTier::batch) == "batch");
  CHECK_FALSE(parse_service_tier("gold"));
  CHECK(name_of(Origin::exact) == "exact");
  CHECK(name_of(Origin::estimated) == "estimated");
  CHECK(name_of(Origin::cache_hit) == "cache_hit");
}

TEST_CASE("errors have names for logs and the protocol", "[error]") {
  CHECK(std::string(name_of(ErrorCode::config)) == "config");
  CHECK(std::string(name_of(ErrorCode::not_found)) == "not_found");
  CHECK(std::string(name_of(ErrorCode::cancelled)) == "cancelled");
  const Error error(ErrorCode::io, "no room");
  CHECK(error.code() == ErrorCode::io);
  CHECK(std::string(error.what()) == "no room");
}

}  // namespace costd
