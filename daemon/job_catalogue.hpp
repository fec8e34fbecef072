#pragma once
// All jobs there are, made from the settings. The one place that knows every implementation.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "jobs/budget_book.hpp"
#include "jobs/deliver_job.hpp"
#include "jobs/job.hpp"

namespace costd {

using JobCatalogue = std::map<std::string, std::unique_ptr<Job>>;

/// The names that schedules and `run` may use, in the order in which they build on each other.
const std::vector<std::string>& job_names();

/// The transport of the settings; nothing if no mail is configured.
std::unique_ptr<Transport> make_transport(const Settings& settings);

/// `relay` may be null. `key_secret` keys the hashes of API keys that look like secrets. The
/// budgets job keeps `budgets` up to date.
JobCatalogue make_jobs(const Settings& settings, const std::string& key_secret,
                       std::shared_ptr<OutboxRelay> relay, std::shared_ptr<BudgetBook> budgets);

}  // namespace costd
