#include "jobs/alerts/unpriced_alerts.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledger/money.hpp"
#include "ledger/store/unpriced_store.hpp"

namespace costd {
namespace {

using Episodes = std::vector<UnpricedEpisode>;

Alert alert_about(const UnpricedEpisode& episode, std::int64_t requests) {
  const std::string day = format_day(episode.first_day);
  Alert alert;
  alert.kind = AlertKind::unpriced_model;
  alert.key = fmt::format("unpriced/{}/{}/{}", episode.model, episode.provider, day);
  alert.subject = "pricing/explain?model=" + episode.model;
  alert.title = fmt::format("model {} of {} has no price since {}: {} {} in no total",
                            episode.model, episode.provider, day, format_count(requests),
                            requests == 1 ? "request is" : "requests are");
  alert.data = nlohmann::ordered_json{{"model", episode.model},
                                      {"provider", episode.provider},
                                      {"firstDay", day},
                                      {"requests", requests}}
                   .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return alert;
}

bool is_of(const UnpricedEpisode& episode, const std::pair<std::string, std::string>& model) {
  return episode.model == model.first && episode.provider == model.second;
}

}  // namespace

void raise_unpriced(UnitOfWork& unit, AlertDesk& desk, Day day, const UnpricedRequests& requests,
                    Instant now) {
  const Episodes episodes = load_unpriced_episodes(unit);
  for (const auto& [model, count] : requests) {
    const auto covering = std::ranges::find_if(episodes, [&, &key = model](const auto& episode) {
      return is_of(episode, key) && episode.first_day <= day && day <= episode.last_day;
    });
    const auto open = std::ranges::find_if(episodes, [&key = model](const auto& episode) {
      return is_of(episode, key) && episode.is_open;
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
      const UnpricedEpisode begun{model.first, model.second, day, day, true};
      store_unpriced_episode(unit, begun);
      desk.raise(unit, alert_about(begun, count), now);
    }
  }
}

}  // namespace costd
