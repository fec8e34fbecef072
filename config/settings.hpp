#pragma once
// Everything a site can set, with its defaults. Paths are absolute after loading.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/evidence_record.hpp"
#include "ledger/money.hpp"
#include "ledger/price_entry.hpp"
#include "ledger/tenant.hpp"

namespace costd {

/// Users and groups of this machine.
struct RoleMembers {
  std::set<unsigned> uids;
  std::set<unsigned> gids;
};

/// Who may do what over the Unix socket; whoever is in none of them may do nothing.
struct ControlRoles {
  RoleMembers viewer;
  RoleMembers operator_;
  RoleMembers admin;
};

/// A loopback address, without brackets.
struct TcpSettings {
  std::string address;
  unsigned short port = 0;
  /// As messages and a Host header write it: "127.0.0.1:8080", "[::1]:8080".
  std::string text() const;
};

/// How costd is talked to.
struct ControlSettings {
  /// Nothing: root and costd's own user are admins, and everybody who may open the socket is an
  /// operator.
  std::optional<ControlRoles> roles;
  std::optional<TcpSettings> tcp;          ///< nothing = the Unix socket only
  std::vector<std::string> allowed_hosts;  ///< in lower case; besides the loopback names
};

struct SourceSettings {
  std::string name;
  std::string type = "spool";  ///< spool (usage records) | audit (the gateway's audit log)
  bool is_audit() const { return type == "audit"; }
  std::string secret_file;      ///< absolute path; of an audit log; "" = DVARA_AUDIT_HMAC_SECRET
  std::string path;             ///< the spool folder
  std::string format = "auto";  ///< auto | jsonl | csv | litellm | otlp | openai | anthropic
  std::map<std::string, std::string> columns;    ///< record field -> the source's name for it
  std::chrono::seconds settle{0};                ///< leave files alone that changed more recently
  std::map<std::string, std::string> constants;  ///< record field -> value
};

struct MailSettings {
  std::string smtp;     ///< URL, or ""
  std::string maildir;  ///< absolute path, or ""
  std::string from;
  std::string user;
  std::string password_file;  ///< absolute path, or ""; read at start, never printed
  std::string ca_file;
  std::string on_ambiguous = "resend";     ///< resend | hold: what nobody knows to have arrived
  std::vector<std::string> attach{"pdf"};  ///< which formats go with the mail
};

struct ScheduleSettings {
  std::string name;
  std::string cron;
  std::string time_zone = "UTC";
  std::vector<std::string> jobs;
  std::string period;  ///< "" | previous_month | current_month
  std::vector<std::string> formats{"pdf", "csv", "xlsx"};
  std::vector<std::string> recipients;
  std::vector<std::string> types;   ///< of compliance reports: soc2 | hipaa | gdpr; else empty
  std::string tenant;               ///< "" = each tenant and all
  std::string catch_up;             ///< "" (all with a period, else latest) | all | latest | none
  std::string overlap;              ///< "" (queue with a period, else forbid) | queue | forbid
  std::string dst_gap = "run";      ///< run | skip
  bool seconds = false;             ///< the expression has a leading field of seconds
  std::int64_t max_catch_up = 400;  ///< slots caught up at most; older are abandoned
  std::optional<std::chrono::seconds> start_deadline;  ///< after the slot; nothing = none
  bool after_previous = false;                         ///< waits for all earlier slots to succeed
  std::chrono::seconds jitter{0};                      ///< starts are delayed by a fixed part of it
  std::chrono::seconds timeout{30 * 60};               ///< of a run
  std::optional<Day> backfill_from;  ///< a new schedule begins here instead of now
  std::string zone_error;            ///< why time_zone is no zone (any more), or ""
  std::string where;                 ///< "costd.yaml:14:5", for messages
};

struct BudgetSettings {
  std::string name;
  std::string tenant;   ///< "" = all tenants together
  std::string api_key;  ///< "" = the tenant as a whole
  std::string period;   ///< DAILY | WEEKLY | MONTHLY
  Money limit;
  int soft_limit_percent = 80;
  bool enabled = true;
};

struct WebhookSection {
  std::string name;  ///< what it is called by; the URL may hold a token and is not shown
  std::string url;
  std::vector<std::string> secret_files;  ///< absolute paths, at least one; read at start
  std::string ca_file;                    ///< absolute path, or "" = the system's
  std::vector<std::string> types;         ///< of alerts that it gets; empty = all
};

struct AlertSettings {
  std::vector<std::string> recipients;  ///< of the mails
  std::vector<WebhookSection> webhooks;
  std::vector<int> thresholds;  ///< per cent of a budget that alert besides its own two, rising
  std::int64_t attempts = 20;   ///< at a webhook, before a message is given up
  bool allow_loopback = false;  ///< webhooks may be on this machine, and http:// there
};

struct BackupSettings {
  std::string directory;  ///< absolute; outside the state directory
  int keep = 7;           ///< backups, the newest among them
};

/// The least that the history of runs is kept.
inline constexpr std::chrono::days run_history_min{400};

/// How long what is kept; what is not set for ever.
struct RetentionSettings {
  std::optional<std::chrono::days> records;  ///< raw usage records
  std::optional<std::chrono::days> runs;     ///< at least run_history_min
  std::optional<std::chrono::days> spool;    ///< files in done/ and quarantine/
};

/// What compliance reports say of the site.
struct ComplianceSettings {
  std::string evidence_file;             ///< absolute path, or "" = none
  std::vector<EvidenceRecord> evidence;  ///< of the file, checked
  /// Categories of the site's SOC 2 report: security (always), availability, confidentiality,
  /// processing_integrity, privacy.
  std::vector<std::string> soc2_categories{"security"};
};

/// Days on which unusual cost is planned.
struct PlannedEventSettings {
  std::string name;
  DayRange days;
  std::string tenant;  ///< "" = all
  std::string model;   ///< "" = all
};

struct Settings {
  std::string file;  ///< absolute path of the configuration file
  std::string state_dir;
  std::string storage = "sqlite";
  std::string control_socket;
  ControlSettings control;
  std::string currency = "USD";
  std::string time_zone = "UTC";
  std::chrono::hours grace{72};
  std::chrono::seconds clock_jump_guard{24 * 60 * 60};  ///< longest step forward that is believed
  std::vector<SourceSettings> sources;
  std::string prices_file;  ///< "" = none
  std::vector<PriceEntry> prices;
  std::string tenants_file;  ///< "" = none
  std::vector<Tenant> tenants;
  std::vector<BudgetSettings> budgets;
  std::optional<MailSettings> mail;
  AlertSettings alerts;
  std::vector<ScheduleSettings> schedules;
  BackupSettings backup;
  RetentionSettings retention;
  ComplianceSettings compliance;
  std::vector<std::string> dimensions;  ///< tag names that costs group by
  std::chrono::days ingest_horizon{1};  ///< around a record's day, in which its id is looked for
  std::string anomaly_threshold_percent = "50";  ///< decimal, up to 3 places
  /// Smaller deviations in USD are no anomaly. Nothing: zero for the published rule, 10 for the
  /// robust.
  std::optional<Money> anomaly_impact_min;
  std::vector<PlannedEventSettings> planned_events;
  std::string templates_dir;  ///< default: templates/ beside the program or installed
  std::string log_level = "info";
};

/// What becomes of a schedule whose zone this machine does not know: the file is refused, or the
/// schedule notes it (rules are updated; a zone may go while costd is stopped).
enum class UnknownZones { refused, noted };

/// Reads and checks the file and those it names. Throws Error(config) with "file:line:column: what
/// is wrong; what to do" at the first thing that is wrong. `known_jobs` are the names that
/// schedules may use. Duplicate keys, unknown keys, anchors, aliases, tags and depth over 16 are
/// refused.
Settings load_settings(const std::string& file, const std::vector<std::string>& known_jobs,
                       UnknownZones unknown_zones = UnknownZones::refused);

/// Reads a price file by itself, for `prices import`.
std::vector<PriceEntry> load_price_file(const std::string& file);
/// The same for a text; messages name it `file`.
std::vector<PriceEntry> parse_price_file(std::string_view text, const std::string& file);

}  // namespace costd
