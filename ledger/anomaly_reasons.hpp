#pragma once
// Why a day cost other than expected: whether price, volume or mix moved, and who contributed most.
// Exact money throughout.

#include <span>
#include <string>
#include <vector>

#include "ledger/anomaly.hpp"

namespace costd {

/// Tokens of one class and what they cost, at one series of a set of days. Only priced usage.
struct SpendCell {
  std::string tenant;
  std::string api_key;
  std::string model;
  std::string provider;
  std::string token_class;  ///< "input", "cache read", "cache write", "output"
  std::int64_t tokens = 0;
  Money cost;
  std::string tier{};  ///< service tier
};

/// Parts of an impact that add up to it exactly: volume + mix + price = actual - expected.
///
/// With q and c the tokens and cost of an offering (model, provider, tier and token class) while it
/// lasted, p its price per token before, Q the sum of all q, and P the mean price per token before:
///   volume = P Q - expected        more or fewer tokens, at what a token cost on average
///   mix    = sum(p q) - P Q        other models, providers or classes than before
///   price  = actual - sum(p q)     another price for the same
/// An offering that was not used before has no price before, so its price has not moved. This is
/// the price-volume-mix analysis of management accounting (Horngren, Datar and Rajan, Cost
/// Accounting: sales-quantity, sales-mix and selling-price variances).
struct ImpactParts {
  Money volume;
  Money mix;
  Money price;
  friend bool operator==(const ImpactParts&, const ImpactParts&) = default;
};

/// `before` are reference days; their length does not matter, nor does the cost they had together.
ImpactParts split_impact(std::span<const SpendCell> before, std::span<const SpendCell> during,
                         Money expected);

/// A key, model, ... and what it cost beyond its share of what was expected; below it for a drop.
struct Contributor {
  std::string dimension;  ///< "tenantId", "apiKey", "model", "provider", "tokenClass"
  std::string value;
  Money impact;
  friend bool operator==(const Contributor&, const Contributor&) = default;
};
inline constexpr std::size_t contributors_of_a_dimension = 3;
inline constexpr const char* dimension_tenant = "tenantId";
inline constexpr const char* dimension_key = "apiKey";
inline constexpr const char* dimension_model = "model";
inline constexpr const char* dimension_provider = "provider";
inline constexpr const char* dimension_class = "tokenClass";

/// The largest contributors in the direction of the impact, three at most of a dimension, by
/// dimension in the order above. A dimension in which there is only one value says nothing and is
/// left out.
std::vector<Contributor> find_contributors(std::span<const SpendCell> before,
                                           std::span<const SpendCell> during, Money expected);

struct AnomalyReasons {
  ImpactParts parts;
  std::vector<Contributor> contributors;
  friend bool operator==(const AnomalyReasons&, const AnomalyReasons&) = default;
};
AnomalyReasons find_reasons(std::span<const SpendCell> before, std::span<const SpendCell> during,
                            Money expected);

/// One sentence: "$312.40 above the expected $120.00: more volume, mostly key key_6e41…7d56, model
/// m-large and output tokens." Keys are masked.
std::string describe_reasons(const AnomalyReasons& reasons, AnomalyClass kind, Money actual,
                             Money expected);

}  // namespace costd
