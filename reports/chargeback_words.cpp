#include "reports/chargeback_words.hpp"

#include <fmt/format.h>

#include <algorithm>

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

}  // namespace costd
