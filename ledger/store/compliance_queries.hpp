#pragma once
// What compliance reports ask of tables that others keep, over a period.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/budget.hpp"
#include "ledger/run.hpp"
#include "ledger/time/instant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// Runs that were queued in [from, to), by schedule ("" = started by hand) and state.
struct RunTally {
  std::string schedule;
  RunState state{};
  std::int64_t runs = 0;
  std::int64_t retried = 0;  ///< those that took more than one attempt
};
std::vector<RunTally> load_run_tallies(Connection& connection, Instant from, Instant to);

/// An alert that was raised in [from, to) with one of its messages; without messages once, with
/// nothing in `channel`.
struct AlertDelivery {
  std::string alert_id;
  std::string type;
  std::string tenant;
  std::string title;
  Instant raised_at;
  std::string channel;
  std::string recipient;
  std::string state;
  std::int64_t attempts = 0;
  std::string last_reply;
  Instant updated_at;
};
/// By the time they were raised.
std::vector<AlertDelivery> load_alert_deliveries(Connection& connection, Instant from, Instant to);

/// A version of a budget cap, from when on it was in force, and who made it.
struct CapVersion {
  BudgetCap cap;
  bool is_deleted = false;
  Instant changed_at;
  std::string changed_by;
};
/// Made before `before`, by name and version.
std::vector<CapVersion> load_cap_versions(Connection& connection, Instant before);

/// What is kept of a kind of data, and from when the oldest is.
struct HeldData {
  std::string category;  ///< "raw usage records"
  std::int64_t count = 0;
  std::optional<Instant> oldest;
};
std::vector<HeldData> load_held_data(Connection& connection);

/// What an earlier report saw of a chain.
struct StoredPin {
  std::string report_id;
  Instant pinned_at;
  std::string chain;
  std::int64_t events = 0;
  std::string head;
};
/// The newest pin of each chain, by the time of the reports, deleted ones included.
std::vector<StoredPin> load_newest_pins(Connection& connection);
void store_chain_pin(UnitOfWork& unit, const std::string& report_id, const std::string& chain,
                     std::int64_t events, const std::string& head);

}  // namespace costd
