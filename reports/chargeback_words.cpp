#include "reports/chargeback_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

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
