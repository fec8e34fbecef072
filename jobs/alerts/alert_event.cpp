#include "jobs/alerts/alert_event.hpp"

#include <nlohmann/json.hpp>

namespace costd {

std::string format_alert_event(const Alert& alert, const std::string& id,
                               const std::string& source, Instant raised_at) {
  using Json = nlohmann::ordered_json;
  Json data{{"title", alert.title},
            {"tenantId", alert.tenant.empty() ? Json(nullptr) : Json(alert.tenant)}};
  const Json own = Json::parse(alert.data, nullptr, false);
  if (own.is_object()) data.update(own);
  const Json event{{"specversion", "1.0"},
                   {"id", id},
                   {"source", source},
                   {"type", type_of(alert.kind)},
                   {"subject", alert.subject},
                   {"time", format_instant(raised_at)},
                   {"datacontenttype", "application/json"},
                   {"data", data}};
  return event.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace costd
