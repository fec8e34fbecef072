#pragma once
// The blocks of the configuration file, each read by itself. Everything here throws Error(config)
// with the place, what is wrong and what to do.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "config/yaml_reader.hpp"

namespace costd {

std::vector<SourceSettings> read_sources(const YamlValue& list);
/// ingest.horizon, in whole days; `missing` where it is not set.
std::chrono::days read_ingest_horizon(const YamlMap& file, std::chrono::days missing);
MailSettings read_mail(const YamlValue& block);
std::vector<ScheduleSettings> read_schedules(const YamlValue& list,
                                             const std::vector<std::string>& known_jobs,
                                             UnknownZones unknown_zones);
/// The name of the job whose schedules say which types of reports it makes.
inline constexpr const char* compliance_job = "compliance";
/// An hour or more.
std::chrono::seconds read_clock_jump_guard(const YamlValue& value);
std::vector<BudgetSettings> read_budgets(const YamlValue& list);
/// Refuses a directory inside the state directory, with which it would be lost.
BackupSettings read_backup(const YamlMap& file, const std::string& state_dir);
/// `has_mail`: the file has a mail block, without which recipients are refused.
AlertSettings read_alerts(const YamlValue& block, bool has_mail);
RetentionSettings read_retention(const YamlValue& block);

Names control_keys();
/// control, without the path of its socket.
ControlSettings read_control(const YamlValue& block);

Names compliance_keys();
/// compliance, without the records of the file that it names.
ComplianceSettings read_compliance(const YamlValue& block);

/// currency, time_zone and grace, into the settings.
void read_billing(const YamlValue& block, Settings& settings);

/// The percentage that anomalies.threshold_percent and the gateway's own key, flat or nested, give
/// together; `missing` where none is there. All that are there must say the same.
std::string read_anomaly_threshold(const YamlMap& file, std::string missing);
/// anomalies.min_impact; nothing where it is not set.
std::optional<Money> read_anomaly_impact(const YamlMap& file);
/// anomalies.planned_events, in the order of the file.
std::vector<PlannedEventSettings> read_planned_events(const YamlMap& file);
/// The gateway's own key for it, as one dotted name.
inline constexpr const char* gateway_threshold_key =
    "dvara.llm-gateway.finops.anomaly-threshold-pct";

/// Entries of `prices:`, in the order of the file, all of the origin.
std::vector<PriceEntry> read_prices(const YamlDocument& document, PriceOrigin origin);
std::vector<Tenant> read_tenants(const YamlDocument& document);
/// Records of all kinds, in the order of evidence_kinds() and the file, checked.
std::vector<EvidenceRecord> read_evidence(const YamlDocument& document);

/// An IANA zone's name, checked against the zones of this machine.
std::string read_time_zone(const YamlValue& value);
std::string read_mail_address(const YamlValue& value);
/// A decimal above zero, shortest form.
std::string read_percent(const YamlValue& value);

/// Refuses a name that an earlier entry of the list has; remembers it otherwise.
class UniqueNames {
 public:
  /// `name` is the value that holds the name.
  void add(const YamlValue& name);

 private:
  std::map<std::string, int> lines_;
};

}  // namespace costd
