#pragma once
// Budget caps with all their versions, and how much of each was used when it was last looked at.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/budget.hpp"
#include "ledger/budget_standing.hpp"
#include "ledger/time/instant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// All caps, disabled ones too, by name.
std::vector<BudgetCap> load_caps(Connection& connection);
std::optional<BudgetCap> find_cap(Connection& connection, const std::string& id);
std::optional<BudgetCap> find_cap_by_name(Connection& connection, const std::string& name);
/// The cap as it was in that version; nothing if that is not on record. Deleted caps stay there.
std::optional<BudgetCap> find_cap_version(Connection& connection, const std::string& id,
                                          std::int64_t version);

/// Who changed a cap, and when; kept with the version.
struct CapChange {
  std::string changed_by;  ///< "uid:1000"
  Instant at;
};
/// Each stores the cap and its version. The id and the name are new, or Error(database) is thrown.
void insert_cap(UnitOfWork& unit, const BudgetCap& cap, const CapChange& change);
/// The cap with that id becomes this one; its version is the caller's to raise.
void update_cap(UnitOfWork& unit, const BudgetCap& cap, const CapChange& change);
/// Takes the cap and its status away; its versions stay, with one more that says it was deleted.
void delete_cap(UnitOfWork& unit, const BudgetCap& cap, const CapChange& change);

/// Makes the caps of the configuration these: known by name, they keep their id and their version
/// grows where something changed; those that are gone are deleted. Gives how many changed. Throws
/// Error(config) where a cap made over the API has the name.
std::int64_t store_configured_caps(UnitOfWork& unit, const std::vector<BudgetCap>& caps,
                                   Instant now);

/// The tenant is configured, or has usage.
bool is_known_tenant(Connection& connection, const std::string& tenant);

struct StoredBudgetStatus {
  BudgetStatus status;
  Instant computed_at;      ///< when these figures were new
  int alerted_percent = 0;  ///< highest threshold raised for this cap version and period; 0 = none
  bool alerted_forecast = false;
};
/// Stores statuses in one transaction, with one prepared statement for all of them.
class BudgetStatusWriter {
 public:
  explicit BudgetStatusWriter(UnitOfWork& unit);
  ~BudgetStatusWriter();
  /// False, and nothing is stored, if the cap is gone or has another version by now.
  bool store(const StoredBudgetStatus& stored);

 private:
  struct Row;
  std::unique_ptr<Row> row_;
};
/// By cap id.
std::vector<StoredBudgetStatus> load_budget_statuses(Connection& connection);

}  // namespace costd
