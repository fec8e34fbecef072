#include "daemon/setup.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <filesystem>

#include "jobs/durable_file.hpp"
#include "ledger/error.hpp"
#include "ledger/random_bytes.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/budget_store.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/evidence_store.hpp"
#include "ledger/store/price_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

namespace fs = std::filesystem;

std::string hash_of_file(const std::string& file) {
  return file.empty() ? "" : sha256_hex(read_file(file));
}

void apply_prices(UnitOfWork& unit, const Settings& settings, Instant now) {
  PriceChanges changes = compare_prices(unit, settings.prices, PriceOrigin::config);
  if (changes.empty()) return;
  apply_price_changes(unit, changes, now);
  mark_unrated_from(unit, changes.first_day());
  unit.audit({.seq = 0,
              .at = now,
              .actor = costd_itself,
              .action = "prices.configure",
              .object = settings.prices_file,
              .after_sha256 = hash_of_file(settings.prices_file)});
  spdlog::info("prices_configured added={} retired={} unchanged={}", changes.added.size(),
               changes.retired.size(), changes.unchanged);
}

void apply_zone(UnitOfWork& unit, const std::string& tenant, const std::string& zone, Instant now) {
  const auto change = store_billing_zone(unit, tenant, zone, Zone(zone).day_of(now));
  if (!change) return;
  unit.audit({.seq = 0,
              .at = now,
              .actor = costd_itself,
              .action = "billing.zone",
              .object = zone,
              .tenant = tenant,
              .reason = "holds from " + format_month(*change)});
  spdlog::warn("billing_zone_changes tenant={} zone={} from={}", tenant.empty() ? "(all)" : tenant,
               zone, format_month(*change));
}

void apply_tenants(UnitOfWork& unit, const Settings& settings, Instant now) {
  if (store_tenants(unit, settings.tenants)) {
    unit.audit({.seq = 0,
                .at = now,
                .actor = costd_itself,
                .action = "tenants.configure",
                .object = settings.tenants_file,
                .after_sha256 = hash_of_file(settings.tenants_file)});
  }
  apply_zone(unit, "", settings.time_zone, now);
  for (const Tenant& tenant : settings.tenants) {
    if (!tenant.time_zone.empty()) apply_zone(unit, tenant.id, tenant.time_zone, now);
  }
}

/// The configured caps as one text, for the audit log.
std::string hash_of_configured_caps(Connection& connection) {
  std::string text;
  for (const BudgetCap& cap : load_caps(connection)) {
    if (cap.origin == BudgetOrigin::config) text += canonical_text(cap) + "\n";
  }
  return sha256_hex(text);
}

void apply_budgets(UnitOfWork& unit, const Settings& settings, Instant now) {
  std::vector<BudgetCap> caps;
  for (const BudgetSettings& budget : settings.budgets) {
    BudgetCap cap;
    cap.id = make_ulid(now);
    cap.name = budget.name;
    cap.tenant = budget.tenant;
    cap.api_key = budget.api_key;
    cap.period = parse_budget_period(budget.period).value_or(BudgetPeriod::monthly);
    cap.limit = budget.limit;
    cap.soft_limit_percent = budget.soft_limit_percent;
    cap.enabled = budget.enabled;
    caps.push_back(std::move(cap));
  }
  const std::string before = hash_of_configured_caps(unit);
  const std::int64_t changes = store_configured_caps(unit, caps, now);
  if (changes == 0) return;
  unit.audit({.seq = 0,
              .at = now,
              .actor = costd_itself,
              .action = "budgets.configure",
              .object = settings.file,
              .before_sha256 = before,
              .after_sha256 = hash_of_configured_caps(unit),
              .reason = fmt::format("{} caps changed", changes)});
}

/// The file's records as one text, for the audit log.
std::string hash_of_evidence_of_file(Connection& connection) {
  std::string text;
  for (const EvidenceRecord& record : load_evidence(connection, "")) {
    if (record.origin == EvidenceRecord::Origin::file) text += canonical_text(record) + "\n";
  }
  return sha256_hex(text);
}

