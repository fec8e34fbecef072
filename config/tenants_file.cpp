#include "config/sections.hpp"

namespace costd {
namespace {

std::vector<NamedKey> read_keys(const YamlValue& list) {
  std::vector<NamedKey> keys;
  UniqueNames ids;
  for (const YamlValue& item : list.items()) {
    const YamlMap entry = item.map({"id", "name"});
    ids.add(entry.get("id"));
    keys.push_back({entry.get("id").text(), entry.text_or("name", "")});
  }
  return keys;
}

std::map<std::string, std::string> read_metadata(const YamlValue& block) {
  std::map<std::string, std::string> metadata = block.pairs();
  for (const YamlValue& value : block.values()) {
    if (value.name() == "'" + std::string(anomaly_threshold_key) + "'") {
      metadata[anomaly_threshold_key] = read_percent(value);
    }
    // Anything but a clear word would lift the hold unnoticed.
    if (value.name() == "'" + std::string(legal_hold_key) + "'") value.boolean();
  }
  return metadata;
}

TenantSettings read_settings(const YamlValue& block) {
  const auto& areas = tenant_setting_areas();
  const YamlMap map = block.map({areas.begin(), areas.end()});
  TenantSettings settings;
  for (const std::string_view area : areas) {
    if (const auto pairs = map.find(area)) settings.emplace(area, pairs->pairs());
  }
  return settings;
}

Tenant read_tenant(const YamlMap& entry) {
  Tenant tenant;
  tenant.id = entry.get("id").text();
  tenant.name = entry.text_or("name", "");
  tenant.region = entry.text_or("region", "");
  if (const auto zone = entry.find("time_zone")) tenant.time_zone = read_time_zone(*zone);
  if (const auto metadata = entry.find("metadata")) tenant.metadata = read_metadata(*metadata);
  if (const auto settings = entry.find("settings")) tenant.settings = read_settings(*settings);
  if (const auto hold = entry.find("legal_hold"); hold && hold->boolean()) {
    tenant.metadata[legal_hold_key] = "true";
  }
  if (const auto keys = entry.find("api_keys")) tenant.api_keys = read_keys(*keys);
  return tenant;
}

}  // namespace

std::vector<Tenant> read_tenants(const YamlDocument& document) {
  const YamlMap file = YamlValue::root_of(document).map({"tenants"});
  std::vector<Tenant> tenants;
  UniqueNames ids;
  for (const YamlValue& item : file.get("tenants").items()) {
    const YamlMap entry = item.map(
        {"id", "name", "region", "time_zone", "metadata", "settings", "legal_hold", "api_keys"});
    tenants.push_back(read_tenant(entry));
    ids.add(entry.get("id"));
  }
  return tenants;
}

}  // namespace costd
