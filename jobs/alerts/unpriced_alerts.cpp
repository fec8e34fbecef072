#include "jobs/alerts/unpriced_alerts.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledger/money.hpp"

namespace costd {
namespace {

using Episodes = std::vector<UnpricedEpisode>;

Alert alert_about(const UnpricedEpisode& episode, std::int64_t requests) {
  const std::string day = format_day(episode.first_day);
  const auto& [model, provider, tier] = episode.offering;
  const std::string tier_name(name_of(tier));
  const std::string in_tier =
      tier == ServiceTier::standard ? "" : fmt::format(" in service tier {}", tier_name);
  Alert alert;
  alert.kind = AlertKind::unpriced_model;
  alert.key = fmt::format("unpriced/{}/{}/{}/{}", model, provider, tier_name, day);
  alert.subject = "pricing/explain?model=" + model;
  alert.title = fmt::format("model {} of {} has no price{} since {}: {} {} in no total", model,
                            provider, in_tier, day, format_count(requests),
                            requests == 1 ? "request is" : "requests are");
  alert.data = nlohmann::ordered_json{{"model", model},
                                      {"provider", provider},
                                      {"serviceTier", tier_name},
                                      {"firstDay", day},
                                      {"requests", requests}}
                   .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return alert;
}

}  // namespace

void raise_unpriced(UnitOfWork& unit, AlertDesk& desk, Day day, const UnpricedRequests& requests,
                    Instant now) {
  const Episodes episodes = load_unpriced_episodes(unit);
  for (const auto& [offering, count] : requests) {
    const auto covering = std::ranges::find_if(episodes, [&, &of = offering](const auto& episode) {
      return episode.offering == of && episode.first_day <= day && day <= episode.last_day;
    });
    const auto open = std::ranges::find_if(episodes, [&of = offering](const auto& episode) {
      return episode.offering == of && episode.is_open;
    });
    if (count == 0) {
      if (open == episodes.end() || day < open->last_day) continue;
      UnpricedEpisode ended = *open;
      ended.is_open = false;
      store_unpriced_episode(unit, ended);
    } else if (open != episodes.end()) {
      UnpricedEpisode longer = *open;
      longer.last_day = std::max(longer.last_day, day);
      if (longer.last_day != open->last_day) store_unpriced_episode(unit, longer);
    } else if (covering == episodes.end()) {
      const UnpricedEpisode begun{offering, day, day, true};
      store_unpriced_episode(unit, begun);
      desk.raise(unit, alert_about(begun, count), now);
    }
  }
}

}  // namespace costd
