#pragma once
// Builds chargeback models for the tests: a busy October with every oddity, one tenant of it, and a
// month without usage. All sections are sums of the same calls, so they agree by construction.

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "ledger/mask.hpp"
#include "reports/chargeback_model.hpp"

namespace costd::fixture {

struct TenantRow {
  const char* id;
  const char* name;
};
inline constexpr std::array tenants{
    TenantRow{"t-search", "Search Ranking"},       TenantRow{"t-support", "Support Copilot"},
    TenantRow{"t-data", "Data Platform — Zürich"}, TenantRow{"t-greek", "Ελληνικά Desk"},
    TenantRow{"t-tokyo", "東京サポートセンター"},  TenantRow{"t-legal", "=Legal & Contract Review"},
};

struct KeyRow {
  std::size_t tenant;
  const char* id;
  const char* name;  ///< "" = shown masked
  std::int64_t requests_a_day;
};
inline constexpr std::array keys{
    KeyRow{0, "key_6e41c0ffee0a7d56", "ranking-prod", 5200},
    KeyRow{0, "key_18f3aa90bb21c044", "", 900},
    KeyRow{1, "key_a1b2c3d4e5f60718", "copilot-eu", 4100},
    // Ninety characters.
    KeyRow{1, "key_0099887766554433",
           "Nightly evaluation of the support copilot against the frozen question set of autumn "
           "2026!!",
           650},
    KeyRow{2, "key_5a5a5a5a6b6b6b6b", "etl-enrichment", 2600},
    KeyRow{3, "key_777788889999aaaa", "Μετάφραση", 1500},
    KeyRow{4, "key_c0c0c0c0d1d1d1d1", "問い合わせ分類", 1300},
    KeyRow{5, "key_eeee1111ffff2222", "contract-review", 800},
};

struct ModelRow {
  const char* name;
  const char* provider;
  std::int64_t input_micros_per_mtok;  ///< 0 = has no price
  std::int64_t output_micros_per_mtok;
};
inline constexpr std::array models{
    ModelRow{"gpt-4o-2024-11-20", "openai", 2'500'000, 10'000'000},
    ModelRow{"claude-sonnet-4-5", "anthropic", 3'000'000, 15'000'000},
    ModelRow{"gpt-4o-mini", "openai", 150'000, 600'000},
    ModelRow{"gemini-2.5-pro", "google", 1'250'000, 10'000'000},
    ModelRow{"claude-haiku-4-5", "anthropic", 1'000'000, 5'000'000},
    ModelRow{"mistral-large-2411", "mistral", 2'000'000, 6'000'000},
    ModelRow{"text-embedding-3-large", "openai", 130'000, 0},
    ModelRow{"llama-4-maverick-preview", "self-hosted", 0, 0},
};
inline constexpr std::size_t unpriced_model = 7;
inline constexpr int first_anomalous_day = 17;
inline constexpr int second_anomalous_day = 23;

/// The calls of one key to one model on one day.
struct Calls {
  std::size_t key;
  std::size_t model;
  int day;  ///< of October 2026
  UsageTotals usage;
  Money input_cost;
  Money output_cost;
};

inline Day october(int day) {
  return Day(std::chrono::local_days(std::chrono::year(2026) / 10 / 1)) +
         std::chrono::days(day - 1);
}

inline bool is_anomalous(int day) {
  return day == first_anomalous_day || day == second_anomalous_day;
}

inline Calls calls_of(std::size_t key, std::size_t model, int day) {
  const bool weekend = day % 7 == 3 || day % 7 == 4;  // 3 and 4 October 2026 are a weekend
  const auto wobble =
      static_cast<std::int64_t>((key * 7 + model * 13 + std::size_t(day) * 29) % 17);
  std::int64_t requests = keys.at(key).requests_a_day * (weekend ? 30 : 85 + wobble) / 100;
  requests = requests / static_cast<std::int64_t>(model + 1) + 1;
  if (is_anomalous(day) && key == 0)
    requests *= day == first_anomalous_day ? 9 : 3;               // the 17th is a Saturday
  if (model == unpriced_model) requests = day == 31 ? 405 : 398;  // 30 * 398 + 405 = 12,345
  Calls calls{key, model, day, {}, {}, {}};
  UsageTotals& usage = calls.usage;
  usage.requests = requests;
  usage.input_tokens = requests * (1'811 + 37 * wobble);
  usage.cached_input_tokens = usage.input_tokens / 5;
  usage.cache_write_tokens = usage.input_tokens / 50;
  usage.output_tokens = model == 6 ? 0 : requests * (233 + 11 * wobble);
  usage.reasoning_tokens = usage.output_tokens / 9;
  usage.estimated_requests = requests / 200;
  usage.cache_hits = requests / 50;
  const ModelRow& row = models.at(model);
  if (model == unpriced_model)
    usage.unpriced_requests = requests - usage.cache_hits - usage.estimated_requests;
  calls.input_cost = Money::from_picos(int128{usage.input_tokens} * row.input_micros_per_mtok);
  calls.output_cost = Money::from_picos(int128{usage.output_tokens} * row.output_micros_per_mtok);
  return calls;
}

inline std::vector<Calls> calls_of_october() {
  std::vector<Calls> all;
  for (int day = 1; day <= 31; ++day) {
    for (std::size_t key = 0; key < keys.size(); ++key) {
      for (std::size_t model = 0; model < unpriced_model; ++model) {
        if ((key + model) % 3 != 1) all.push_back(calls_of(key, model, day));
      }
    }
    Calls unpriced = calls_of(2, unpriced_model, day);
    unpriced.usage.cache_hits = 0;
    unpriced.usage.estimated_requests = 0;
    unpriced.usage.unpriced_requests = unpriced.usage.requests;
    all.push_back(unpriced);
  }
  return all;
}

enum class Order { by_cost, by_key };

/// Sums the calls into one line for each distinct first line that `start` gives.
inline std::vector<CostLine> section(const std::vector<Calls>& all, Order order,
                                     const std::function<CostLine(const Calls&)>& start) {
  std::map<std::string, CostLine> lines;
  for (const Calls& calls : all) {
    CostLine& line = lines.try_emplace(start(calls).key, start(calls)).first->second;
    line.usage += calls.usage;
    line.input_cost += calls.input_cost;
    line.output_cost += calls.output_cost;
    line.total_cost += calls.input_cost + calls.output_cost;
  }
  std::vector<CostLine> sorted;
  for (auto& [key, line] : lines) sorted.push_back(std::move(line));
  if (order == Order::by_cost) {
    std::stable_sort(sorted.begin(), sorted.end(), [](const CostLine& a, const CostLine& b) {
      return a.total_cost > b.total_cost;
    });
  }
  return sorted;
}

inline CostLine named(std::string tenant, std::string key, std::string name,
                      std::string provider = "") {
  CostLine line;
  line.tenant = std::move(tenant);
  line.key = std::move(key);
  line.name = std::move(name);
  line.provider = std::move(provider);
  return line;
}

inline void fill_sections(ChargebackModel& model, const std::vector<Calls>& all) {
  const auto tenant_of = [](const Calls& c) { return tenants.at(keys.at(c.key).tenant); };
  model.tenants = section(all, Order::by_cost, [&](const Calls& c) {
    return named(tenant_of(c).id, tenant_of(c).id, tenant_of(c).name);
  });
  model.api_keys = section(all, Order::by_cost, [&](const Calls& c) {
    const KeyRow& key = keys.at(c.key);
    const std::string name = key.name;
    return named(tenant_of(c).id, key.id, name.empty() ? mask_key(key.id) : name);
  });
  model.models = section(all, Order::by_cost, [](const Calls& c) {
    const ModelRow& row = models.at(c.model);
    return named("", row.name, row.name, row.provider);
  });
  model.providers = section(all, Order::by_cost, [](const Calls& c) {
    return named("", models.at(c.model).provider, models.at(c.model).provider);
  });
  model.days = section(all, Order::by_key, [](const Calls& c) {
    CostLine line = named("", format_day(october(c.day)), describe(october(c.day)));
    line.anomalous = is_anomalous(c.day);
    return line;
  });
}

inline void fill_totals(ChargebackModel& model) {
  model.total = sum_of(model.tenants);
  model.usage = {};
  model.statement_total = {};
  for (const CostLine& line : model.tenants) {
    model.usage += line.usage;
    model.statement_total = model.statement_total + round_to_cents(line.total_cost);
  }
  TieOut& tie = model.tie_out;
  tie.accepted = model.usage.requests;
  tie.cache_hits = model.usage.cache_hits;
  tie.unpriced = model.usage.unpriced_requests;
  tie.priced = tie.accepted - tie.cache_hits - tie.unpriced;
  tie.duplicates = 1'204;
  tie.quarantined = 17;
  tie.records_in = tie.accepted + tie.duplicates + tie.quarantined;
  tie.tenant_sum = sum_of(model.tenants);
  tie.api_key_sum = sum_of(model.api_keys);
  tie.model_sum = sum_of(model.models);
  tie.provider_sum = sum_of(model.providers);
  tie.day_sum = sum_of(model.days);
  model.audit_chain =
      ChainHead{9480, "cde64922b1f60a7d3e58c4902fb7a16d0e9d5c83f4417ab2c6905d1e8f73b0a4"};
}

inline void fill_frame(ChargebackModel& model) {
  model.report_id = "01KBZ6V0M8T5QG3W9XJ4E7RC2N";
  model.tenant_name = "All tenants";
  model.period = {october(1), october(32)};
  model.period_name = "October 2026";
  model.period_window = "1–31 Oct 2026";
  model.time_zone = "Europe/Zurich";
  model.period_note = "745 hours: DST change on 25 Oct";
  model.status = StatementStatus::final;
  model.generated_at = *parse_instant("2026-11-04T06:00:00Z");
  model.generated_by = "schedule month-end";
  model.previous_name = "September 2026";
  model.forecast_name = "Nov 2026";
}

/// Ten percent below the run rate, and 5 and 10 % around that; lines of low confidence are not
/// tested yet.
inline MonthEndEstimate estimate(const ForecastLine& line) {
  const auto percent = [&](int n) { return scale(line.projected_month_end, n, 1'000); };
  MonthEndEstimate estimate{.projected_month_end = percent(900),
                            .low80 = percent(855),
                            .high80 = percent(945),
                            .low95 = percent(810),
                            .high95 = percent(990),
                            .method = "ensemble:level-91d",
                            .mase_hundredths = 87,
                            .error_permille_7 = 61,
                            .error_permille_14 = 42,
                            .error_permille_21 = 19,
                            .held_permille = 790,
                            .confidence = "high",
                            .reason = ""};
  if (!line.low_confidence) return estimate;
  estimate.mase_hundredths = estimate.held_permille = std::nullopt;
  estimate.error_permille_7 = estimate.error_permille_14 = estimate.error_permille_21 =
      std::nullopt;
  estimate.confidence = "low";
  estimate.reason = "3 days of history, fewer than 28";
  return estimate;
}

inline ForecastLine forecast(std::string tenant, std::string model, std::string provider,
                             std::int64_t daily_cents, Trend trend) {
  ForecastLine line;
  line.tenant = std::move(tenant);
  line.model = std::move(model);
  line.provider = std::move(provider);
  line.as_of = october(34);  // 3 November
  line.daily_rate = to_money({daily_cents});
  line.month_to_date = line.daily_rate * 3;
  line.projected_month_end = line.daily_rate * 30;
  line.trend = trend;
  line.low_confidence = daily_cents < 1'000;
  line.estimate = estimate(line);
  return line;
}

/// November: three days known, the others in even steps to the estimate.
inline std::vector<ForecastPoint> november(const ForecastLine& line) {
  std::vector<ForecastPoint> points;
  const auto on_the_way = [&](Money end, int n) {
    return line.month_to_date + scale(end - line.month_to_date, n - 3, 27);
  };
  for (int n = 1; n <= 30; ++n) {
    const Day day = october(31 + n);
    if (n <= 3) {
      const Money spent = line.daily_rate * n;
      points.push_back({day, true, spent, spent, spent, spent, spent});
    } else {
      const MonthEndEstimate& end = *line.estimate;
      points.push_back({day, false, on_the_way(end.projected_month_end, n),
                        on_the_way(end.low80, n), on_the_way(end.high80, n),
                        on_the_way(end.low95, n), on_the_way(end.high95, n)});
    }
  }
  return points;
}

inline void fill_findings(ChargebackModel& model) {
  model.forecast = forecast("", "", "", 16'842, Trend::increasing);
  model.forecast_points = november(*model.forecast);
  model.forecasts = {forecast("t-search", "gpt-4o-2024-11-20", "openai", 7'077, Trend::increasing),
                     forecast("t-support", "claude-sonnet-4-5", "anthropic", 3'950, Trend::stable),
                     forecast("t-tokyo", "gemini-2.5-pro", "google", 1'123, Trend::decreasing),
                     forecast("t-greek", "mistral-large-2411", "mistral", 712, Trend::stable)};
  AnomalyLine spike{.id = "01KBAAAAAAAAAAAAAAAAAAAAA1",
                    .tenant = "t-search",
                    .tenant_name = "Search Ranking",
                    .model = "gpt-4o-2024-11-20",
                    .kind = "SPIKE",
                    .day = october(first_anomalous_day),
                    .current_daily_rate = parse_money("207.912345"),
                    .baseline = parse_money("40.55"),
                    .deviation_percent = "412.7",
                    .impact = parse_money("167.362345"),
                    .detected_at = *parse_instant("2026-10-18T00:05:00Z"),
                    .open = true,
                    .last_day = october(first_anomalous_day),
                    .rule = "ROBUST",
                    .severity = "MEDIUM",
                    .why = "$167.36 above the expected $40.55: more volume, mostly key "
                           "key_6e41…7d56 and output tokens."};
  AnomalyLine fresh = spike;
  fresh.id = "01KBAAAAAAAAAAAAAAAAAAAAA2";
  fresh.kind = "NEW_SPEND";
  fresh.day = fresh.last_day = october(second_anomalous_day);
  fresh.rule = "PUBLISHED";
  fresh.why = "$207.91 where nothing was spent before.";
  fresh.baseline = {};
  fresh.deviation_percent = "";
  fresh.impact = fresh.current_daily_rate;
  fresh.open = false;
  model.anomalies = {spike, fresh};
  model.unpriced_models = {{models.at(unpriced_model).name, models.at(unpriced_model).provider,
                            12'345, 25'810'455, 4'011'200}};
}

/// Six tenants, eight keys, eight models (one without a price), 31 days, two anomalies.
inline ChargebackModel all_tenants() {
  ChargebackModel model;
  fill_frame(model);
  fill_sections(model, calls_of_october());
  fill_totals(model);
  fill_findings(model);
  model.previous_total = Cents{451'217};
  model.budget = BudgetUse{"LLM platform", Money::from_usd(6'000), model.total, 80};
  return model;
}

/// The same month for Support Copilot alone, before the close.
inline ChargebackModel one_tenant() {
  ChargebackModel model;
  fill_frame(model);
  model.tenant = "t-support";
  model.tenant_name = "Support Copilot";
  model.status = StatementStatus::preliminary;
  std::vector<Calls> calls;
  for (const Calls& each : calls_of_october()) {
    if (keys.at(each.key).tenant == 1) calls.push_back(each);
  }
  fill_sections(model, calls);
  fill_totals(model);
  for (CostLine& day : model.days) day.anomalous = false;
  model.forecast = forecast("t-support", "", "", 5'301, Trend::stable);
  model.forecast_points = november(*model.forecast);
  model.forecasts = {forecast("t-support", "claude-sonnet-4-5", "anthropic", 3'950, Trend::stable)};
  model.previous_total = Cents{181'002};
  model.unpriced_models = {{models.at(unpriced_model).name, models.at(unpriced_model).provider,
                            12'345, 25'810'455, 4'011'200}};
  return model;
}

inline Correction correction(const std::string& tenant, const std::string& name, int september,
                             const std::string& cost) {
  Correction correction;
  correction.line = named(tenant, "key_18f3aa90bb21c044", "", "openai");
  correction.line.usage.requests = 2;
  correction.line.total_cost = correction.line.input_cost = parse_money(cost);
  correction.tenant_name = name;
  correction.model = "gpt-4o-mini";
  correction.day = october(1) - std::chrono::days(31 - september);
  correction.closed_month = "2026-09";
  return correction;
}

/// A second statement of the month, with four requests of September that came after its close:
/// 0.004 + 0.004 USD are 0.01 with a rounding line.
inline ChargebackModel with_corrections() {
  ChargebackModel model = all_tenants();
  model.revision = 2;
  model.supersedes = Superseded{1, std::string(64, 'a')};
  model.corrections = {correction("t-search", "Search Ranking", 17, "0.004"),
                       correction("t-support", "Support Copilot", 29, "0.004")};
  model.tie_out.corrections = 4;
  model.tie_out.correction_sum = parse_money("0.008");
  return model;
}

/// A month in which nobody called.
inline ChargebackModel no_usage() {
  ChargebackModel model;
  fill_frame(model);
  for (const Day day : each_day(model.period)) {
    model.days.push_back(named("", format_day(day), describe(day)));
  }
  return model;
}

}  // namespace costd::fixture
