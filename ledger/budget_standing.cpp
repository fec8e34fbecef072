#include "ledger/budget_standing.hpp"

#include <algorithm>

namespace costd {
namespace {

std::string scope_of(const std::string& tenant, const std::string& api_key) {
  return tenant + '\0' + api_key;
}

int128 floor_quotient(int128 a, int128 b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

const std::string& id_of(const ApplicableCap& cap) {
  return cap.standing->cap.id;
}
Money limit_of(const ApplicableCap& cap) {
  return cap.standing->cap.limit;
}

bool has_less_remaining(const ApplicableCap& a, const ApplicableCap& b) {
  if (a.remaining() != b.remaining()) return a.remaining() < b.remaining();
  const int ratio = compare_ratios(a.spent, limit_of(a), b.spent, limit_of(b));
  return ratio != 0 ? ratio > 0 : id_of(a) < id_of(b);
}

bool has_smaller_limit(const ApplicableCap& a, const ApplicableCap& b) {
  return limit_of(a) != limit_of(b) ? limit_of(a) < limit_of(b) : id_of(a) < id_of(b);
}

bool has_higher_utilisation(const ApplicableCap& a, const ApplicableCap& b) {
  const int ratio = compare_ratios(a.spent, limit_of(a), b.spent, limit_of(b));
  return ratio != 0 ? ratio > 0 : id_of(a) < id_of(b);
}

BudgetVerdict verdict_of(BudgetColour worst) {
  switch (worst) {
    case BudgetColour::green:
      return BudgetVerdict::allow;
    case BudgetColour::amber:
      return BudgetVerdict::warn;
    case BudgetColour::red:
      return BudgetVerdict::block;
  }
  return BudgetVerdict::allow;
}

/// Of caps in the order of their ids.
std::optional<TightestCaps> find_tightest(const std::vector<ApplicableCap>& applicable) {
  if (applicable.empty()) return std::nullopt;
  const auto first_by = [&](auto is_before) {
    return *std::ranges::min_element(applicable, is_before);
  };
  return TightestCaps{first_by(has_less_remaining), first_by(has_smaller_limit),
                      first_by(has_higher_utilisation)};
}

}  // namespace

const char* name_of(BudgetVerdict verdict) {
  switch (verdict) {
    case BudgetVerdict::allow:
      return "allow";
    case BudgetVerdict::warn:
      return "warn";
    case BudgetVerdict::block:
      return "block";
  }
  return "allow";
}

int compare_ratios(Money first, Money second, Money third, Money fourth) {
  // Continued fractions: the products would not fit 128 bits.
  int128 a = first.picos();
  int128 b = second.picos();
  int128 c = third.picos();
  int128 d = fourth.picos();
  for (;;) {
    const int128 ab = floor_quotient(a, b);
    const int128 cd = floor_quotient(c, d);
    if (ab != cd) return ab < cd ? -1 : 1;
    const int128 rest_ab = a - ab * b;
    const int128 rest_cd = c - cd * d;
    if (rest_ab == 0 || rest_cd == 0) return (rest_ab != 0) - (rest_cd != 0);
    // rest_ab/b against rest_cd/d is as d/rest_cd against b/rest_ab.
    a = d;
    c = b;
    b = rest_cd;
    d = rest_ab;
  }
}

BudgetStandings::BudgetStandings(std::vector<BudgetStanding> standings, Instant computed_at,
                                 std::unordered_set<std::string> tenants)
    : standings_(std::move(standings)), computed_at_(computed_at), tenants_(std::move(tenants)) {
  by_id_.reserve(standings_.size());
  enabled_by_scope_.reserve(standings_.size());
  for (std::size_t n = 0; n < standings_.size(); ++n) {
    const BudgetCap& cap = standings_[n].cap;
    by_id_.emplace(cap.id, n);
    if (!cap.tenant.empty()) tenants_.insert(cap.tenant);
    if (cap.enabled) enabled_by_scope_[scope_of(cap.tenant, cap.api_key)].push_back(n);
  }
}

const BudgetStanding* BudgetStandings::find(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &standings_[found->second];
}

void BudgetStandings::add_applicable(const std::string& scope, Instant now,
                                     std::vector<ApplicableCap>& applicable) const {
  const auto found = enabled_by_scope_.find(scope);
  if (found == enabled_by_scope_.end()) return;
  for (const std::size_t n : found->second) {
    const BudgetStanding& standing = standings_[n];
    if (now < standing.ends_at) {
      applicable.push_back({&standing, standing.status.spent, standing.status.colour});
    } else {
      applicable.push_back({&standing, Money(), BudgetColour::green});
    }
  }
}

BudgetDecision without_global_caps(BudgetDecision decision) {
  std::erase_if(decision.applicable, [](const ApplicableCap& applicable) {
    return applicable.standing->cap.tenant.empty();
  });
  decision.tightest = find_tightest(decision.applicable);
  return decision;
}

BudgetDecision BudgetStandings::decide(const std::string& tenant, const std::string& api_key,
                                       Instant now) const {
  BudgetDecision decision;
  decision.tenant_known = tenants_.contains(tenant);
  auto& applicable = decision.applicable;
  add_applicable(scope_of("", ""), now, applicable);
  if (!tenant.empty()) {
    add_applicable(scope_of(tenant, ""), now, applicable);
    if (!api_key.empty()) add_applicable(scope_of(tenant, api_key), now, applicable);
  }
  if (applicable.empty()) return decision;
  std::ranges::sort(applicable, {}, id_of);
  decision.tightest = find_tightest(applicable);
  decision.verdict = verdict_of(std::ranges::max(applicable, {}, &ApplicableCap::colour).colour);
  return decision;
}

}  // namespace costd
