#include <algorithm>

#include "config/sections.hpp"

namespace costd {
namespace {

constexpr std::string_view always_in_scope = "security";

std::vector<std::string> read_categories(const YamlValue& list) {
  const std::vector<std::string> categories = list.choices(
      {always_in_scope, "availability", "confidentiality", "processing_integrity", "privacy"});
  if (std::ranges::find(categories, always_in_scope) == categories.end()) {
    list.fail("'soc2_categories' lacks security, which every SOC 2 report has; add it");
  }
  return categories;
}

}  // namespace

Names compliance_keys() {
  return {"evidence", "soc2_categories"};
}

ComplianceSettings read_compliance(const YamlValue& block) {
  const YamlMap map = block.map(compliance_keys());
  ComplianceSettings compliance;
  if (const auto evidence = map.find("evidence")) compliance.evidence_file = evidence->path();
  if (const auto list = map.find("soc2_categories")) {
    compliance.soc2_categories = read_categories(*list);
  }
  return compliance;
}

}  // namespace costd
