#include "config/sections.hpp"
#include "ledger/context_band.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

std::int64_t read_price(const YamlValue& value, const std::string& entry_name) {
  try {
    return parse_price(value.text());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::data) throw;
    value.fail(value.name() + " of " + entry_name + ": " + error.what());
  }
}

Rates read_rates(const YamlMap& map, const std::string& entry_name) {
  const auto find_price = [&](const char* key) -> std::optional<std::int64_t> {
    const std::optional<YamlValue> value = map.find(key);
    if (!value) return std::nullopt;
    return read_price(*value, entry_name);
  };
  for (const char* key : {"input", "output"}) {
    if (!map.find(key)) {
      map.self().fail(entry_name + " lacks '" + key + "'; add it (0 where it is free)");
    }
  }
  return {find_price("input"), find_price("output"), find_price("cache_read"),
          find_price("cache_write"), find_price("cache_write_1h")};
}

LongContext read_long_context(const YamlValue& block, const std::string& entry_name) {
  const YamlMap map =
      block.map({"above", "input", "output", "cache_read", "cache_write", "cache_write_1h"});
  const YamlValue above = map.get("above");
  const std::optional<std::int64_t> tokens = parse_integer_setting(above.text());
  if (!tokens || !band_above(*tokens)) {
    above.fail_as_written("which is no edge of a context band; write one of " + list_of_edges());
  }
  return {*tokens, read_rates(map, "'long_context' of " + entry_name)};
}

std::string read_pattern(const YamlValue& value) {
  std::string pattern = value.text();
  const std::string complaint = complaint_about_pattern(pattern);
  if (!complaint.empty()) value.fail_as_written(complaint);
  return pattern;
}

PriceEntry read_entry(const YamlMap& map, PriceOrigin origin) {
  PriceEntry entry;
  entry.origin = origin;
  entry.model_pattern = read_pattern(map.get("model"));
  const std::string name = "model \"" + show_setting(entry.model_pattern) + "\"";
  entry.provider = map.text_or("provider", "");
  const std::string tier =
      map.choice_or("service_tier", {"standard", "batch", "priority", "flex"}, "standard");
  entry.tier = *parse_service_tier(tier);
  if (!map.find("effective")) {
    map.self().fail(name +
                    " lacks 'effective'; add the first day of the price, such as "
                    "effective: 2026-01-01");
  }
  entry.effective_from = map.get("effective").day();
  entry.rates = read_rates(map, name);
  if (const auto block = map.find("long_context")) {
    entry.long_context = read_long_context(*block, name);
  }
  entry.source = map.text_or("source", "");
  return entry;
}

std::string describe_scope(const PriceEntry& entry) {
  const std::string provider = entry.provider.empty() ? "any provider" : entry.provider;
  return "model \"" + show_setting(entry.model_pattern) + "\" (" + show_setting(provider) + ", " +
         std::string(name_of(entry.tier)) + ")";
}

}  // namespace

std::vector<PriceEntry> read_prices(const YamlDocument& document, PriceOrigin origin) {
  const YamlMap file = YamlValue::root_of(document).map({"prices"});
  const Names keys{"model",        "provider",     "input",          "output",
                   "cache_read",   "cache_write",  "cache_write_1h", "effective",
                   "service_tier", "long_context", "source"};
  std::vector<PriceEntry> entries;
  std::map<std::string, int> lines;
  for (const YamlValue& item : file.get("prices").items()) {
    entries.push_back(read_entry(item.map(keys), origin));
    const PriceEntry& entry = entries.back();
    const auto [known, is_new] = lines.try_emplace(identity_of(entry), item.place().line);
    if (!is_new) {
      item.fail(describe_scope(entry) + " has two prices from " + format_day(entry.effective_from) +
                ", in lines " + std::to_string(known->second) + " and " +
                std::to_string(item.place().line) + "; remove one");
    }
  }
  return entries;
}

std::vector<PriceEntry> parse_price_file(std::string_view text, const std::string& file) {
  return read_prices(parse_yaml(text, file, price_yaml_limits), PriceOrigin::api);
}

std::vector<PriceEntry> load_price_file(const std::string& file) {
  return read_prices(load_yaml(file, price_yaml_limits), PriceOrigin::api);
}

}  // namespace costd
