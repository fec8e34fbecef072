#include "daemon/job_catalogue.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "daemon/close_settings.hpp"
#include "jobs/alerts/outbox_alert_desk.hpp"
#include "jobs/backup_job.hpp"
#include "jobs/budget_job.hpp"
#include "jobs/chargeback_job.hpp"
#include "jobs/close_job.hpp"
#include "jobs/compliance/compliance_job.hpp"
#include "jobs/delivery/webhook_rules.hpp"
#include "jobs/durable_file.hpp"
#include "jobs/forecast_job.hpp"
#include "jobs/ingest/ingest_job.hpp"
#include "jobs/recount_job.hpp"
#include "jobs/retention_job.hpp"
#include "jobs/rollup_job.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

AnomalyRules anomaly_rules(const Settings& settings) {
  AnomalyRules rules;
  rules.deployment = {parse_threshold(settings.anomaly_threshold_percent),
                      settings.anomaly_impact_min.value_or(Money{})};
  rules.robust_impact_min = settings.anomaly_impact_min.value_or(rules.robust_impact_min);
  for (const PlannedEventSettings& event : settings.planned_events) {
    rules.planned.push_back({event.name, event.days, event.tenant, event.model});
  }
  for (const Tenant& tenant : settings.tenants) {
    const auto own = tenant.metadata.find(anomaly_threshold_key);
    if (own != tenant.metadata.end()) {
      rules.thresholds.emplace(tenant.id, parse_threshold(own->second));
    }
  }
  return rules;
}

IngestOptions ingest_options(const Settings& settings, const std::string& key_secret) {
  IngestOptions options;
  for (const SourceSettings& source : settings.sources) {
    if (source.is_audit()) {
      options.audit_logs.push_back({source.name, source.path, source.settle});
      continue;
    }
    options.sources.push_back({source.name,
                               source.path,
                               source.format,
                               {source.columns, source.constants},
                               source.settle});
  }
  options.dimensions = settings.dimensions;
  options.horizon_days = static_cast<int>(settings.ingest_horizon.count());
  options.key_secret = key_secret;
  return options;
}

RetentionOptions retention_options(const Settings& settings) {
  RetentionOptions options{
      settings.retention.records, settings.retention.runs, settings.retention.spool, {}};
  for (const SourceSettings& source : settings.sources) options.spools.push_back(source.path);
  return options;
}

ChargebackOptions chargeback_options(const Settings& settings) {
  ChargebackOptions options;
  options.reports_dir = settings.state_dir + "/reports";
  options.rules = anomaly_rules(settings);
  options.mail.templates_dir = settings.templates_dir;
  options.mail.outbox_dir = settings.state_dir + "/outbox";
  if (settings.mail) {
    options.mail.from = settings.mail->from;
    options.mail.attach = settings.mail->attach;
  }
  for (const Tenant& tenant : settings.tenants) {
    const auto own = tenant.metadata.find(recipients_key);
    if (own != tenant.metadata.end()) {
      options.tenant_recipients.emplace(tenant.id, split_list(own->second));
    }
  }
  return options;
}

/// The file's text without the line end that editors add.
std::string read_secret(const std::string& file) {
  std::string secret = file.empty() ? "" : read_file(file);
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  return secret;
}

/// From its file, else from the gateway's own variable; "" = nobody gave it.
std::string audit_secret(const SourceSettings& source) {
  constexpr std::size_t characters_min = 32;
  if (source.secret_file.empty()) {
    const char* const named = std::getenv("DVARA_AUDIT_HMAC_SECRET");
    return named == nullptr ? "" : named;
  }
  try {
    std::string secret = read_secret(source.secret_file);
    if (secret.size() >= characters_min) return secret;
  } catch (const Error& error) {
    throw Error(ErrorCode::config,
                fmt::format("source \"{}\": {}; secret_file must hold the secret of the gateway's "
                            "audit log",
                            source.name, error.what()));
  }
  throw Error(
      ErrorCode::config,
      fmt::format("{}: the secret of source \"{}\" has less than {} characters; the gateway "
                  "takes none such",
                  source.secret_file, source.name, characters_min));
}

ComplianceOptions compliance_options(const Settings& settings) {
  ComplianceOptions options;
  options.reports_dir = settings.state_dir + "/reports";
  options.templates_dir = settings.templates_dir;
  options.soc2_categories = settings.compliance.soc2_categories;
  options.mail = chargeback_options(settings).mail;
  for (const SourceSettings& source : settings.sources) {
    if (source.is_audit()) options.logs.push_back({source.name, audit_secret(source)});
  }
  return options;
}

