#include "config/litellm_price_map.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "config/litellm_map_reader.hpp"
#include "config/words.hpp"
#include "ledger/context_band.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::string_view not_by_token = "not priced by the token";
constexpr std::string_view half_a_price = "only one of input and output";
constexpr std::string_view other_units = "other units beside the tokens";
constexpr std::string_view no_number = "price that cannot be represented";
constexpr std::string_view own_reasoning = "reasoning tokens at a price of their own";
constexpr std::string_view no_edge = "long context that begins at no band edge";
constexpr std::string_view many_steps = "several long-context steps";
constexpr std::string_view no_provider = "no provider named";
constexpr std::string_view no_plain_name = "name that is no plain model name";
constexpr std::string_view unequal = "two keys for one model at unequal prices";

enum class PriceClass { input, output, cache_read, cache_write, cache_write_1h };

/// What a field's name says: "input_cost_per_token_above_272k_tokens_priority".
struct FieldName {
  std::string base;
  ServiceTier tier = ServiceTier::standard;
  std::optional<std::int64_t> above;
  bool is_one_hour = false;
};

bool take_suffix(std::string& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.resize(text.size() - suffix.size());
  return true;
}

/// Takes "_above_200k_tokens" off the end; the tokens, 0 where they are no number.
std::optional<std::int64_t> take_threshold(std::string& text) {
  constexpr std::string_view above = "_above_";
  constexpr std::string_view tokens = "_tokens";
  const std::size_t at = text.rfind(above);
  if (at == std::string::npos || !text.ends_with(tokens)) return std::nullopt;
  const std::string number = text.substr(at + above.size(),
                                         text.size() - at - above.size() - tokens.size());
  text.resize(at);
  std::int64_t count = 0;
  const char* const end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, count);
  if (error != std::errc{} || stop + 1 != end || count > 1'000'000) return 0;
  if (*stop == 'k') return count * 1'000;
  if (*stop == 'm') return count * 1'000'000;
  return 0;
}

FieldName parse_field(const std::string& name) {
  FieldName field;
  field.base = name;
  for (bool goes_on = true; goes_on;) {
    goes_on = false;
    for (const auto& [suffix, tier] :
         {std::pair{"_batches", ServiceTier::batch}, std::pair{"_priority", ServiceTier::priority},
          std::pair{"_flex", ServiceTier::flex}}) {
      if (!take_suffix(field.base, suffix)) continue;
      field.tier = tier;
      goes_on = true;
    }
    if (take_suffix(field.base, "_above_1hr")) field.is_one_hour = goes_on = true;
    if (const auto above = take_threshold(field.base)) {
      field.above = above;
      goes_on = true;
    }
  }
  return field;
}

std::optional<PriceClass> class_of(const FieldName& field) {
  if (field.base == "cache_creation_input_token_cost") {
    return field.is_one_hour ? PriceClass::cache_write_1h : PriceClass::cache_write;
  }
  if (field.is_one_hour) return std::nullopt;
  if (field.base == "input_cost_per_token") return PriceClass::input;
  if (field.base == "output_cost_per_token") return PriceClass::output;
  if (field.base == "cache_read_input_token_cost") return PriceClass::cache_read;
  return std::nullopt;
}

std::optional<std::int64_t>& rate_of(Rates& rates, PriceClass price_class) {
  switch (price_class) {
    case PriceClass::input:
      return rates.input;
    case PriceClass::output:
      return rates.output;
    case PriceClass::cache_read:
      return rates.cache_read;
    case PriceClass::cache_write:
      return rates.cache_write;
    case PriceClass::cache_write_1h:
      break;
  }
  return rates.cache_write_1h;
}

/// One tier of one model while its fields come in.
struct Tier {
  Rates plain;
  std::map<std::int64_t, Rates> by_threshold;
};

/// LiteLLM's names for other ways to the same provider.
std::string provider_of(const std::string& name) {
  if (name == "bedrock_converse") return "bedrock";
  if (name == "text-completion-openai") return "openai";
  if (name == "cohere_chat") return "cohere";
  if (name == "azure_text") return "azure";
  if (name.starts_with("vertex_ai-")) return "vertex_ai";
  return name;
}

/// The key without "provider/" in front.
std::string model_of(const std::string& key, const std::string& map_provider) {
  for (const std::string& provider : {map_provider, provider_of(map_provider)}) {
    if (key.starts_with(provider + "/")) return key.substr(provider.size() + 1);
  }
  return key;
}

