#include "ledger/price_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "ledger/context_band.hpp"

namespace costd {
namespace {

std::size_t literal_characters(std::string_view pattern) {
  return static_cast<std::size_t>(
      std::ranges::count_if(pattern, [](char c) { return c != '*' && c != '?'; }));
}

/// Smaller wins.
auto precedence(const PriceEntry& entry) {
  return std::tuple(entry.provider.empty(), is_glob(entry.model_pattern),
                    -static_cast<std::int64_t>(literal_characters(entry.model_pattern)),
                    -to_day_number(entry.effective_from), entry.model_pattern, entry.id);
}

/// Why the entry does not apply to the question; empty if it does.
std::string why_not(const PriceEntry& entry, const PriceQuestion& question) {
  if (!matches_glob(entry.model_pattern, question.model)) return "another model";
  if (!entry.provider.empty() && entry.provider != question.provider) {
    return "only for provider " + entry.provider;
  }
  if (entry.tier != question.tier) {
    return fmt::format("only for service tier {}", name_of(entry.tier));
  }
  if (entry.effective_from > question.day) {
    return "not in effect before " + format_day(entry.effective_from);
  }
  return {};
}

/// What the winner has over an eligible entry that lost.
std::string why_lost(const PriceEntry& loser, const PriceEntry& winner) {
  if (loser.provider.empty() != winner.provider.empty()) {
    return "the winner is scoped to the provider";
  }
  if (is_glob(loser.model_pattern) != is_glob(winner.model_pattern)) {
    return "the winner names the model exactly";
  }
  if (literal_characters(loser.model_pattern) != literal_characters(winner.model_pattern)) {
    return "the winner's pattern has more literal characters";
  }
  if (loser.effective_from != winner.effective_from) {
    return "the winner took effect later, on " + format_day(winner.effective_from);
  }
  if (loser.model_pattern != winner.model_pattern) return "the winner's pattern sorts first";
  return "the winner is the older entry";
}

bool is_tie(const PriceEntry& a, const PriceEntry& b) {
  return a.provider.empty() == b.provider.empty() &&
         is_glob(a.model_pattern) == is_glob(b.model_pattern) &&
         literal_characters(a.model_pattern) == literal_characters(b.model_pattern) &&
         a.effective_from == b.effective_from;
}

}  // namespace

bool is_glob(std::string_view pattern) {
  return pattern.find_first_of("*?") != std::string_view::npos;
}

bool matches_glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

PriceBook::PriceBook(std::vector<PriceEntry> entries) : entries_(std::move(entries)) {
  std::ranges::sort(entries_, {}, precedence);
}

const PriceEntry* PriceBook::find(const PriceQuestion& question) const {
  const auto found = std::ranges::find_if(
      entries_, [&](const PriceEntry& entry) { return why_not(entry, question).empty(); });
  return found == entries_.end() ? nullptr : &*found;
}

PriceExplanation PriceBook::explain(const PriceQuestion& question) const {
  PriceExplanation explanation;
  std::vector<PriceCandidate> others;
  for (const PriceEntry& entry : entries_) {
    if (!matches_glob(entry.model_pattern, question.model)) continue;
    const std::string reason = why_not(entry, question);
    if (!reason.empty()) {
      others.push_back({entry, false, reason});
    } else if (!explanation.winner) {
      explanation.winner = entry;
      explanation.candidates.push_back({entry, true, "in effect, and first by precedence"});
    } else {
      explanation.candidates.push_back({entry, true, why_lost(entry, *explanation.winner)});
      if (is_tie(entry, *explanation.winner)) {
        explanation.warnings.push_back(fmt::format(
            "\"{}\" and \"{}\" tie; the text of the pattern decided. Make one more exact.",
            explanation.winner->model_pattern, entry.model_pattern));
      }
    }
  }
  std::ranges::move(others, std::back_inserter(explanation.candidates));
  return explanation;
}

ClassRates rates_for(const PriceEntry& entry, std::uint8_t context_band) {
  const bool is_long = entry.long_context && context_band >= *band_above(entry.long_context->above);
  const Rates& rates = is_long ? entry.long_context->rates : entry.rates;
  ClassRates by_class;
  by_class.input = rates.input.value_or(entry.rates.input.value());
  by_class.output = rates.output.value_or(entry.rates.output.value());
  by_class.cache_read = rates.cache_read.value_or(by_class.input);
  by_class.cache_write_5m = rates.cache_write.value_or(by_class.input);
  by_class.cache_write_1h = rates.cache_write_1h.value_or(by_class.cache_write_5m);
  return by_class;
}

}  // namespace costd
