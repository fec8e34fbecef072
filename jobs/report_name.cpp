#include "jobs/report_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace costd {

std::string report_base_name(const std::string& kind, const DayRange& period,
                             const std::string& tenant, std::int64_t revision) {
  constexpr std::size_t tenant_characters_max = 60;
  const auto month = whole_month(period);
  const std::string when =
      month ? format_month(*month) : format_day(period.from) + "_" + format_day(period.to);
  std::string scope = tenant.empty() ? "all-tenants" : tenant;
  std::ranges::replace_if(
      scope,
      [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '.';
      },
      '-');
  return fmt::format("{}-{}-{}-r{}", kind, when, scope.substr(0, tenant_characters_max), revision);
}

std::string name_for_people(const Actor& actor) {
  return actor.kind + " " + actor.name;
}

}  // namespace costd
