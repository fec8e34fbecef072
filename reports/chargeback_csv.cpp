#include <fmt/format.h>

#include <array>

#include "reports/chargeback_model.hpp"
#include "reports/chargeback_render.hpp"
#include "reports/chargeback_words.hpp"
#include "reports/csv_writer.hpp"

namespace costd {
namespace {

// The period and status stand on every row, so that files of several months can be put together.
constexpr std::array column_names{"section",
                                  "report_id",
                                  "first_day",
                                  "last_day",
                                  "status",
                                  "revision",
                                  "currency",
                                  "tenant",
                                  "key",
                                  "name",
                                  "api_key",
                                  "model",
                                  "provider",
                                  "day",
                                  "requests",
                                  "input_tokens",
                                  "output_tokens",
                                  "cached_input_tokens",
                                  "cache_write_tokens",
                                  "reasoning_tokens",
                                  "estimated_requests",
                                  "cache_hits",
                                  "unpriced_requests",
                                  "out_of_range_requests",
                                  "input_cost",
                                  "output_cost",
                                  "total_cost",
                                  "anomalous",
                                  "as_of",
                                  "month_to_date",
                                  "daily_rate",
                                  "projected_month_end",
                                  "trend",
                                  "low_confidence",
                                  "anomaly_id",
                                  "class",
                                  "baseline",
                                  "deviation_percent",
                                  "impact",
                                  "detected_at",
                                  "state",
                                  "last_day",
                                  "rule",
                                  "severity",
                                  "why",
                                  "estimated_month_end",
                                  "low80",
                                  "high80",
                                  "low95",
                                  "high95",
                                  "method",
                                  "mase",
                                  "error_percent_day_7",
                                  "error_percent_day_14",
                                  "error_percent_day_21",
                                  "held_percent_80",
                                  "confidence",
                                  "confidence_reason"};

constexpr int usage_column_count = 10;
constexpr int cost_columns = 3;
constexpr int forecast_columns = 6;
constexpr int anomaly_columns = 11;
constexpr int estimate_columns = 13;

/// Which dimensions a row is about; what does not apply stays empty.
struct Subject {
  std::string tenant;
  std::string key;
  std::string name;
  std::string api_key;
  std::string model;
  std::string provider;
  std::string day;
};

const char* yes_or_no(bool value) {
  return value ? "yes" : "no";
}

class ChargebackCsv {
 public:
  explicit ChargebackCsv(const ChargebackModel& model) : model_(model) {}

  void header() {
    for (const char* name : column_names) csv_.plain(name);
    csv_.end_row();
  }

  void cost_row(const char* section, const Subject& subject, const CostLine& line) {
    start(section, subject);
    usage(line.usage);
    csv_.amount(line.input_cost);
    csv_.amount(line.output_cost);
    csv_.amount(line.total_cost);
    csv_.plain(subject.day.empty() ? "" : yes_or_no(line.anomalous));
    csv_.blanks(forecast_columns + anomaly_columns);
    end_row();
  }

  void correction_row(const Correction& correction) {
    const CostLine& line = correction.line;
    cost_row("corrections",
             {.tenant = tenant_or_statement(line.tenant),
              .key = line.key,
              .name = "correction of " + correction.closed_month,
              .api_key = line.key,
              .model = correction.model,
              .provider = line.provider,
              .day = format_day(correction.day)},
             line);
  }

  /// What the statement says of itself, without figures.
  void note_row(const std::string& name, const std::string& key) {
    start("statement", {.tenant = model_.tenant,
                        .key = key,
                        .name = name,
                        .api_key = {},
                        .model = {},
                        .provider = {},
                        .day = {}});
    csv_.blanks(usage_column_count + cost_columns + 1 + forecast_columns + anomaly_columns);
    end_row();
  }

  void forecast_row(const ForecastLine& line) {
    start("forecasts", {.tenant = tenant_or_statement(line.tenant),
                        .key = {},
                        .name = {},
                        .api_key = {},
                        .model = line.model,
                        .provider = line.provider,
                        .day = {}});
    csv_.blanks(usage_column_count + cost_columns + 1);
    csv_.plain(format_day(line.as_of));
    csv_.amount(line.month_to_date);
    csv_.amount(line.daily_rate);
    csv_.amount(line.projected_month_end);
    csv_.plain(name_of(line.trend));
    csv_.plain(yes_or_no(line.low_confidence));
    csv_.blanks(anomaly_columns);
    if (!line.estimate) return end_row();
    estimate_cells(*line.estimate);
    csv_.end_row();
  }

