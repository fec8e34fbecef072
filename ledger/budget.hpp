#pragma once
// Budget caps: what may be spent in a period, by whom, and how much of it is used.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/money.hpp"
#include "ledger/time/calendar.hpp"

namespace costd {

enum class BudgetPeriod { daily, weekly, monthly };
inline constexpr int budget_period_count = 3;
const char* name_of(BudgetPeriod period);  ///< "DAILY", "WEEKLY", "MONTHLY"
/// DAILY, WEEKLY, MONTHLY and the short DAY, WEEK, MONTH.
std::optional<BudgetPeriod> parse_budget_period(std::string_view text);
/// The day, ISO week or month that holds the day.
DayRange period_around(Day day, BudgetPeriod period);

/// Whose cap it is: the platform's, or one that a tenant gave itself below the platform's.
enum class ManagedBy { platform, tenant };
const char* name_of(ManagedBy managed_by);  ///< "PLATFORM", "TENANT"
std::optional<ManagedBy> parse_managed_by(std::string_view text);

/// Where it is written: caps of the configuration are read-only elsewhere.
enum class BudgetOrigin { config, api };
const char* name_of(BudgetOrigin origin);  ///< "config", "api"

/// The highest limit of a cap: ten quadrillion USD, whose cents still fit 64 bits.
inline constexpr Money budget_limit_max = Money::from_usd(10'000'000'000'000'000);
inline constexpr int soft_limit_percent_min = 1;
inline constexpr int soft_limit_percent_max = 100;

struct BudgetCap {
  std::string id;
  std::string name;     ///< each name once
  std::string tenant;   ///< "" = all tenants together
  std::string api_key;  ///< "" = the tenant as a whole; never without a tenant
  BudgetPeriod period = BudgetPeriod::monthly;
  Money limit;  ///< above zero, at most budget_limit_max
  int soft_limit_percent = 80;
  bool enabled = true;       ///< a disabled cap has figures, but governs nothing and alerts nobody
  std::int64_t version = 1;  ///< grows by 1 with each change
  ManagedBy managed_by = ManagedBy::platform;
  BudgetOrigin origin = BudgetOrigin::api;
  friend bool operator==(const BudgetCap&, const BudgetCap&) = default;
};

/// The cap counts the calls of that tenant and key: it is global, the tenant's or the key's own.
/// With a blank key, of the tenant as a whole.
bool governs(const BudgetCap& cap, const std::string& tenant, const std::string& api_key);

/// `percent` of the limit or more is spent.
bool is_crossed(const BudgetCap& cap, Money spent, int percent);

/// green below the soft limit, amber from it, red from the limit on.
enum class BudgetColour { green, amber, red };
const char* name_of(BudgetColour colour);
BudgetColour colour_of(const BudgetCap& cap, Money spent);

/// The cap's own fields as a JSON object, by the API's names; its version among them.
nlohmann::ordered_json fields_of(const BudgetCap& cap);
/// The same as text: what the audit log hashes.
std::string canonical_text(const BudgetCap& cap);

}  // namespace costd
