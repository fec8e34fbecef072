#pragma once
// Who the costs belong to, as the site describes them.

#include <map>
#include <string>
#include <vector>

namespace costd {

struct NamedKey {
  std::string id;    ///< opaque id, as in the records
  std::string name;  ///< what people call it
};

struct Tenant {
  std::string id;
  std::string name;  ///< "" = shown by its id
  std::string region;
  std::string time_zone;  ///< "" = the deployment's
  std::map<std::string, std::string> metadata;
  std::vector<NamedKey> api_keys;
};

/// Per-tenant threshold of the anomaly rule, in percent, where the metadata set it.
inline constexpr const char* anomaly_threshold_key = "cost.anomaly-threshold-pct";

/// "true" in the metadata: none of the tenant's raw records is removed.
inline constexpr const char* legal_hold_key = "legal_hold";
inline bool is_on_hold(const Tenant& tenant) {
  const auto hold = tenant.metadata.find(legal_hold_key);
  return hold != tenant.metadata.end() && hold->second == "true";
}

}  // namespace costd