/// Turns the map's models into entries one by one.
class Importer {
 public:
  explicit Importer(Day effective) : effective_(effective) {}

  void add(const MapModel& model) {
    if (model.key == "sample_spec") return;
    ++result_.models;
    const auto provider = model.texts.find("litellm_provider");
    if (provider == model.texts.end() || provider->second.empty()) {
      return leave_out(model.key, no_provider, "add litellm_provider");
    }
    PriceEntry entry;
    entry.model_pattern = model_of(model.key, provider->second);
    entry.provider = provider_of(provider->second);
    entry.effective_from = effective_;
    entry.source = "LiteLLM price map";
    if (const auto page = model.texts.find("source"); page != model.texts.end()) {
      entry.source += ", " + page->second;
    }
    if (is_glob(entry.model_pattern) || !complaint_about_pattern(entry.model_pattern).empty()) {
      return leave_out(model.key, no_plain_name, entry.model_pattern);
    }
    add_tiers(model, entry);
  }

  LitellmPrices take() {
    for (auto& [identity, found] : found_) {
      if (found.is_unequal) continue;
      result_.entries.push_back(std::move(found.entry));
    }
    return std::move(result_);
  }

 private:
  struct Found {
    PriceEntry entry;
    std::string key;
    bool is_unequal = false;
  };

  static bool is_glob(const std::string& name) {
    return name.find_first_of("*?") != std::string::npos;
  }

  void leave_out(const std::string& model, std::string_view reason, const std::string& detail) {
    result_.left_out.push_back({model, std::string(reason), detail});
  }

  void add_tiers(const MapModel& model, const PriceEntry& shared) {
    std::map<ServiceTier, Tier> tiers;
    std::string others;
    for (const auto& [name, text] : model.numbers) {
      const FieldName field = parse_field(name);
      const auto price_class = class_of(field);
      if (!price_class) {
        const bool is_price = name.find("cost") != std::string::npos && !is_zero(text);
        if (!is_price || is_harmless(model, name, text)) continue;
        others += (others.empty() ? "" : ", ") + name;
        continue;
      }
      try {
        Tier& tier = tiers[field.tier];
        Rates& rates = field.above ? tier.by_threshold[*field.above] : tier.plain;
        rate_of(rates, *price_class) = parse_price_per_token(text);
      } catch (const Error& error) {
        return leave_out(model.key, no_number, name + ": " + error.what());
      }
    }
    for (const std::string& name : model.nested) {
      if (name.find("cost") == std::string::npos && name != "tiered_pricing") continue;
      others += (others.empty() ? "" : ", ") + name;
    }
    const Rates standard = tiers[ServiceTier::standard].plain;
    if (is_priced_otherwise(standard, others)) {
      return leave_out(model.key, not_by_token, others.empty() ? "no price at all" : others);
    }
    if (others.find("output_cost_per_reasoning_token") != std::string::npos) {
      return leave_out(model.key, own_reasoning, others);
    }
    if (model.nested.contains("tiered_pricing")) {
      return leave_out(model.key, many_steps, "tiered_pricing");
    }
    if (!others.empty()) leave_out(model.key, other_units, others);
    for (auto& [tier, prices] : tiers) add_tier(model, shared, tier, prices);
  }

  static bool is_zero(const std::string& text) {
    return text.find_first_of("123456789") == std::string::npos ||
           text.find_first_of("123456789") > text.find_first_of("eE");
  }

  /// Reasoning at the output's price is what costd does; it is no price of its own.
  static bool is_harmless(const MapModel& model, const std::string& name, const std::string& text) {
    if (!name.starts_with("output_cost_per_reasoning_token")) return false;
    std::string output = name;
    output.replace(0, std::string_view("output_cost_per_reasoning_token").size(),
                   "output_cost_per_token");
    const auto plain = model.numbers.find(output);
    return plain != model.numbers.end() && plain->second == text;
  }

  /// No price by token, or only zeros beside prices by other units.
  static bool is_priced_otherwise(const Rates& standard, const std::string& others) {
    const bool has_none = !standard.input && !standard.output;
    const bool is_free = standard.input.value_or(0) == 0 && standard.output.value_or(0) == 0;
    return has_none || (is_free && !others.empty());
  }

