#include "jobs/recount_window.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/ordered_work.hpp"
#include "ledger/error.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/price_store.hpp"
#include "ledger/store/removed_days.hpp"
#include "ledger/store/series_store.hpp"

namespace costd {
namespace {

using std::chrono::days;

constexpr std::int64_t lines_max = 100;
constexpr std::size_t unmerged_rows_max = 200'000;

/// A UTC day has the records of three local days at most: its own date and the two beside it.
constexpr days reach{1};

Day date_of(BlockDay day) {
  return from_day_number(day);
}

BlockDayRange blocks_for(const std::vector<Day>& local_days) {
  return {to_day_number(local_days.front() - reach), to_day_number(local_days.back() + reach) + 1};
}

}  // namespace

Recounted::Recounted(JobContext& of_run, std::size_t days_total)
    : context(of_run), progress_{"recount", 0, static_cast<std::int64_t>(days_total), "days"} {}

void Recounted::add_difference(const std::string& line) {
  if (differences < lines_max) context.monitor.log(line);
  ++differences;
}

void Recounted::finish_day() {
  ++progress_.done;
  context.monitor.progress(progress_);
}

RecountWindow::RecountWindow(Recounted& recounted, const std::vector<Day>& local_days)
    : recounted_(recounted),
      days_(local_days),
      snapshot_(recounted.context.database.snapshot()),
      zones_(load_billing_zones(snapshot_)),
      series_(load_series(snapshot_)),
      closed_(load_closed_periods(snapshot_)),
      price_history_(load_price_history(snapshot_)),
      charges_(load_prices(snapshot_), price_history_),
      unrated_(load_unrated_days(snapshot_)),
      coverage_(zones_, load_removed_days(snapshot_)) {}

void RecountWindow::run(std::size_t threads) {
  const std::vector<BlockHead> heads = load_block_heads(snapshot_, blocks_for(days_));
  work_in_order(
      heads.size(), threads, [&](std::size_t number) { return recount(heads[number]); },
      [&](RecountedBlock block) {
        recounted_.context.check_stop();
        compare_days_before(date_of(block.head.day) - reach);
        add(std::move(block));
      });
  compare_days_before(Day::max());
}

/// Called by the working threads.
RecountedBlock RecountWindow::recount(const BlockHead& head) {
  RecountedBlock recounted{head, {}, ""};
  try {
    CountedBlock block;
    {
      const std::lock_guard lock(reading_);
      block = load_counted_block(snapshot_, head);
    }
    const auto tenant_of = [&](SeriesId id) -> const std::string& {
      const auto found = series_.find(id);
      if (found != series_.end()) return found->second.tenant;
      throw Error(ErrorCode::data, fmt::format("its series {} is not there", id));
    };
    recounted.rows = roll_up_block(block, zones_, tenant_of).rows;
    const Day date = date_of(head.day);
    for (const DailyUsage& row : recounted.rows) {
      if (row.key.day >= date - reach && row.key.day <= date + reach) continue;
      throw Error(ErrorCode::data, "it holds records of another day");
    }
  } catch (const Error& error) {
    // Bytes that cannot be read are what a recount looks for; the other blocks are looked at, too.
    if (error.code() != ErrorCode::data) throw;
    recounted.rows.clear();
    recounted.damage = error.what();
  }
  return recounted;
}

void RecountWindow::add(RecountedBlock block) {
  const Day date = date_of(block.head.day);
  if (date >= days_.front() && date <= days_.back()) {
    recounted_.result.count("records", block.head.records);
  }
  if (!block.damage.empty()) {
    recounted_.add_difference(fmt::format("difference day={} block={} records={} unreadable=\"{}\"",
                                          format_day(date), block.head.id, block.head.records,
                                          block.damage));
  }
  for (DailyUsage& row : block.rows) derived_[row.key.day].rows.push_back(row);
  for (auto& [day, derived] : derived_) {
    if (derived.rows.size() < 2 * derived.merged + unmerged_rows_max) continue;
    merge_equal_keys(derived.rows);
    derived.merged = derived.rows.size();
  }
}

void RecountWindow::compare_days_before(Day end) {
  for (; next_day_ < days_.size() && days_[next_day_] < end; ++next_day_) {
    recounted_.context.check_stop();
    compare(days_[next_day_]);
    derived_.erase(derived_.begin(), derived_.upper_bound(days_[next_day_]));
    recounted_.finish_day();
  }
}

void RecountWindow::compare(Day day) {
  std::vector<DailyUsage> usage;
  std::vector<DailyCharge> charges;
  try {
    const std::lock_guard lock(reading_);
    usage = load_daily_usage(snapshot_, day);
    charges = load_daily_charges(snapshot_, day);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::data) throw;
    recounted_.add_difference(
        fmt::format("difference day={} unreadable=\"{}\"", format_day(day), error.what()));
    return;
  }
  if (usage.empty() && charges.empty() && !derived_.contains(day)) return;
  recounted_.result.count("days", 1);
  compare_usage_of(day, usage);
  if (std::ranges::binary_search(unrated_, day)) {
    recounted_.result.count("daysUnrated", 1);
  } else {
    compare_charges_of(usage, charges);
  }
}

void RecountWindow::compare_usage_of(Day day, const std::vector<DailyUsage>& stored) {
  bool records_missing = false;
  const auto is_whole = [&](SeriesId id) {
    const auto known = series_.find(id);
    if (known == series_.end() || coverage_.is_whole(known->second.tenant, day)) return true;
    records_missing = true;
    return false;
  };
  report(compare_usage(stored, std::move(derived_[day].rows), is_whole));
  recounted_.result.count("usageRows", static_cast<std::int64_t>(stored.size()));
  if (records_missing) recounted_.result.count("daysWithoutRecords", 1);
}

void RecountWindow::compare_charges_of(const std::vector<DailyUsage>& usage,
                                       const std::vector<DailyCharge>& stored) {
  std::vector<DailyCharge> derived;
  derived.reserve(usage.size());
  for (const DailyUsage& row : usage) {
    const auto series = series_.find(row.key.series);
    if (series == series_.end()) continue;  // its usage is a difference already
    const auto charge = std::ranges::lower_bound(stored, row.key, {}, &DailyCharge::key);
    const bool is_stored = charge != stored.end() && charge->key == row.key;
    const bool is_frozen = closed_.contains({series->second.tenant, row.key.booked}) && is_stored;
    derived.push_back(
        {row.key, is_frozen ? charges_.by_named_entry(series->second, row, charge->charge.price_id)
                            : charges_.by_live_prices(series->second, row)});
  }
  report(compare_charges(stored, derived));
  recounted_.result.count("charges", static_cast<std::int64_t>(stored.size()));
}

void RecountWindow::report(const std::vector<Difference>& differences) {
  for (const Difference& difference : differences) {
    recounted_.add_difference(describe(difference, series_));
  }
}

}  // namespace costd
