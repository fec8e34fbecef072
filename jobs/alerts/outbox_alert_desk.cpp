#include "jobs/alerts/outbox_alert_desk.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include <fmt/format.h>

#include "jobs/alerts/alert_event.hpp"
#include "jobs/delivery/mail_templates.hpp"
#include "jobs/outbox_payload.hpp"
#include "ledger/error.hpp"
#include "ledger/store/alert_store.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

/// The whole hour an instant is in, since the epoch.
std::int64_t hour_of(Instant instant) {
  return std::chrono::floor<std::chrono::hours>(instant).time_since_epoch().count();
}

Alert flood_notice(const Alert& held_back, Instant now) {
  Alert notice;
  notice.kind = held_back.kind;
  notice.key = fmt::format("flood/{}/{}", type_of(held_back.kind), hour_of(now));
  notice.subject = "alerts";
  notice.title =
      fmt::format("more than {} alerts of type {} within an hour; see costctl alerts list",
                  alerts_per_hour_max, type_of(held_back.kind));
  return notice;
}

class OutboxAlertDesk : public AlertDesk {
 public:
  explicit OutboxAlertDesk(AlertOptions options) : options_(std::move(options)) {}

  bool raise(UnitOfWork& unit, const Alert& alert, Instant now) override {
    const auto id = store_alert(unit, alert, now);
    if (!id) return false;
    spdlog::warn("alert_raised type={} id={} about={}", type_of(alert.kind), *id, alert.subject);
    const std::string type(type_of(alert.kind));
    if (count_alerts(unit, type, now - std::chrono::hours(1)) <= alerts_per_hour_max) {
      owe(unit, alert, *id, now);
      return true;
    }
    const Alert notice = flood_notice(alert, now);
    if (const auto notice_id = store_alert(unit, notice, now)) owe(unit, notice, *notice_id, now);
    return true;
  }

 private:
  void owe(UnitOfWork& unit, const Alert& alert, const std::string& id, Instant now) const {
    if (!options_.recipients.empty()) {
      const MailText words = words_for({alert, id, now, describe_audit_head(unit)});
      for (const std::string& recipient : options_.recipients) {
        store_outbox_message(unit, mail_to(recipient, alert, id, words, now));
      }
    }
    for (const AlertRoute& route : options_.webhooks) {
      const auto& types = route.types;
      if (types.empty() || std::ranges::find(types, type_of(alert.kind)) != types.end()) {
        store_outbox_message(unit, event_for(route.webhook, alert, id, now));
      }
    }
  }

  static OutboxMessage begin(const Alert& alert, const std::string& id, const std::string& to,
                             Instant now) {
    OutboxMessage row = begin_message("alert/" + id + "/" + to, now);
    row.kind = alert.kind == AlertKind::dead_letter ? "dead_letter" : "alert";
    row.report_id = id;
    return row;
  }

  OutboxMessage mail_to(const std::string& recipient, const Alert& alert, const std::string& id,
                        const MailText& words, Instant now) const {
    OutboxMessage row = begin(alert, id, "mail/" + recipient, now);
    Mail mail;
    mail.from = options_.from;
    mail.to = recipient;
    mail.subject = words.subject;
    mail.text = words.text;
    mail.html = words.html;
    mail.headers = {{"X-Alert-Id", id}, {"X-Alert-Type", std::string(type_of(alert.kind))}};
    finish_mail(row, mail, options_.outbox_dir);
    return row;
  }

  OutboxMessage event_for(const std::string& webhook, const Alert& alert, const std::string& id,
                          Instant now) const {
    OutboxMessage row = begin(alert, id, "webhook/" + webhook, now);
    row.channel = "webhook";
    row.recipient = webhook;
    row.subject = alert.title;
    row.message_id = id;
    store_payload(row, format_alert_event(alert, id, options_.source, now), options_.outbox_dir,
                  "json");
    return row;
  }

  /// A broken template must not swallow an alert.
  MailText words_for(const RaisedAlert& raised) const {
    const Alert& alert = raised.alert;
    try {
      return render_alert_mail(raised, options_.templates_dir);
    } catch (const Error& error) {
      spdlog::error("alert_template_failed id={} error=\"{}\"", raised.id, error.what());
      return {alert.title,
              fmt::format("{}\n\nAbout: {}\nAlert: {} ({})\nFacts: {}\nAudit chain: {}\n\n"
                          "The mail template could not be used: {}\n",
                          alert.title, alert.subject, raised.id, type_of(alert.kind), alert.data,
                          raised.audit_chain, error.what()),
              ""};
    }
  }

  AlertOptions options_;
};

}  // namespace

std::unique_ptr<AlertDesk> make_alert_desk(AlertOptions options) {
  return std::make_unique<OutboxAlertDesk>(std::move(options));
}

}  // namespace costd
