#include "config/sections.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

const Names anomaly_keys{"threshold_percent", "min_impact", "planned_events"};

/// The value at the end of dvara: { llm-gateway: { finops: { anomaly-threshold-pct: ... } } }.
std::optional<YamlValue> find_nested_threshold(const YamlMap& file) {
  std::optional<YamlValue> value = file.find("dvara");
  for (const char* key : {"llm-gateway", "finops", "anomaly-threshold-pct"}) {
    if (!value) return std::nullopt;
    value = value->map({key}).find(key);
  }
  return value;
}

std::optional<YamlValue> find_own_threshold(const YamlMap& file) {
  const std::optional<YamlValue> block = file.find("anomalies");
  if (!block) return std::nullopt;
  return block->map(anomaly_keys).find("threshold_percent");
}

}  // namespace

void read_billing(const YamlValue& block, Settings& settings) {
  const YamlMap billing = block.map({"currency", "time_zone", "grace"});
  settings.currency = billing.choice_or("currency", {"USD"}, settings.currency);
  if (const auto zone = billing.find("time_zone")) settings.time_zone = read_time_zone(*zone);
  const std::optional<YamlValue> grace = billing.find("grace");
  if (!grace) return;
  constexpr std::chrono::hours grace_max{90 * 24};
  const std::chrono::seconds given = grace->duration();
  settings.grace = std::chrono::duration_cast<std::chrono::hours>(given);
  if (settings.grace != given || given > grace_max) {
    grace->fail_as_written("not whole hours up to 90d; write one such as 72h");
  }
}

std::string read_anomaly_threshold(const YamlMap& file, std::string missing) {
  std::optional<YamlValue> first;
  for (const auto& value :
       {find_own_threshold(file), file.find(gateway_threshold_key), find_nested_threshold(file)}) {
    if (!value) continue;
    const std::string percent = read_percent(*value);
    if (first && percent != read_percent(*first)) {
      value->fail_as_written("but line " + std::to_string(first->place().line) + " sets " +
                             read_percent(*first) + "; keep one of the two");
    }
    if (!first) first = value;
  }
  return first ? read_percent(*first) : std::move(missing);
}

std::optional<Money> read_anomaly_impact(const YamlMap& file) {
  const std::optional<YamlValue> block = file.find("anomalies");
  const auto impact = block ? block->map(anomaly_keys).find("min_impact") : std::nullopt;
  if (!impact) return std::nullopt;
  try {
    const Money amount = parse_money(impact->text());
    if (!amount.is_negative()) return amount;
  } catch (const Error&) {
    // Falls through to the one message for every amount that cannot be meant.
  }
  impact->fail_as_written("no amount of US dollars; write one such as 10");
}

std::vector<PlannedEventSettings> read_planned_events(const YamlMap& file) {
  const std::optional<YamlValue> block = file.find("anomalies");
  const auto list = block ? block->map(anomaly_keys).find("planned_events") : std::nullopt;
  if (!list) return {};
  std::vector<PlannedEventSettings> events;
  UniqueNames names;
  for (const YamlValue& item : list->items()) {
    const YamlMap map = item.map({"name", "first_day", "last_day", "tenant", "model"});
    const YamlValue name = map.get("name");
    names.add(name);
    const Day first = map.get("first_day").day();
    const auto last_value = map.find("last_day");
    const Day last = last_value ? last_value->day() : first;
    if (last < first) {
      last_value->fail_as_written("before first_day; write the first day of the event first");
    }
    PlannedEventSettings event{name.text(), {first, last + std::chrono::days(1)}, "", ""};
    if (const auto tenant = map.find("tenant")) event.tenant = tenant->text();
    if (const auto model = map.find("model")) event.model = model->text();
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace costd
