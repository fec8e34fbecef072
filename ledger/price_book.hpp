#pragma once
// Which price holds for a call: the live entries and the rule that picks one of them.

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "ledger/price_entry.hpp"

namespace costd {

/// `*` stands for any run of characters, `?` for one; everything else for itself.
bool matches_glob(std::string_view pattern, std::string_view text);
bool is_glob(std::string_view pattern);

/// What is being priced.
struct PriceQuestion {
  std::string model;
  std::string provider;
  ServiceTier tier = ServiceTier::standard;
  Day day{};
};

/// One entry looked at for a question, for `prices explain`.
struct PriceCandidate {
  PriceEntry entry;
  bool eligible = false;  ///< matches model, provider, tier and date
  std::string why;        ///< why it won, lost or does not apply
};

struct PriceExplanation {
  std::optional<PriceEntry> winner;
  std::vector<PriceCandidate> candidates;  ///< the winner first, then by the order of precedence
  std::vector<std::string> warnings;
};

/// Immutable; resolves by: provider-scoped before unscoped, exact name before glob, more literal
/// characters, later effective date, then pattern text, then the older entry.
class PriceBook {
 public:
  explicit PriceBook(std::vector<PriceEntry> entries);

  /// The entry in effect, or nothing: then the usage is unpriced. Never the price of another tier.
  const PriceEntry* find(const PriceQuestion& question) const;
  PriceExplanation explain(const PriceQuestion& question) const;

  const std::vector<PriceEntry>& entries() const { return entries_; }

 private:
  std::vector<PriceEntry> entries_;  ///< in order of precedence: the first eligible one wins
};

/// Rates for one class each, after the fallbacks of an entry in a context band.
struct ClassRates {
  std::int64_t input = 0;
  std::int64_t cache_read = 0;
  std::int64_t cache_write_5m = 0;
  std::int64_t cache_write_1h = 0;
  std::int64_t output = 0;
};

/// 1 h cache write -> cache write -> input; cache read -> input. In a long-context band, a class
/// without its own long-context price takes that band's input; the output takes the plain output.
ClassRates rates_for(const PriceEntry& entry, std::uint8_t context_band);

}  // namespace costd
