#include "ledger/price_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
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

/// The same as why_not without a word, the cheap conditions first.
bool is_eligible(const PriceEntry& entry, const PriceQuestion& question) {
  return entry.tier == question.tier && entry.effective_from <= question.day &&
         (entry.provider.empty() || entry.provider == question.provider) &&
         matches_glob(entry.model_pattern, question.model);
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

/// The exact name, or what stands before the `*` at the end; "" if the pattern names no one model.
std::string model_named_by(std::string_view pattern) {
  if (pattern.ends_with('*')) pattern.remove_suffix(1);
  return is_glob(pattern) ? "" : std::string(pattern);
}

std::string describe_rates(const Rates& rates) {
  const std::string cached =
      rates.cache_read ? ", " + format_price(*rates.cache_read) + " cached" : "";
  return fmt::format("{} in, {} out{}", format_price(*rates.input), format_price(*rates.output),
                     cached);
}

/// True if the glob prices the model although `own` lists it at other prices.
bool is_swallowed(const PriceBook& book, const PriceEntry& glob, const PriceEntry& own,
                  const std::string& model) {
  if (own.tier != glob.tier || own.model_pattern == glob.model_pattern) return false;
  if (own.rates == glob.rates && own.long_context == glob.long_context) return false;
  if (!matches_glob(glob.model_pattern, model)) return false;
  const std::string& provider = glob.provider.empty() ? own.provider : glob.provider;
  if (!own.provider.empty() && own.provider != provider) return false;
  const Day day = std::max(glob.effective_from, own.effective_from);
  const PriceEntry* const winner = book.find({model, provider, glob.tier, day});
  return winner != nullptr && winner->model_pattern == glob.model_pattern &&
         winner->provider == glob.provider;
}

std::string warning_of(const PriceEntry& glob,
                       const std::map<std::string, std::string>& swallowed) {
  constexpr std::size_t shown_max = 3;
  std::string models;
  std::size_t shown = 0;
  for (const auto& [model, price] : swallowed) {
    if (shown++ == shown_max) break;
    models += fmt::format("{}{} ({})", models.empty() ? "" : ", ", model, price);
  }
  if (swallowed.size() > shown_max) {
    models += fmt::format(" and {} more", swallowed.size() - shown_max);
  }
  const char* const remedy =
      swallowed.size() == 1
          ? "which has a list price of its own; add an entry that names it exactly"
          : "which have list prices of their own; add entries that name them exactly";
  return fmt::format("the pattern \"{}\" ({}) also prices {}, {}", glob.model_pattern,
                     describe_rates(glob.rates), models, remedy);
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
  for (std::size_t place = 0; place < entries_.size(); ++place) {
    const std::string& pattern = entries_[place].model_pattern;
    const std::string beginning = pattern.substr(0, pattern.find_first_of("*?"));
    longest_beginning_ = std::max(longest_beginning_, beginning.size());
    by_beginning_[beginning].push_back(place);
  }
}

const PriceEntry* PriceBook::find(const PriceQuestion& question) const {
  std::size_t best = entries_.size();
  const std::string_view model = question.model;
  const std::size_t longest = std::min(model.size(), longest_beginning_);
  for (std::size_t length = 0; length <= longest; ++length) {
    const auto found = by_beginning_.find(model.substr(0, length));
    if (found == by_beginning_.end()) continue;
    for (const std::size_t place : found->second) {
      if (place >= best) break;
      if (!is_eligible(entries_[place], question)) continue;
      best = place;
      break;
    }
  }
  return best == entries_.size() ? nullptr : &entries_[best];
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

std::vector<std::string> warn_of_swallowed_models(const PriceBook& book,
                                                  std::span<const PriceEntry> globs,
                                                  std::span<const PriceEntry> listed) {
  std::vector<std::string> warnings;
  for (const PriceEntry& glob : globs) {
    if (!is_glob(glob.model_pattern)) continue;
    std::map<std::string, std::string> swallowed;  // by model: its own price
    for (const PriceEntry& own : listed) {
      const std::string model = model_named_by(own.model_pattern);
      if (model.empty() || !is_swallowed(book, glob, own, model)) continue;
      swallowed.try_emplace(model, describe_rates(own.rates));
    }
    if (!swallowed.empty()) warnings.push_back(warning_of(glob, swallowed));
  }
  return warnings;
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