std::vector<std::string> read_webhook_keys(const WebhookSection& webhook) {
  std::vector<std::string> keys;
  for (const std::string& file : webhook.secret_files) {
    try {
      keys.push_back(parse_webhook_secret(read_secret(file)));
    } catch (const Error& error) {
      throw Error(ErrorCode::config,
                  fmt::format("{}: webhook \"{}\": {}", file, webhook.name, error.what()));
    }
  }
  return keys;
}

std::unique_ptr<Transport> make_mail_transport(const MailSettings& mail) {
  if (!mail.maildir.empty()) return make_maildir_transport(mail.maildir);
  SmtpSettings smtp;
  smtp.url = mail.smtp;
  smtp.user = mail.user;
  smtp.password = read_secret(mail.password_file);
  smtp.ca_file = mail.ca_file;
  return make_smtp_transport(std::move(smtp));
}

std::unique_ptr<Transport> make_transport(const WebhookSection& webhook, bool allow_loopback,
                                          const Clock& clock) {
  WebhookSettings settings;
  settings.name = webhook.name;
  settings.url = webhook.url;
  settings.keys = read_webhook_keys(webhook);
  settings.ca_file = webhook.ca_file;
  settings.loopback = allow_loopback ? Loopback::allowed : Loopback::refused;
  settings.now = [&clock] { return clock.now(); };
  return make_webhook_transport(std::move(settings));
}

}  // namespace

const std::vector<std::string>& job_names() {
  static const std::vector<std::string> names{"ingest",  "rollup",  "forecast",   "anomalies",
                                              "budgets", "close",   "chargeback", "compliance",
                                              "deliver", "recount", "retention",  "backup"};
  return names;
}

std::shared_ptr<AlertDesk> make_alert_desk(const Settings& settings,
                                           const std::string& install_id) {
  AlertOptions options;
  options.source = "urn:costd:" + install_id;
  options.outbox_dir = settings.state_dir + "/outbox";
  options.templates_dir = settings.templates_dir;
  if (settings.mail) options.from = settings.mail->from;
  options.recipients = settings.alerts.recipients;
  for (const WebhookSection& webhook : settings.alerts.webhooks) {
    options.webhooks.push_back({webhook.name, webhook.types});
  }
  return make_alert_desk(std::move(options));
}

std::shared_ptr<OutboxRelay> make_relay(const Settings& settings, Database& database,
                                        AlertDesk& alerts, const Clock& clock) {
  auto relay = std::make_shared<OutboxRelay>(
      database,
      RelayOptions{&alerts, chargeback_options(settings).mail, [&clock] { return clock.now(); }});
  if (settings.mail) {
    relay->add_lane(
        {.channel = "mail"}, make_mail_transport(*settings.mail), mail_retries,
        settings.mail->on_ambiguous == "hold" ? OnAmbiguous::hold : OnAmbiguous::resend);
  }
  for (const WebhookSection& webhook : settings.alerts.webhooks) {
    relay->add_lane({"webhook", webhook.name},
                    make_transport(webhook, settings.alerts.allow_loopback, clock),
                    webhook_retries(settings.alerts.attempts));
  }
  return relay;
}

JobCatalogue make_jobs(const Settings& settings, const InstallationKeys& keys,
                       std::shared_ptr<OutboxRelay> relay, std::shared_ptr<BudgetBook> budgets,
                       AlertDesk& alerts) {
  JobCatalogue jobs;
  const auto add = [&](std::unique_ptr<Job> job) {
    const std::string name = job->name();
    jobs.emplace(name, std::move(job));
  };
  add(make_ingest_job(ingest_options(settings, keys.secret), &alerts));
  add(make_rollup_job(&alerts));
  add(make_forecast_job());
  add(make_anomaly_job(anomaly_rules(settings), &alerts));
  add(make_budget_job(std::move(budgets), {settings.alerts.thresholds, &alerts}));
  add(make_close_job(close_options(settings, &alerts)));
  ChargebackOptions chargeback = chargeback_options(settings);
  chargeback.signing_key = keys.signing;
  add(make_chargeback_job(std::move(chargeback)));
  ComplianceOptions compliance = compliance_options(settings);
  compliance.key = keys.signing;
  add(make_compliance_job(std::move(compliance)));
  add(make_deliver_job(std::move(relay)));
  add(make_backup_job({settings.state_dir, settings.backup.directory, settings.backup.keep}));
  add(make_recount_job());
  add(make_retention_job(retention_options(settings)));
  return jobs;
}

}  // namespace costd
