#pragma once
// Slots of a cron expression as text, for tables of expectations.

#include <string>
#include <vector>

#include "daemon/cron.hpp"

namespace costd {

using Texts = std::vector<std::string>;

inline Instant at(const std::string& text) {
  return parse_instant(text).value();
}

/// The next `count` slots, as text; fewer if the expression ends.
inline Texts slots(const std::string& text, const std::string& zone_name, const std::string& after,
                   std::size_t count, DstGap gap = DstGap::run) {
  const auto cron = CronExpression::parse(text);
  const Zone zone(zone_name);
  Texts found;
  auto instant = at(after);
  while (found.size() < count) {
    const auto slot = cron.next_after(instant, zone, gap);
    if (!slot) break;
    found.push_back(format_instant(*slot));
    instant = *slot;
  }
  return found;
}

}  // namespace costd
