#pragma once
// Pages of raw records, newest first, from the usage blocks.

#include <optional>
#include <string>
#include <vector>

#include "ledger/token_usage.hpp"

namespace costd {

class Connection;

struct UsageQuery {
  std::optional<std::string> tenant;
  std::optional<std::string> api_key;
  std::optional<std::string> model;
  std::optional<std::string> provider;
  Instant from = Instant::min();  ///< inclusive
  Instant to = Instant::max();    ///< exclusive
  std::size_t limit = 50;
  std::size_t offset = 0;
  /// Goes on after this record: the position of the last record of the page before.
  std::optional<std::pair<Instant, std::string>> after;
};

struct UsagePage {
  std::vector<UsageRecord> records;  ///< by (at, record_id), newest first
  std::int64_t total = 0;            ///< all records that match, on every page
  bool has_more = false;
};

UsagePage load_usage_page(Connection& connection, const UsageQuery& query);

}  // namespace costd
