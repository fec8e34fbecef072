#include "ledger/anomaly_reasons.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "ledger/mask.hpp"

namespace costd {
namespace {

/// A part of at least this many percent of the impact is named.
constexpr int named_percent = 25;
constexpr int mostly_percent = 50;

struct Sum {
  std::int64_t tokens = 0;
  Money cost;
  void add(const SpendCell& cell) {
    tokens += cell.tokens;
    cost += cell.cost;
  }
};

using Offering = std::tuple<std::string, std::string, std::string, std::string>;

std::map<Offering, Sum> by_offering(std::span<const SpendCell> cells) {
  std::map<Offering, Sum> sums;
  for (const SpendCell& cell : cells) {
    sums[{cell.model, cell.provider, cell.tier, cell.token_class}].add(cell);
  }
  return sums;
}

Sum sum_of(std::span<const SpendCell> cells) {
  Sum sum;
  for (const SpendCell& cell : cells) sum.add(cell);
  return sum;
}

Money magnitude(Money amount) {
  return amount.is_negative() ? -amount : amount;
}

/// part of whole, as a share of `of`; in micro-USD, so that no product overflows.
Money share_of(Money part, Money whole, Money of) {
  constexpr std::int64_t micro = picos_per_usd / 1'000'000;
  if (whole.picos() / micro == 0) return Money{};
  return Money::from_picos(part.picos() * (of.picos() / micro) / (whole.picos() / micro));
}

std::string value_in(const SpendCell& cell, const std::string& dimension) {
  if (dimension == dimension_tenant) return cell.tenant;
  if (dimension == dimension_key) return cell.api_key;
  if (dimension == dimension_model) return cell.model;
  if (dimension == dimension_provider) return cell.provider;
  return cell.token_class;
}

/// At least so many percent of the impact, and in its direction.
bool is_share(Money part, Money impact, int percent) {
  return part.is_negative() == impact.is_negative() &&
         magnitude(part) * 100 >= magnitude(impact) * percent;
}

std::vector<Contributor> contributors_in(const std::string& dimension,
                                         std::span<const SpendCell> before,
                                         std::span<const SpendCell> during, Money expected) {
  std::map<std::string, Money> impacts;
  for (const SpendCell& cell : during) impacts[value_in(cell, dimension)] += cell.cost;
  const Sum all = sum_of(before);
  for (const SpendCell& cell : before) {
    impacts[value_in(cell, dimension)] -= share_of(cell.cost, all.cost, expected);
  }
  if (impacts.size() < 2) return {};
  const bool down = sum_of(during).cost < expected;
  std::vector<Contributor> found;
  for (const auto& [value, impact] : impacts) {
    if (!impact.is_zero() && impact.is_negative() == down) {
      found.push_back({dimension, value, impact});
    }
  }
  std::ranges::stable_sort(found, [](const Contributor& a, const Contributor& b) {
    return magnitude(a.impact) > magnitude(b.impact);
  });
  if (found.size() > contributors_of_a_dimension) found.resize(contributors_of_a_dimension);
  return found;
}

std::string dollars(Money amount) {
  return "$" + format_cents(round_to_cents(amount));
}

std::string moved(const ImpactParts& parts, Money impact) {
  std::vector<std::string> words;
  const bool up = !impact.is_negative();
  if (is_share(parts.volume, impact, named_percent)) {
    words.emplace_back(up ? "more volume" : "less volume");
  }
  if (is_share(parts.mix, impact, named_percent)) {
    words.emplace_back(up ? "a dearer mix" : "a cheaper mix");
  }
  if (is_share(parts.price, impact, named_percent)) {
    words.emplace_back(up ? "higher prices" : "lower prices");
  }
  return fmt::format("{}", fmt::join(words, " and "));
}

std::string named(const Contributor& contributor) {
  const std::string& value = contributor.value;
  if (contributor.dimension == dimension_tenant) return "tenant " + value;
  if (contributor.dimension == dimension_key) return "key " + mask_key(value);
  if (contributor.dimension == dimension_class) return value + " tokens";
  return contributor.dimension + " " + value;
}

/// The first contributor of each dimension, where it makes most of the impact.
std::string mostly(const std::vector<Contributor>& contributors, Money impact) {
  std::vector<std::string> words;
  std::string dimension;
  for (const Contributor& contributor : contributors) {
    if (contributor.dimension == dimension) continue;
    dimension = contributor.dimension;
    if (is_share(contributor.impact, impact, mostly_percent)) words.push_back(named(contributor));
  }
  if (words.size() < 2) return words.empty() ? "" : words.front();
  const std::string last = words.back();
  words.pop_back();
  return fmt::format("{} and {}", fmt::join(words, ", "), last);
}

}  // namespace

ImpactParts split_impact(std::span<const SpendCell> before, std::span<const SpendCell> during,
                         Money expected) {
  const Sum was = sum_of(before);
  const Sum is = sum_of(during);
  if (was.tokens <= 0 || was.cost.is_zero()) return {is.cost - expected, Money{}, Money{}};
  const auto offerings_before = by_offering(before);
  Money at_prices_before;
  for (const auto& [offering, now] : by_offering(during)) {
    const auto then = offerings_before.find(offering);
    const bool had_price = then != offerings_before.end() && then->second.tokens > 0;
    at_prices_before +=
        had_price ? scale(then->second.cost, now.tokens, then->second.tokens) : now.cost;
  }
  const Money at_mean_price = scale(was.cost, is.tokens, was.tokens);
  return {at_mean_price - expected, at_prices_before - at_mean_price, is.cost - at_prices_before};
}

std::vector<Contributor> find_contributors(std::span<const SpendCell> before,
                                           std::span<const SpendCell> during, Money expected) {
  std::vector<Contributor> all;
  for (const char* dimension :
       {dimension_tenant, dimension_key, dimension_model, dimension_provider, dimension_class}) {
    for (Contributor& one : contributors_in(dimension, before, during, expected)) {
      all.push_back(std::move(one));
    }
  }
  return all;
}

AnomalyReasons find_reasons(std::span<const SpendCell> before, std::span<const SpendCell> during,
                            Money expected) {
  return {split_impact(before, during, expected), find_contributors(before, during, expected)};
}

std::string describe_reasons(const AnomalyReasons& reasons, AnomalyClass kind, Money actual,
                             Money expected) {
  const Money impact = actual - expected;
  std::string text = kind == AnomalyClass::new_spend
                         ? fmt::format("{} where nothing was spent before", dollars(actual))
                         : fmt::format("{} {} the expected {}", dollars(magnitude(impact)),
                                       impact.is_negative() ? "below" : "above", dollars(expected));
  std::vector<std::string> words;
  // New spend is volume, as there was no price and no mix before.
  if (kind != AnomalyClass::new_spend) words.push_back(moved(reasons.parts, impact));
  const std::string who = mostly(reasons.contributors, impact);
  if (!who.empty()) words.push_back("mostly " + who);
  std::erase(words, "");
  if (!words.empty()) text += fmt::format(": {}", fmt::join(words, ", "));
  return text + ".";
}

}  // namespace costd
