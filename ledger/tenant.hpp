#pragma once
// Who the costs belong to, as the site describes them.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace costd {

struct NamedKey {
  std::string id;    ///< opaque id, as in the records
  std::string name;  ///< what people call it
};

/// Pairs by area of the gateway's settings.
using TenantSettings = std::map<std::string, std::map<std::string, std::string>>;

/// Who says what a tenant is; `usage`: nobody, it only appears in the records.
enum class TenantOrigin { file, api, usage };
const char* name_of(TenantOrigin origin);

struct Tenant {
  std::string id;
  std::string name;  ///< "" = shown by its id
  std::string region;
  std::string time_zone;  ///< "" = the deployment's
  std::map<std::string, std::string> metadata;
  std::vector<NamedKey> api_keys;
  TenantSettings settings{};
  TenantOrigin origin = TenantOrigin::file;  ///< those of the file change only there
};

/// Areas that `settings` may have: pii, guardrail, agentic, approval, governance.
const std::vector<std::string_view>& tenant_setting_areas();

/// What holds for the tenant: its metadata, where an area that is present in `settings`, even
/// without a pair, takes the place of all metadata of that area ("pii.mode").
std::map<std::string, std::string> effective_metadata(const Tenant& tenant);

/// What is said of the tenant, as one text; neither its zone, which is dated apart, nor who says
/// it.
std::string canonical_text(const Tenant& tenant);

/// Per-tenant threshold of the anomaly rule, in percent, where the metadata set it.
inline constexpr const char* anomaly_threshold_key = "cost.anomaly-threshold-pct";

/// "true" in the metadata: none of the tenant's raw records is removed.
inline constexpr const char* legal_hold_key = "legal_hold";
inline bool is_on_hold(const Tenant& tenant) {
  const auto hold = tenant.metadata.find(legal_hold_key);
  return hold != tenant.metadata.end() && hold->second == "true";
}

}  // namespace costd
