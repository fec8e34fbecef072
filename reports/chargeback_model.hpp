#pragma once
// The finished content of a chargeback statement: everything its PDF, CSV and XLSX show, read in
// one snapshot. The renderers add layout and nothing else.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/forecast.hpp"
#include "ledger/money.hpp"
#include "ledger/time/calendar.hpp"
#include "ledger/time/instant.hpp"
#include "ledger/usage_totals.hpp"

namespace costd {

/// One line of a section. Money is exact; the renderers round it once, to cents.
struct CostLine {
  std::string tenant;    ///< tenant id; always set in the tenant and API key sections
  std::string key;       ///< full id of the line: tenant, API key, model, provider or ISO date
  std::string name;      ///< what people read: display name, masked key, "Mon 5 Oct"
  std::string provider;  ///< model section: the model's provider; elsewhere empty
  UsageTotals usage;
  Money input_cost;  ///< all input classes, cached ones included
  Money output_cost;
  Money total_cost;
  bool anomalous = false;  ///< daily section: an anomaly of the period touches this day
};

/// The weekday-aware forecast: estimates, each with the error of its method in the past. Nothing
/// where history is too short to tell.
struct MonthEndEstimate {
  Money projected_month_end;
  Money low80;  ///< the interval that 80 of 100 month ends are expected in
  Money high80;
  Money low95;
  Money high95;
  std::string method;
  std::optional<std::int64_t> mase_hundredths;  ///< error of a day, by that of a week ago
  /// Mean error of past months' projections, as of the end of their 7th, 14th and 21st day.
  std::optional<std::int64_t> error_permille_7;
  std::optional<std::int64_t> error_permille_14;
  std::optional<std::int64_t> error_permille_21;
  std::optional<std::int64_t> held_permille;  ///< of the 80 % intervals of earlier days
  std::string confidence;                     ///< "low", "medium", "high"
  std::string reason;                         ///< why it is not high, or ""
};

/// A day of the projected month: what is spent by its end, or expected to be.
struct ForecastPoint {
  Day day{};
  bool known = false;  ///< spent; then there is no interval around it
  Money total;
  Money low80;
  Money high80;
  Money low95;
  Money high95;
};

/// A 7-day trailing forecast as published by the gateway: run rate and month-end projection.
struct ForecastLine {
  std::string tenant;  ///< "" = all tenants
  std::string model;   ///< "" = all models
  std::string provider;
  Day as_of{};  ///< last complete day used
  Money month_to_date;
  Money daily_rate;
  Money projected_month_end;
  Trend trend = Trend::stable;
  bool low_confidence = false;               ///< fewer than 7 days of history
  std::optional<MonthEndEstimate> estimate;  ///< of the same month; older models have none
};

struct AnomalyLine {
  std::string id;
  std::string tenant;
  std::string tenant_name;
  std::string model;
  std::string kind;  ///< "SPIKE", "DROP", "NEW_SPEND" or "LEVEL_SHIFT"
  Day day{};         ///< the first one
  Money current_daily_rate;
  Money baseline;
  std::string deviation_percent;  ///< "183.4"; "" where the baseline is zero
  Money impact;                   ///< of all its days
  Instant detected_at;
  bool open = true;
  Day last_day{};        ///< inclusive
  std::string rule;      ///< "PUBLISHED" or "ROBUST"
  std::string severity;  ///< "LOW" to "CRITICAL"; "" in a model of an older costd
  std::string why;       ///< one sentence; "" in a model of an older costd
};

/// Usage of a closed month that arrived after its close: it is booked in the statement's month, and
/// in all its sections, with its original day.
struct Correction {
  CostLine line;  ///< key = API key, name = its name, provider = the model's
  std::string tenant_name;
  std::string model;
  Day day{};                 ///< the original one
  std::string closed_month;  ///< "2026-10"
};

/// An earlier revision of the same statement, which stays as it is.
struct Superseded {
  int revision = 1;
  std::string sha256;  ///< of its model, as printed in it
};

/// Counts and sums that prove the statement complete. All sums are exact.
struct TieOut {
  std::int64_t records_in = 0;  ///< accepted + duplicates + quarantined
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;
  std::int64_t quarantined = 0;
  /// Lines refused before a date could be read, of any time; in no period and not in records_in.
  std::int64_t undated = 0;
  std::int64_t priced = 0;  ///< accepted = priced + cache_hits + unpriced + out_of_range
  std::int64_t cache_hits = 0;
  std::int64_t unpriced = 0;
  std::int64_t out_of_range = 0;
  std::int64_t corrections = 0;  ///< of the accepted ones: of closed months
  Money correction_sum;          ///< of the total: what they cost
  Money tenant_sum;
  Money api_key_sum;
  Money model_sum;
  Money provider_sum;
  Money day_sum;
  Money difference;  ///< largest minus smallest of the five sums; zero when it ties
  bool ties() const {
    return difference.is_zero() && records_in == accepted + duplicates + quarantined &&
           accepted == priced + cache_hits + unpriced + out_of_range;
  }
};

struct UnpricedModel {
  std::string model;
  std::string provider;
  std::int64_t requests = 0;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
};

struct BudgetUse {
  std::string name;
  Money limit;
  Money spent;
  int soft_limit_percent = 80;
};

struct DatedMoney {
  Day day{};
  Money amount;
};

/// Where costd's audit chain stood in the snapshot that the statement was made from: whoever has
/// the statement can prove later that the chain still has those events.
struct ChainHead {
  std::int64_t events = 0;
  std::string head;  ///< hash of the last event
  bool operator==(const ChainHead&) const = default;
};

enum class StatementStatus { preliminary, final };
const char* name_of(StatementStatus status);  ///< "PRELIMINARY", "FINAL"

struct ChargebackModel {
  std::string report_id;    ///< 26-character ULID
  std::string tenant;       ///< "" = all tenants
  std::string tenant_name;  ///< display name, or "All tenants"
  DayRange period;
  std::string period_name;    ///< "October 2026" or "1 Oct – 15 Nov 2026"
  std::string period_window;  ///< "1–31 Oct 2026"
  std::string time_zone;      ///< IANA name; "each tenant's own" where they differ
  std::string period_note;    ///< "745 hours: DST change on 25 Oct", or ""
  StatementStatus status = StatementStatus::preliminary;
  int revision = 1;
  std::optional<Superseded> supersedes;
  Instant generated_at;      ///< as-of instant of the run
  std::string generated_by;  ///< "schedule month-end" or "user finance (uid 1000)"
  std::string currency = "USD";

