#include "reports/chargeback_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ledger/audit_event.hpp"

namespace costd {
namespace {

const char* trend_word(Trend trend) {
  switch (trend) {
    case Trend::increasing:
      return "increasing";
    case Trend::decreasing:
      return "decreasing";
    case Trend::stable:
      break;
  }
  return "stable";
}

}  // namespace

std::string format_with_currency(Cents amount, const ChargebackModel& model) {
  std::string digits = format_cents(amount);
  if (model.currency != "USD") return model.currency + " " + digits;
  const std::size_t sign = digits.starts_with('-') ? 1 : 0;
  return digits.insert(sign, 1, '$');
}

std::string format_with_currency(Money amount, const ChargebackModel& model) {
  return format_with_currency(round_to_cents(amount), model);
}

std::string describe_rest(const BudgetUse& budget, const ChargebackModel& model) {
  const Money left = budget.limit - budget.spent;
  return left.is_negative() ? format_with_currency(-left, model) + " over the limit"
                            : format_with_currency(left, model) + " left";
}

bool is_soft_limit_reached(const BudgetUse& budget) {
  return budget.spent * 100 >= budget.limit * budget.soft_limit_percent;
}

std::string describe_rate(const ForecastLine& forecast, const ChargebackModel& model) {
  return fmt::format("{} a day, {}", format_with_currency(forecast.daily_rate, model),
                     forecast.low_confidence ? "low confidence" : trend_word(forecast.trend));
}

Money headline_month_end(const ForecastLine& forecast) {
  return forecast.estimate ? forecast.estimate->projected_month_end : forecast.projected_month_end;
}

std::string describe_headline(const ForecastLine& forecast, const ChargebackModel& model) {
  if (!forecast.estimate) return describe_rate(forecast, model);
  const MonthEndEstimate& estimate = *forecast.estimate;
  return fmt::format("80 %: {} to {}", format_with_currency(estimate.low80, model),
                     format_with_currency(estimate.high80, model));
}

std::string format_tenths(const std::optional<std::int64_t>& tenths) {
  return tenths ? fmt::format("{}.{}", *tenths / 10, *tenths % 10) : "";
}

std::string format_hundredths(const std::optional<std::int64_t>& hundredths) {
  return hundredths ? fmt::format("{}.{:02}", *hundredths / 100, *hundredths % 100) : "";
}

std::string describe_estimate(const ChargebackModel& model) {
  if (!model.forecast || !model.forecast->estimate) return "";
  const MonthEndEstimate& estimate = *model.forecast->estimate;
  const auto amount = [&](Money value) { return format_with_currency(value, model); };
  std::string text = fmt::format(
      "{} is expected to cost {}: with 80 % probability between {} and {}, with 95 % between {} "
      "and {}.",
      model.forecast_name, amount(estimate.projected_month_end), amount(estimate.low80),
      amount(estimate.high80), amount(estimate.low95), amount(estimate.high95));
  if (!model.budget) return text;
  const std::string budget =
      fmt::format(" The budget “{}” of {}", model.budget->name, amount(model.budget->limit));
  for (const ForecastPoint& point : model.forecast_points) {
    if (point.total < model.budget->limit) continue;
    return text + budget + (point.known ? " was reached on " : " is expected to be reached on ") +
           describe(point.day) + ".";
  }
  return text + budget + " is not expected to be reached" +
         (estimate.high80 >= model.budget->limit ? ", but may be." : ".");
}

std::int64_t count_open_anomalies(const ChargebackModel& model) {
  return std::ranges::count_if(model.anomalies, &AnomalyLine::open);
}

std::string describe_anomalies(const ChargebackModel& model) {
  if (model.anomalies.empty()) return "nothing unusual found";
  const std::int64_t open = count_open_anomalies(model);
  return fmt::format("{} open, {} resolved", open,
                     static_cast<std::int64_t>(model.anomalies.size()) - open);
}

std::string unpriced_advice(const ChargebackModel& model) {
  return model.status == StatementStatus::final
             ? "They had none when the month was closed and stay out of it."
             : "Add their prices and generate the statement again.";
}

std::string describe(const ChainHead& chain) {
  return describe_chain_head(chain.events, chain.head);
}

std::string describe_superseded(const ChargebackModel& model) {
  return model.supersedes ? fmt::format("Supersedes revision {} (sha256 {})",
                                        model.supersedes->revision, model.supersedes->sha256)
                          : "";
}

std::string corrections_headline(const ChargebackModel& model) {
  const std::int64_t requests = model.tie_out.corrections;
  return format_count(requests) +
         (requests == 1 ? " request of a closed month is in this total as a correction."
                        : " requests of closed months are in this total as corrections.");
}

std::string corrections_by_month(const ChargebackModel& model) {
  std::map<std::string, CostLine> months;
  for (const Correction& correction : model.corrections) {
    CostLine& sum = months[correction.closed_month];
    sum.name = closed_month_name(correction);
    sum.usage += correction.line.usage;
    sum.total_cost += correction.line.total_cost;
  }
  std::vector<std::string> parts;
  for (const auto& [month, sum] : months) {
    parts.push_back(fmt::format("{}: {} {}, {}", sum.name, format_count(sum.usage.requests),
                                sum.usage.requests == 1 ? "request" : "requests",
                                format_with_currency(sum.total_cost, model)));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string closed_month_name(const Correction& correction) {
  const auto month = parse_month(correction.closed_month);
  return month ? name_of(*month) : correction.closed_month;
}

}  // namespace costd
