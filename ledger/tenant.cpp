#include "ledger/tenant.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace costd {

const char* name_of(TenantOrigin origin) {
  static constexpr std::array names{"file", "api", "usage"};
  return names.at(static_cast<std::size_t>(origin));
}

const std::vector<std::string_view>& tenant_setting_areas() {
  static const std::vector<std::string_view> areas{"pii", "guardrail", "agentic", "approval",
                                                   "governance"};
  return areas;
}

std::map<std::string, std::string> effective_metadata(const Tenant& tenant) {
  std::map<std::string, std::string> effective = tenant.metadata;
  for (const auto& [area, pairs] : tenant.settings) {
    const std::string prefix = area + ".";
    std::erase_if(effective, [&](const auto& entry) { return entry.first.starts_with(prefix); });
    for (const auto& [key, value] : pairs) effective[prefix + key] = value;
  }
  return effective;
}

std::string canonical_text(const Tenant& tenant) {
  nlohmann::json keys = nlohmann::json::array();
  for (const NamedKey& key : tenant.api_keys) keys.push_back({{"id", key.id}, {"name", key.name}});
  return nlohmann::json{{"id", tenant.id},
                        {"name", tenant.name},
                        {"region", tenant.region},
                        {"metadata", tenant.metadata},
                        {"settings", tenant.settings},
                        {"apiKeys", keys}}
      .dump();
}

}  // namespace costd