  void anomaly_row(const AnomalyLine& line) {
    start("anomalies", {.tenant = tenant_or_statement(line.tenant),
                        .key = {},
                        .name = line.tenant_name,
                        .api_key = {},
                        .model = line.model,
                        .provider = {},
                        .day = format_day(line.day)});
    csv_.blanks(usage_column_count + cost_columns + 1);
    csv_.blanks(2);
    csv_.amount(line.current_daily_rate);
    csv_.blanks(3);
    csv_.text(line.id);
    csv_.text(line.kind);
    csv_.amount(line.baseline);
    csv_.plain(line.deviation_percent);
    csv_.amount(line.impact);
    csv_.plain(format_instant(line.detected_at));
    csv_.plain(line.open ? "OPEN" : "RESOLVED");
    csv_.plain(format_day(line.last_day));
    csv_.plain(line.rule);
    csv_.plain(line.severity);
    csv_.text(line.why);
    end_row();
  }

  void statement_row(const char* name, Money total) {
    start("statement", {.tenant = model_.tenant,
                        .key = {},
                        .name = name,
                        .api_key = {},
                        .model = {},
                        .provider = {},
                        .day = {}});
    usage(model_.usage);
    csv_.blanks(2);
    csv_.amount(total);
    csv_.blanks(1 + forecast_columns + anomaly_columns);
    end_row();
  }

  std::string tenant_or_statement(const std::string& tenant) const {
    return tenant.empty() ? model_.tenant : tenant;
  }

  const std::string& bytes() const { return csv_.bytes(); }

 private:
  void start(const char* section, const Subject& subject) {
    csv_.plain(section);
    csv_.text(model_.report_id);
    csv_.plain(format_day(model_.period.from));
    csv_.plain(format_day(model_.period.to - std::chrono::days(1)));
    csv_.plain(name_of(model_.status));
    csv_.count(model_.revision);
    csv_.text(model_.currency);
    for (const std::string* text : {&subject.tenant, &subject.key, &subject.name, &subject.api_key,
                                    &subject.model, &subject.provider, &subject.day}) {
      csv_.text(*text);
    }
  }

  /// Closes a row that is no forecast.
  void end_row() {
    csv_.blanks(estimate_columns);
    csv_.end_row();
  }

  void estimate_cells(const MonthEndEstimate& estimate) {
    for (const Money& amount : {estimate.projected_month_end, estimate.low80, estimate.high80,
                                estimate.low95, estimate.high95}) {
      csv_.amount(amount);
    }
    csv_.plain(estimate.method);
    csv_.plain(format_hundredths(estimate.mase_hundredths));
    for (const auto& permille : {estimate.error_permille_7, estimate.error_permille_14,
                                 estimate.error_permille_21, estimate.held_permille}) {
      csv_.plain(format_tenths(permille));
    }
    csv_.plain(estimate.confidence);
    csv_.plain(estimate.reason);
  }

  void usage(const UsageTotals& usage) {
    for (const std::int64_t count :
         {usage.requests, usage.input_tokens, usage.output_tokens, usage.cached_input_tokens,
          usage.cache_write_tokens, usage.reasoning_tokens, usage.estimated_requests,
          usage.cache_hits, usage.unpriced_requests, usage.out_of_range_requests}) {
      csv_.count(count);
    }
  }

  const ChargebackModel& model_;
  CsvWriter csv_;
};

void add_cost_sections(ChargebackCsv& csv, const ChargebackModel& model) {
  const auto subject_of = [&](const CostLine& line) {
    return Subject{.tenant = csv.tenant_or_statement(line.tenant),
                   .key = line.key,
                   .name = line.name,
                   .api_key = {},
                   .model = {},
                   .provider = {},
                   .day = {}};
  };
  for (const CostLine& line : model.tenants) {
    csv.cost_row("tenant_summary", subject_of(line), line);
  }
  for (const CostLine& line : model.api_keys) {
    Subject subject = subject_of(line);
    subject.api_key = line.key;
    csv.cost_row("api_key_summary", subject, line);
  }
  for (const CostLine& line : model.models) {
    Subject subject = subject_of(line);
    subject.model = line.key;
    subject.provider = line.provider;
    csv.cost_row("model_summary", subject, line);
  }
  for (const CostLine& line : model.providers) {
    Subject subject = subject_of(line);
    subject.provider = line.key;
    csv.cost_row("provider_summary", subject, line);
  }
  for (const CostLine& line : model.days) {
    Subject subject = subject_of(line);
    subject.day = line.key;
    csv.cost_row("daily_breakdown", subject, line);
  }
}

}  // namespace

std::string render_chargeback_csv(const ChargebackModel& model) {
  ChargebackCsv csv(model);
  csv.header();
  add_cost_sections(csv, model);
  for (const Correction& correction : model.corrections) csv.correction_row(correction);
  for (const ForecastLine& line : model.forecasts) csv.forecast_row(line);
  for (const AnomalyLine& line : model.anomalies) csv.anomaly_row(line);
  if (const auto& earlier = model.supersedes) {
    csv.note_row(fmt::format("supersedes revision {}", earlier->revision), earlier->sha256);
  }
  if (const auto& chain = model.audit_chain) {
    csv.note_row("audit chain of costd", fmt::format("{}:{}", chain->events, chain->head));
  }
  csv.statement_row("exact total", model.total);
  csv.statement_row("total rounded to cents", to_money(model.statement_total));
  return csv.bytes();
}

}  // namespace costd
