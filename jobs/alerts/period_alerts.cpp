#include "jobs/alerts/period_alerts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ledger/money.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

struct DueTenant {
  std::string tenant;
  std::vector<Obstacle> obstacles;
};

std::vector<DueTenant> due_of(const std::vector<PeriodStanding>& open) {
  std::vector<DueTenant> due;
  for (const PeriodStanding& standing : open) {
    auto obstacles = standing.blocking();
    if (obstacles.empty() || obstacles.front().gate == Gate::grace) continue;
    due.push_back({standing.facts.tenant, std::move(obstacles)});
  }
  std::ranges::sort(due, {}, &DueTenant::tenant);
  return due;
}

/// The set of obstacles as a short text: what makes it the same alert.
std::string fingerprint_of(const std::vector<DueTenant>& due) {
  nlohmann::json set = nlohmann::json::array();
  for (const DueTenant& one : due) {
    for (const Obstacle& obstacle : one.obstacles) {
      set.push_back({one.tenant, name_of(obstacle.gate)});
    }
  }
  return sha256_hex(set.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
      .substr(0, 16);
}

}  // namespace

bool raise_period_open(UnitOfWork& unit, AlertDesk& desk, Month month,
                       const std::vector<PeriodStanding>& open, Instant now) {
  const std::vector<DueTenant> due = due_of(open);
  if (due.empty()) return false;
  const std::string name = format_month(month);
  Alert alert;
  alert.kind = AlertKind::period_open;
  alert.key = fmt::format("period/{}/{}", name, fingerprint_of(due));
  alert.subject = "periods/" + name;
  const std::string first = describe(due.front().obstacles);
  if (due.size() == 1) {
    alert.tenant = due.front().tenant;
    alert.title = fmt::format("{} of {} cannot be closed: {}", name_of(month), alert.tenant, first);
  } else {
    alert.title =
        fmt::format("{} of {} tenants cannot be closed; of {}: {}", name_of(month),
                    format_count(static_cast<std::int64_t>(due.size())), due.front().tenant, first);
  }
  std::vector<std::string> lines;
  for (const DueTenant& one : due) {
    lines.push_back(fmt::format("{}: {}", one.tenant, describe(one.obstacles)));
  }
  alert.data = nlohmann::ordered_json{{"month", name},
                                      {"tenants", due.size()},
                                      {"obstacles", fmt::format("{}", fmt::join(lines, "; "))}}
                   .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return desk.raise(unit, alert, now);
}

}  // namespace costd
