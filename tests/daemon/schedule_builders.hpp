#pragma once
// Schedules for tests, made without a configuration file.

#include <string>

#include "daemon/schedule.hpp"

namespace costd::test {

/// A schedule without jobs: it only says when it is due.
inline Schedule a_schedule(const std::string& cron, const std::string& zone = "UTC",
                           DstGap gap = DstGap::run) {
  return {.name = "nightly",
          .cron = CronExpression::parse(cron),
          .zone = Zone(zone),
          .dst_gap = gap,
          .jobs = {},
          .period = "",
          .tenant = "",
          .formats = {},
          .recipients = {},
          .types = {},
          .policy = {},
          .backfill_from = {},
          .invalid = {}};
}

}  // namespace costd::test
