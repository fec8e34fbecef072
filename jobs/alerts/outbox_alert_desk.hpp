#pragma once
// The desk that stores alerts and owes each to every recipient and webhook through the outbox.

#include <memory>
#include <string>
#include <vector>

#include "jobs/alerts/alert_desk.hpp"

namespace costd {

struct AlertRoute {
  std::string webhook;             ///< its name
  std::vector<std::string> types;  ///< of alerts that it gets; empty = all
};

struct AlertOptions {
  std::string source;      ///< of the CloudEvents: "urn:costd:INSTALL-ID"
  std::string outbox_dir;  ///< where messages are kept until they are sent
  std::string templates_dir;
  std::string from;  ///< sender of the mails
  std::vector<std::string> recipients;
  std::vector<AlertRoute> webhooks;
};

/// Alerts of one type within an hour that leave; those beyond are stored, and one message tells.
inline constexpr std::int64_t alerts_per_hour_max = 20;

std::unique_ptr<AlertDesk> make_alert_desk(AlertOptions options);

}  // namespace costd
