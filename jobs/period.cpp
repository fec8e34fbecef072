#include "jobs/period.hpp"

#include "ledger/error.hpp"

namespace costd {
namespace {

Day require_day(const JobContext& context, const char* name) {
  const std::string text = context.parameter(name);
  const auto day = parse_day(text);
  if (!day) {
    throw Error(ErrorCode::usage, std::string(name) + " \"" + text +
                                      "\" is no date; write it like 2026-10-01");
  }
  return *day;
}

}  // namespace

std::optional<DayRange> period_of(const JobContext& context) {
  if (const std::string period = context.parameter("period"); !period.empty()) {
    const auto month = parse_month(period);
    if (!month) {
      throw Error(ErrorCode::usage,
                  "period \"" + period + "\" is no month; write it like 2026-10");
    }
    return days_of(*month);
  }
  if (context.parameter("from").empty() && context.parameter("to").empty()) return std::nullopt;
  const DayRange range{require_day(context, "from"), require_day(context, "to")};
  if (range.from >= range.to) {
    throw Error(ErrorCode::usage, "from " + format_day(range.from) + " is not before to " +
                                      format_day(range.to) + "; to is exclusive");
  }
  return range;
}

std::optional<Day> as_of_day(const JobContext& context) {
  if (context.parameter("asOf").empty()) return std::nullopt;
  return require_day(context, "asOf");
}

}  // namespace costd
