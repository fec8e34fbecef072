// 100,000 caps over 10,000 tenants against a month of daily costs: how long each step takes.

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <random>

#include "jobs/budget_evaluation.hpp"
#include "jobs/budget_job.hpp"
#include "ledger/store/budget_spend.hpp"
#include "ledger/store/budget_store.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/series_store.hpp"

namespace costd {
namespace {

constexpr int tenants = 10'000;
constexpr int keys_per_tenant = 3;
constexpr int models_per_key = 2;
constexpr int caps_per_tenant = 10;
constexpr int month_days = 31;
constexpr std::uint64_t seed = 20'261'001;
constexpr int decisions = 1'000'000;

const Day first_day = parse_day("2026-10-01").value();
const Instant now = parse_instant("2026-10-31T12:00:00Z").value();

class Quiet : public RunMonitor {
 public:
  void progress(const RunProgress&) override {}
  void log(const std::string&) override {}
};

std::string tenant_name(int n) {
  return fmt::format("tenant-{:05}", n);
}
std::string key_name(int tenant, int key) {
  return fmt::format("key_{:05}_{}", tenant, key);
}

std::vector<SeriesId> make_series(Database& database) {
  std::vector<SeriesKey> keys;
  for (int tenant = 0; tenant < tenants; ++tenant) {
    for (int key = 0; key < keys_per_tenant; ++key) {
      for (int model = 0; model < models_per_key; ++model) {
        keys.push_back({tenant_name(tenant), key_name(tenant, key), fmt::format("m-{}", model),
                        "alpha", ServiceTier::standard, ""});
      }
    }
  }
  UnitOfWork unit = database.begin();
  const auto ids = store_series(unit, keys);
  unit.commit();
  return ids;
}

/// Every series on every day, with up to a USD of charges.
std::int64_t make_days(Database& database, const std::vector<SeriesId>& series,
                       std::mt19937_64& random) {
  std::int64_t rows = 0;
  for (int n = 0; n < month_days; ++n) {
    const Day day = first_day + std::chrono::days(n);
    std::vector<DailyUsage> usage;
    std::vector<DailyCharge> charges;
    for (const SeriesId id : series) {
      const DailyKey key{day, id, 0, month_of(day), Origin::exact};
      const auto tokens = static_cast<std::int64_t>(random() % 100'000);
      usage.push_back({key, 1 + tokens / 1'000, {}});
      usage.back().tokens.output = usage.back().tokens.total = tokens;
      Charge charge;
      charge.state = ChargeState::priced;
      charge.amounts.output_picos = tokens * 10'000'000;
      charge.amounts.input_picos = tokens * 1'250'000;
      charges.push_back({key, charge});
    }
    UnitOfWork unit = database.begin();
    replace_daily_usage(unit, day, usage);
    replace_daily_charges(unit, day, charges);
    unit.commit();
    rows += static_cast<std::int64_t>(usage.size());
  }
  return rows;
}

void make_caps(Database& database, std::mt19937_64& random) {
  constexpr std::array periods{BudgetPeriod::daily, BudgetPeriod::weekly, BudgetPeriod::monthly};
  UnitOfWork unit = database.begin();
  for (int tenant = 0; tenant < tenants; ++tenant) {
    for (int n = 0; n < caps_per_tenant; ++n) {
      BudgetCap cap;
      cap.id = fmt::format("CAP{:05}{:02}", tenant, n);
      cap.name = fmt::format("{} {}", tenant_name(tenant), n);
      cap.tenant = tenant_name(tenant);
      if (n >= 6) cap.api_key = key_name(tenant, n % keys_per_tenant);
      cap.period = periods[static_cast<std::size_t>(n) % periods.size()];
      cap.limit = Money::from_usd(1 + static_cast<std::int64_t>(random() % 200));
      if (n % 2 == 1) cap.managed_by = ManagedBy::tenant;
      insert_cap(unit, cap, {"uid:0", now});
    }
  }
  unit.commit();
}

/// Wall time, and the CPU time of this one thread: the difference is other programs and the disk.
void measure(const char* what, const std::function<std::string()>& work) {
  const auto started = std::chrono::steady_clock::now();
  const std::clock_t cpu_started = std::clock();
  const std::string note = work();
  const auto cpu_ms = (std::clock() - cpu_started) * 1000 / CLOCKS_PER_SEC;
  const auto taken = std::chrono::steady_clock::now() - started;
  fmt::print("{:<46} {:>6} ms {:>6} ms CPU   {}\n", what,
             std::chrono::duration_cast<std::chrono::milliseconds>(taken).count(), cpu_ms, note);
}

std::string run(Job& job, Database& database) {
  Quiet monitor;
  JobContext context{database, now, {}, {"system", "bench"}, "RUN", {}, monitor};
  std::string note;
  for (const auto& [name, count] : job.run(context).counts) {
    note += fmt::format("{}{} {}", note.empty() ? "" : ", ", format_count(count), name);
  }
  return note;
}

std::string decide(const BudgetStandings& page, std::mt19937_64& random) {
  std::int64_t blocked = 0;
  const auto started = std::chrono::steady_clock::now();
  for (int n = 0; n < decisions; ++n) {
    const int tenant = static_cast<int>(random() % tenants);
    const auto decision =
        page.decide(tenant_name(tenant), key_name(tenant, n % keys_per_tenant), now);
    if (decision.verdict == BudgetVerdict::block) ++blocked;
  }
  const auto taken = std::chrono::steady_clock::now() - started;
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(taken).count();
  return fmt::format("{} ns each, {} blocked", nanoseconds / decisions, format_count(blocked));
}

void bench(const std::string& folder) {
  std::mt19937_64 random(seed);
  Database database(folder + "/costd.db");
  std::int64_t rows = 0;
  measure("(making the data)", [&] {
    rows = make_days(database, make_series(database), random);
    make_caps(database, random);
    return fmt::format("{} rows of daily costs, {} caps, seed {}", format_count(rows),
                       format_count(tenants * caps_per_tenant), seed);
  });
  measure("the caps, from the database", [&] {
    return fmt::format(
        "{} caps", format_count(static_cast<std::int64_t>(load_caps(database.snapshot()).size())));
  });
  measure("one pass over the daily costs", [&] {
    const Day today = parse_day("2026-10-31").value();
    const auto spend = load_budget_spend(database.snapshot(), [&](const std::string&) {
      return SpendDay{today, today, today + std::chrono::days(99)};
    });
    return fmt::format(
        "{} USD in the month",
        format_cents(round_to_cents(spend.of_all().in(BudgetPeriod::monthly).spent)));
  });
  std::shared_ptr<const BudgetStandings> page;
  measure("every cap evaluated, all of the above and more", [&] {
    page = evaluate_budgets(database.snapshot(), {now, std::nullopt});
    return fmt::format("{} standings", format_count(static_cast<std::int64_t>(page->all().size())));
  });
  const auto job = make_budget_job(std::make_shared<BudgetBook>());
  measure("the job, first run: all statuses and alerts", [&] { return run(*job, database); });
  measure("the job again: nothing changed", [&] { return run(*job, database); });
  measure("1,000,000 decisions", [&] { return decide(*page, random); });
}

}  // namespace
}  // namespace costd

int main() {
  std::string folder = (std::filesystem::temp_directory_path() / "costd-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return EXIT_FAILURE;
  costd::bench(folder);
  std::filesystem::remove_all(folder);
}