  void add_tier(const MapModel& model, const PriceEntry& shared, ServiceTier tier, Tier& prices) {
    PriceEntry entry = shared;
    entry.tier = tier;
    entry.rates = prices.plain;
    const std::string name(name_of(tier));
    const auto mode = model.texts.find("mode");
    const bool only_reads = mode != model.texts.end() && mode->second == "embedding";
    if (entry.rates.input && !entry.rates.output && only_reads) entry.rates.output = 0;
    if (!entry.rates.input || !entry.rates.output) {
      return leave_out(model.key, half_a_price, name);
    }
    if (prices.by_threshold.size() > 1) return leave_out(model.key, many_steps, name);
    for (auto& [above, rates] : prices.by_threshold) {
      if (!band_above(above)) {
        return leave_out(model.key, no_edge,
                         name + ": above " + std::to_string(above) + ", none of " +
                             list_of_edges());
      }
      // The map's rule: a class without a price above the threshold keeps its plain one.
      if (!rates.input) rates.input = entry.rates.input;
      if (!rates.output) rates.output = entry.rates.output;
      if (!rates.cache_read) rates.cache_read = entry.rates.cache_read;
      if (!rates.cache_write) rates.cache_write = entry.rates.cache_write;
      if (!rates.cache_write_1h) rates.cache_write_1h = entry.rates.cache_write_1h;
      entry.long_context = LongContext{above, rates};
    }
    keep(model.key, std::move(entry));
  }

  void keep(const std::string& key, PriceEntry entry) {
    const auto [at, is_new] = found_.try_emplace(identity_of(entry), Found{entry, key});
    Found& found = at->second;
    if (is_new) return;
    if (found.entry.rates == entry.rates && found.entry.long_context == entry.long_context) {
      ++result_.merged;
      return;
    }
    const std::string tier(name_of(entry.tier));
    if (!found.is_unequal) leave_out(found.key, unequal, tier + ": also " + key);
    leave_out(key, unequal, tier + ": also " + found.key);
    found.is_unequal = true;
  }

  Day effective_;
  std::map<std::string, Found> found_;
  LitellmPrices result_;
};

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw Error(ErrorCode::data, "price \"" + show_setting(text) + "\" per token: " + why);
}

/// Decimal digits and the power of ten they are to be multiplied by.
struct Decimal {
  std::string digits;
  int exponent = 0;
};

Decimal parse_decimal(std::string_view text) {
  if (text.starts_with('-')) refuse(text, "a price cannot be negative");
  Decimal decimal;
  const std::size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    std::string_view power = text.substr(e + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(power.data(), power.data() + power.size(), decimal.exponent);
    if (error != std::errc{} || end != power.data() + power.size()) refuse(text, "no number");
  }
  bool after_point = false;
  for (const char c : text.substr(0, e)) {
    if (c == '.' && !after_point) {
      after_point = true;
    } else if (c >= '0' && c <= '9') {
      decimal.digits += c;
      if (after_point) --decimal.exponent;
    } else {
      refuse(text, "no number");
    }
  }
  if (decimal.digits.empty()) refuse(text, "no number");
  while (decimal.digits.ends_with('0')) {
    decimal.digits.pop_back();
    ++decimal.exponent;
  }
  decimal.digits.erase(0, decimal.digits.find_first_not_of('0'));
  return decimal;
}

}  // namespace

std::int64_t parse_price_per_token(std::string_view text) {
  // Per million tokens, in millionths of a USD: twelve places.
  constexpr int places = 12;
  constexpr std::size_t digits_max = 13;  // of the largest price
  Decimal decimal = parse_decimal(text);
  if (decimal.digits.empty()) return 0;
  const int zeros = decimal.exponent + places;
  if (zeros < 0) refuse(text, "more than 6 decimals of USD per million tokens");
  if (decimal.digits.size() + static_cast<std::size_t>(zeros) > digits_max) {
    refuse(text, "more than 1000000 USD per million tokens");
  }
  decimal.digits.append(static_cast<std::size_t>(zeros), '0');
  std::int64_t micros = 0;
  for (const char c : decimal.digits) micros = micros * 10 + (c - '0');
  if (micros > price_micros_per_mtok_max) refuse(text, "more than 1000000 USD per million tokens");
  return micros;
}

bool is_litellm_price_map(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t brace = text.find_first_not_of(blanks);
  if (brace == std::string_view::npos || text[brace] != '{') return false;
  const std::size_t key = text.find_first_not_of(blanks, brace + 1);
  if (key == std::string_view::npos || text[key] != '"') return false;
  return !text.substr(key).starts_with("\"prices\"");
}

LitellmPrices read_litellm_price_map(std::string_view text, const std::string& file,
                                     Day effective) {
  Importer importer(effective);
  read_map_models(text, file, [&](const MapModel& model) { importer.add(model); });
  return importer.take();
}

}  // namespace costd