  UsageTotals usage;
  Money total;            ///< exact
  Cents statement_total;  ///< rounded once per tenant; for all tenants the sum of those
  std::optional<Cents> previous_total;  ///< the same length of time before; nothing without data
  std::string previous_name;            ///< "September 2026"
  std::optional<BudgetUse> budget;
  std::optional<ForecastLine> forecast;  ///< total of the statement's scope, for the KPI card
  std::string forecast_name;             ///< month the projection is for: "Oct 2026"

  // The seven sections, in the order they are printed.
  std::vector<CostLine> tenants;
  std::vector<CostLine> api_keys;
  std::vector<CostLine> models;
  std::vector<CostLine> providers;
  std::vector<CostLine> days;  ///< every day of the period, also those without usage
  std::vector<ForecastLine> forecasts;
  std::vector<ForecastPoint> forecast_points;  ///< of the headline's month; older models have none
  std::vector<AnomalyLine> anomalies;

  std::vector<Correction> corrections;  ///< by original day; a section of its own if there are any
  std::vector<UnpricedModel> unpriced_models;
  TieOut tie_out;
  std::optional<ChainHead> audit_chain;  ///< absent in models of an older costd
};

/// Sum of the lines' exact totals.
Money sum_of(const std::vector<CostLine>& lines);
/// The lines of the corrections.
std::vector<CostLine> lines_of(const std::vector<Correction>& corrections);
/// What must be added to the lines' own rounded cents to reach the statement's total.
Cents rounding_line(const std::vector<CostLine>& lines, Cents statement_total);

/// Canonical JSON of the model (sorted keys, exact decimal strings, RFC 3339): the same model is
/// the same text, and model_from_json gives the model back. The model's hash is taken over it.
std::string to_json(const ChargebackModel& model);
/// Throws Error(data) naming what is missing or malformed.
ChargebackModel chargeback_model_from_json(const std::string& text);
/// SHA-256 of to_json, in lower-case hex: what is stored with a report and printed in it.
std::string model_hash(const ChargebackModel& model);

}  // namespace costd
