#include "config/settings.hpp"

#include <sys/un.h>

#include <filesystem>
#include <utility>

#include "config/sections.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

Names root_keys() {
  return {"state_dir",
          "storage",
          "control",
          "billing",
          "sources",
          "prices",
          "tenants",
          "budgets",
          "mail",
          "alerts",
          "schedules",
          "backup",
          "dimensions",
          "ingest",
          "anomalies",
          "templates",
          "log_level",
          "retention",
          "clock_jump_guard",
          "compliance",
          "dvara",
          gateway_threshold_key};
}

void check_storage(const YamlMap& file) {
  const std::optional<YamlValue> storage = file.find("storage");
  if (storage && storage->text() != "sqlite") {
    storage->fail("'storage' is no database this version knows; write sqlite");
  }
}

/// Where messages about the socket's path point: its own line, or the one it follows from.
YamlValue cause_of_socket(const YamlMap& file) {
  if (const auto control = file.find("control")) {
    if (const auto socket = control->map(control_keys()).find("socket")) return *socket;
  }
  return file.find("state_dir").value_or(file.self());
}

std::string read_control_socket(const YamlMap& file, const std::string& state_dir) {
  // The kernel's field also holds the zero at the end.
  constexpr std::size_t socket_path_bytes_max = sizeof(sockaddr_un::sun_path) - 1;
  const YamlValue cause = cause_of_socket(file);
  std::string path = cause.name() == "'socket'" ? cause.path() : state_dir + "/control.sock";
  if (path.size() > socket_path_bytes_max) {
    cause.fail("the path of the control socket has " + std::to_string(path.size()) +
               " bytes, the limit is " + std::to_string(socket_path_bytes_max) +
               "; set control.socket to a shorter path");
  }
  return path;
}

/// Reads the file that the value names; what is wrong with its name is told at the value.
YamlDocument load_named(const YamlValue& value, const YamlLimits& limits) {
  const std::filesystem::path folder = std::filesystem::path(value.file()).parent_path();
  const std::string as_named = (folder / value.text()).lexically_normal().string();
  std::error_code error;
  if (!std::filesystem::is_regular_file(as_named, error)) {
    value.fail_as_written("but no such file is there; correct the path or remove the line");
  }
  return load_yaml(as_named, limits);
}

void read_named_files(const YamlMap& file, Settings& settings) {
  if (const auto prices = file.find("prices")) {
    settings.prices_file = prices->path();
    settings.prices = read_prices(load_named(*prices, price_yaml_limits), PriceOrigin::config);
  }
  if (const auto tenants = file.find("tenants")) {
    settings.tenants_file = tenants->path();
    settings.tenants = read_tenants(load_named(*tenants, config_yaml_limits));
  }
}

/// The block, and the records of the file that it names.
ComplianceSettings read_compliance_with_evidence(const YamlValue& block) {
  ComplianceSettings compliance = read_compliance(block);
  if (compliance.evidence_file.empty()) return compliance;
  const YamlValue file = *block.map(compliance_keys()).find("evidence");
  compliance.evidence = read_evidence(load_named(file, evidence_yaml_limits));
  return compliance;
}

void read_places(const YamlMap& file, Settings& settings) {
  check_storage(file);
  const std::optional<YamlValue> state_dir = file.find("state_dir");
  settings.state_dir = state_dir ? state_dir->path() : file.self().path_beside("state");
  settings.control_socket = read_control_socket(file, settings.state_dir);
  if (const auto control = file.find("control")) settings.control = read_control(*control);
  if (const auto templates = file.find("templates")) settings.templates_dir = templates->path();
}

}  // namespace

Settings load_settings(const std::string& file, const std::vector<std::string>& known_jobs,
                       UnknownZones unknown_zones) {
  const YamlDocument document = load_yaml(file, config_yaml_limits);
  const YamlValue root = YamlValue::root_of(document);
  const YamlMap map = root.map(root_keys());
  Settings settings;
  settings.file = std::filesystem::absolute(file).lexically_normal().string();
  read_places(map, settings);
  if (const auto billing = map.find("billing")) read_billing(*billing, settings);
  settings.sources = read_sources(map.get("sources"));
  read_named_files(map, settings);
  if (const auto budgets = map.find("budgets")) settings.budgets = read_budgets(*budgets);
  if (const auto mail = map.find("mail")) settings.mail = read_mail(*mail);
  if (const auto alerts = map.find("alerts")) {
    settings.alerts = read_alerts(*alerts, settings.mail.has_value());
  }
  if (const auto schedules = map.find("schedules")) {
    settings.schedules = read_schedules(*schedules, known_jobs, unknown_zones);
  }
  if (const auto guard = map.find("clock_jump_guard")) {
    settings.clock_jump_guard = read_clock_jump_guard(*guard);
  }
  settings.backup = read_backup(map, settings.state_dir);
  settings.ingest_horizon = read_ingest_horizon(map, settings.ingest_horizon);
  if (const auto block = map.find("retention")) settings.retention = read_retention(*block);
  if (const auto compliance = map.find("compliance")) {
    settings.compliance = read_compliance_with_evidence(*compliance);
  }
  if (const auto dimensions = map.find("dimensions")) settings.dimensions = dimensions->texts();
  settings.anomaly_threshold_percent =
      read_anomaly_threshold(map, settings.anomaly_threshold_percent);
  settings.anomaly_impact_min = read_anomaly_impact(map);
  settings.planned_events = read_planned_events(map);
  settings.log_level =
      map.choice_or("log_level", {"trace", "debug", "info", "warn", "error"}, settings.log_level);
  return settings;
}

}  // namespace costd
