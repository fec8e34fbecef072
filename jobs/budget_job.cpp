#include "jobs/budget_job.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <unordered_map>

#include "jobs/budget_alerts.hpp"
#include "jobs/budget_evaluation.hpp"
#include "jobs/period.hpp"
#include "ledger/store/alert_store.hpp"
#include "ledger/store/budget_store.hpp"

namespace costd {
namespace {

/// Caps to a transaction, which then holds the writing lock for less than 250 ms.
constexpr std::size_t caps_per_unit = 2'000;

JobResult count(const BudgetStandings& standings) {
  JobResult result;
  for (const BudgetStanding& standing : standings.all()) {
    if (!standing.cap.enabled) continue;
    result.count("budgets", 1);
    if (standing.status.colour != BudgetColour::green) {
      result.count(name_of(standing.status.colour), 1);
    }
  }
  return result;
}

class BudgetJob : public Job {
 public:
  BudgetJob(std::shared_ptr<BudgetBook> book, BudgetJobOptions options)
      : book_(std::move(book)), options_(std::move(options)) {}

  std::string name() const override { return "budgets"; }

  JobResult run(JobContext& context) override {
    if (const auto as_of = as_of_day(context)) {
      return count(*evaluate_budgets(context.database.snapshot(), {context.as_of, as_of}));
    }
    const auto standings = book_->refresh(context.database, context.as_of);
    JobResult result = count(*standings);
    const std::vector<Update> updates = updates_for(context.database, *standings, context.as_of);
    for (std::size_t first = 0; first < updates.size(); first += caps_per_unit) {
      context.check_stop();
      const std::size_t last = std::min(first + caps_per_unit, updates.size());
      const std::span some(updates.begin() + static_cast<std::ptrdiff_t>(first), last - first);
      const std::int64_t alerts = store(context.database, some, context.as_of);
      result.count("alerts", alerts);
    }
    return result;
  }

 private:
  /// A status that is new, or a cap that has something to say.
  struct Update {
    const BudgetStanding* standing = nullptr;
    StoredBudgetStatus stored;
    int raise_percent = 0;  ///< 0 = none
    std::optional<Alert> forecast;
  };

  std::vector<Update> updates_for(Database& database, const BudgetStandings& standings,
                                  Instant now) const {
    if (standings.all().empty()) return {};
    std::unordered_map<std::string, StoredBudgetStatus> known;
    for (StoredBudgetStatus& stored : load_budget_statuses(database.snapshot())) {
      std::string id = stored.status.cap_id;
      known.emplace(std::move(id), std::move(stored));
    }
    std::vector<Update> updates;
    for (const BudgetStanding& standing : standings.all()) {
      const auto before = known.find(standing.cap.id);
      auto update = update_for(standing, before == known.end() ? nullptr : &before->second);
      if (!update) continue;
      update->stored.computed_at = now;
      updates.push_back(std::move(*update));
    }
    return updates;
  }

  std::optional<Update> update_for(const BudgetStanding& standing,
                                   const StoredBudgetStatus* before) const {
    Update update;
    update.standing = &standing;
    update.stored.status = standing.status;
    const bool is_armed = before == nullptr || before->status.cap_version != standing.cap.version ||
                          before->status.period != standing.status.period;
    if (!is_armed) {
      update.stored.alerted_percent = before->alerted_percent;
      update.stored.alerted_forecast = before->alerted_forecast;
    }
    if (standing.cap.enabled) {
      const int crossed =
          highest_crossed(standing, thresholds_of(standing.cap, options_.thresholds));
      if (crossed > update.stored.alerted_percent) {
        update.raise_percent = update.stored.alerted_percent = crossed;
      }
      if (!update.stored.alerted_forecast) {
        update.forecast = forecast_alert(standing);
        update.stored.alerted_forecast = update.forecast.has_value();
      }
    }
    const bool is_new = before == nullptr || before->status != standing.status;
    if (!is_new && update.raise_percent == 0 && !update.forecast) return std::nullopt;
    return update;
  }

  /// In one transaction; how many alerts were raised.
  std::int64_t store(Database& database, std::span<const Update> updates, Instant now) const {
    UnitOfWork unit = database.begin();
    std::int64_t alerts = 0;
    {
      BudgetStatusWriter writer(unit);
      for (const Update& update : updates) {
        // If the cap was edited or deleted meanwhile, the next run sees to its new version.
        if (writer.store(update.stored)) alerts += raise_all(unit, update, now);
      }
    }
    unit.commit();
    return alerts;
  }

  std::int64_t raise_all(UnitOfWork& unit, const Update& update, Instant now) const {
    std::int64_t alerts = 0;
    if (update.raise_percent > 0) {
      for (const int percent : thresholds_of(update.standing->cap, options_.thresholds)) {
        if (percent >= update.raise_percent) break;
        store_alert(unit, threshold_alert(*update.standing, percent), now);
      }
      alerts += raise(unit, threshold_alert(*update.standing, update.raise_percent), now);
    }
    if (update.forecast) alerts += raise(unit, *update.forecast, now);
    return alerts;
  }

  std::int64_t raise(UnitOfWork& unit, const Alert& alert, Instant now) const {
    if (options_.desk) return options_.desk->raise(unit, alert, now) ? 1 : 0;
    return store_alert(unit, alert, now) ? 1 : 0;
  }

  std::shared_ptr<BudgetBook> book_;
  BudgetJobOptions options_;
};

}  // namespace

std::unique_ptr<Job> make_budget_job(std::shared_ptr<BudgetBook> book, BudgetJobOptions options) {
  return std::make_unique<BudgetJob>(std::move(book), std::move(options));
}

}  // namespace costd
