#pragma once
// All jobs there are, made from the settings. The one place that knows every implementation.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "daemon/clock.hpp"
#include "jobs/alerts/alert_desk.hpp"
#include "jobs/budget_book.hpp"
#include "jobs/deliver_job.hpp"
#include "jobs/job.hpp"
#include "ledger/signing.hpp"

namespace costd {

using JobCatalogue = std::map<std::string, std::unique_ptr<Job>>;

/// The names that schedules and `run` may use, in the order in which they build on each other.
const std::vector<std::string>& job_names();

/// The desk that owes alerts to the channels of the settings. `install_id` is the database's.
std::shared_ptr<AlertDesk> make_alert_desk(const Settings& settings, const std::string& install_id);

/// A relay with a lane for mail, where it is configured, and one for each webhook; their secrets
/// are read now. Throws Error(config) naming a file that holds none.
std::shared_ptr<OutboxRelay> make_relay(const Settings& settings, Database& database,
                                        AlertDesk& alerts, const Clock& clock);

/// What the jobs get from the installation.
struct InstallationKeys {
  std::string secret;  ///< keys the hashes of API keys that look like secrets
  std::shared_ptr<const SigningKey> signing{};
};

/// `relay` may be null. The budgets job keeps `budgets` up to date.
JobCatalogue make_jobs(const Settings& settings, const InstallationKeys& keys,
                       std::shared_ptr<OutboxRelay> relay, std::shared_ptr<BudgetBook> budgets,
                       AlertDesk& alerts);

}  // namespace costd