/// A tenant's name that is mistyped would leave its reports without what was meant for them.
void warn_of_unknown_tenants(Connection& connection, const Settings& settings) {
  for (const EvidenceRecord& record : settings.compliance.evidence) {
    if (record.tenant.empty() || is_known_tenant(connection, record.tenant)) continue;
    spdlog::warn("evidence_of_unknown_tenant kind={} id={} tenant={}", record.kind, record.id,
                 record.tenant);
  }
}

void apply_evidence(UnitOfWork& unit, const Settings& settings, Instant now) {
  const std::string before = hash_of_evidence_of_file(unit);
  const EvidenceChanges changes = replace_evidence_of_file(unit, settings.compliance.evidence, now);
  if (changes.empty()) return;
  warn_of_unknown_tenants(unit, settings);
  for (const std::string& record : changes.taken_over) {
    spdlog::warn("evidence_taken_over record={} file={}", record,
                 settings.compliance.evidence_file);
  }
  std::string reason = fmt::format("{} added, {} changed, {} removed", changes.added.size(),
                                   changes.changed.size(), changes.removed.size());
  if (!changes.taken_over.empty()) {
    reason += fmt::format("; in place of what was set over the API: {}",
                          fmt::join(changes.taken_over, ", "));
  }
  unit.audit({.seq = 0,
              .at = now,
              .actor = costd_itself,
              .action = "evidence.configure",
              .object = settings.compliance.evidence_file,
              .before_sha256 = before,
              .after_sha256 = hash_of_evidence_of_file(unit),
              .reason = reason});
  spdlog::info("evidence_configured added={} changed={} removed={} taken_over={}",
               changes.added.size(), changes.changed.size(), changes.removed.size(),
               changes.taken_over.size());
}

void apply_all(UnitOfWork& unit, const Settings& settings, Instant now) {
  apply_prices(unit, settings, now);
  apply_tenants(unit, settings, now);
  apply_budgets(unit, settings, now);
  apply_evidence(unit, settings, now);
}

}  // namespace

void make_state_folders(const Settings& settings) {
  try {
    for (const char* folder : {"", "/reports", "/outbox", "/keys"}) {
      const fs::path path = settings.state_dir + folder;
      if (!fs::is_directory(path)) {
        make_durable_folder(path);
        fs::permissions(path, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec);
      }
    }
  } catch (const std::runtime_error& error) {
    throw Error(ErrorCode::config, "cannot make the state directory " + settings.state_dir + ": " +
                                       error.what() + "; make it, owned by the user costd runs as");
  }
}

std::string load_install_key(const std::string& state_dir) {
  const std::string path = state_dir + "/keys/install.key";
  if (!fs::exists(path)) {
    const mode_t before = ::umask(0177);
    write_durable_file(path, random_bytes(32));
    ::umask(before);
  }
  return read_file(path);
}

void apply_settings(Database& database, const Settings& settings, Instant now) {
  UnitOfWork unit = database.begin();
  apply_all(unit, settings, now);
  unit.commit();
}

void apply_reloaded_settings(Database& database, const Settings& settings, const Actor& actor,
                             Instant now) {
  UnitOfWork unit = database.begin();
  apply_all(unit, settings, now);
  unit.audit({.seq = 0,
              .at = now,
              .actor = actor,
              .action = "config.reload",
              .object = settings.file,
              .after_sha256 = hash_of_file(settings.file)});
  unit.commit();
}

std::string find_templates(const Settings& settings) {
  if (!settings.templates_dir.empty()) return settings.templates_dir;
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path();
  std::string looked;
  for (const fs::path& candidate :
       {program.parent_path() / "templates", fs::path("/usr/share/costd/templates")}) {
    if (fs::is_directory(candidate / "mail")) return candidate.string();
    looked += (looked.empty() ? "" : ", ") + candidate.string();
  }
  throw Error(ErrorCode::config,
              "the mail templates are neither in " + looked + "; set `templates:` to their folder");
}

}  // namespace costd
