#pragma once
// Which price holds for a call: the live entries and the rule that picks one of them.

#include <functional>
#include <span>
#include <string>
#include <string_view>
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
  /// Looks only at entries whose text before the first wildcard begins the model's name.
  const PriceEntry* find(const PriceQuestion& question) const;
  PriceExplanation explain(const PriceQuestion& question) const;

  const std::vector<PriceEntry>& entries() const { return entries_; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::vector<PriceEntry> entries_;  ///< in order of precedence: the first eligible one wins
  /// Places in entries_, ascending, by the pattern's text before its first wildcard.
  std::unordered_map<std::string, std::vector<std::size_t>, TextHash, std::equal_to<>>
      by_beginning_;
  std::size_t longest_beginning_ = 0;
};

/// A warning for each glob among `globs` that sets the price of models which `listed` names with
/// other prices: `gpt-4o*` and `gpt-4o-mini`. `book` holds the globs and decides what they price.
/// A pattern in `listed` that ends in its only wildcard, `*`, names the model before it.
std::vector<std::string> warn_of_swallowed_models(const PriceBook& book,
                                                  std::span<const PriceEntry> globs,
                                                  std::span<const PriceEntry> listed);

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
