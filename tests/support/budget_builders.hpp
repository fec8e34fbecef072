#pragma once
// Short words for budget caps and where they stand.

#include <string>

#include "ledger/budget_standing.hpp"
#include "tests/support/ledger_builders.hpp"

namespace costd::test {

/// A monthly PLATFORM cap of 100 USD for all tenants, with an id made of its name.
class CapBuilder {
 public:
  explicit CapBuilder(const std::string& name) {
    cap_.id = "ID-" + name;
    cap_.name = name;
    cap_.limit = Money::from_usd(100);
  }
  CapBuilder& of(const std::string& tenant, const std::string& api_key = "") {
    cap_.tenant = tenant;
    cap_.api_key = api_key;
    return *this;
  }
  CapBuilder& by_tenant() { return cap_.managed_by = ManagedBy::tenant, *this; }
  CapBuilder& per(BudgetPeriod period) { return cap_.period = period, *this; }
  CapBuilder& up_to(const std::string& usd) { return cap_.limit = parse_money(usd), *this; }
  CapBuilder& soft_at(int percent) { return cap_.soft_limit_percent = percent, *this; }
  CapBuilder& disabled() { return cap_.enabled = false, *this; }
  operator BudgetCap() const { return cap_; }
  BudgetCap cap() const { return cap_; }

 private:
  BudgetCap cap_;
};

inline CapBuilder a_cap(const std::string& name) {
  return CapBuilder(name);
}

/// The cap in October 2026 (UTC) with that much spent.
inline BudgetStanding standing_at(const BudgetCap& cap, const std::string& spent_usd) {
  BudgetStanding standing;
  standing.cap = cap;
  standing.status.cap_id = cap.id;
  standing.status.cap_version = cap.version;
  standing.status.period = days_of(month("2026-10"));
  standing.status.spent = parse_money(spent_usd);
  standing.status.colour = colour_of(cap, standing.status.spent);
  standing.time_zone = "UTC";
  standing.starts_at = at("2026-10-01T00:00:00Z");
  standing.ends_at = at("2026-11-01T00:00:00Z");
  return standing;
}

}  // namespace costd::test
