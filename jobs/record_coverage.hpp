#pragma once
// Which tenants' days can still be derived from raw records, and which the retention has thinned.

#include <map>
#include <set>
#include <string>

#include "ledger/billing_zones.hpp"
#include "ledger/store/usage_blocks.hpp"

namespace costd {

class RecordCoverage {
 public:
  /// `removed` are UTC days of which records are missing.
  RecordCoverage(const BillingZones& zones, std::set<BlockDay> removed)
      : zones_(zones), removed_(std::move(removed)) {}

  /// None of the UTC days that the tenant's local day lies in has lost records.
  bool is_whole(const std::string& tenant, Day day);

 private:
  const BillingZones& zones_;
  std::set<BlockDay> removed_;
  std::map<std::pair<Day, std::string>, bool> known_;
};

}  // namespace costd
