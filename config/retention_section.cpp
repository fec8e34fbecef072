#include <array>

#include "config/sections.hpp"

namespace costd {
namespace {

using std::chrono::days;

days read_days(const YamlValue& value) {
  const std::chrono::seconds given = value.duration();
  const auto whole = std::chrono::duration_cast<days>(given);
  if (whole != given || whole < days(1)) {
    value.fail_as_written("not whole days; write one such as 400d");
  }
  return whole;
}

}  // namespace

RetentionSettings read_retention(const YamlValue& block) {
  const YamlMap map = block.map({"records", "runs", "spool"});
  RetentionSettings retention;
  if (const auto records = map.find("records")) retention.records = read_days(*records);
  if (const auto spool = map.find("spool")) retention.spool = read_days(*spool);
  if (const auto runs = map.find("runs")) {
    retention.runs = read_days(*runs);
    if (*retention.runs < run_history_min) {
      runs->fail_as_written(
          "but the history of runs is kept for 400d at least; write that or more");
    }
  }
  return retention;
}

}  // namespace costd
