#pragma once
// The fields of a cron expression in words.

#include <string>

#include "daemon/cron_field.hpp"

namespace costd {

std::string describe_seconds(const CronFields& fields);  ///< "at second 0"
std::string describe_minutes(const CronFields& fields);  ///< "at minutes 0, 15, 30 and 45"
std::string describe_hours(const CronFields& fields);    ///< "at hours 9 to 17"
std::string describe_months(const CronFields& fields);   ///< "in January, July"
std::string describe_month_days(const CronDays& days);   ///< "on the last day of the month"
std::string describe_weekdays(const CronDays& days);     ///< "on the third Friday of the month"
/// How the two day fields go together.
std::string describe_day_rule(const CronDays& days);

}  // namespace costd
