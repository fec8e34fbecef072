#include <string_view>

#include "config/sections.hpp"
#include "ledger/error.hpp"
#include "ledger/time/zone.hpp"

namespace costd {

std::string read_time_zone(const YamlValue& value) {
  const std::string name = value.text();
  try {
    return Zone(name).name();
  } catch (const Error& error) {
    value.fail(error.what());
  }
}

std::string read_mail_address(const YamlValue& value) {
  std::string address = value.text();
  if (!is_mail_address_setting(address)) {
    value.fail_as_written("which is no mail address; write one like finance@example.com");
  }
  return address;
}

std::string read_percent(const YamlValue& value) {
  const std::optional<std::string> percent = parse_percent_setting(value.text());
  if (!percent) {
    value.fail_as_written(
        "which is no percentage; write a number above 0 with at most 3 decimals, such as 50");
  }
  return *percent;
}

void UniqueNames::add(const YamlValue& name) {
  const auto [known, is_new] = lines_.try_emplace(name.text(), name.place().line);
  if (!is_new) {
    name.fail_as_written("which line " + std::to_string(known->second) +
                         " has already; choose another name or remove one");
  }
}

}  // namespace costd
