#pragma once
// The phrases that every document and mail about a statement share, so that one figure reads the
// same everywhere.

#include <cstdint>
#include <optional>
#include <string>

#include "reports/chargeback_model.hpp"

namespace costd {

/// "$1,234.56", "-$0.05"; a currency other than USD is written out: "EUR 1,234.56".
std::string format_with_currency(Cents amount, const ChargebackModel& model);
/// The same, rounded to cents first.
std::string format_with_currency(Money amount, const ChargebackModel& model);

/// "$1,020.20 left", "$12.00 over the limit".
std::string describe_rest(const BudgetUse& budget, const ChargebackModel& model);
/// The soft limit is reached.
bool is_soft_limit_reached(const BudgetUse& budget);

/// "$355.67 a day, stable"; "low confidence" in place of the trend where it is.
std::string describe_rate(const ForecastLine& forecast, const ChargebackModel& model);

/// The estimate of the month's end, or the run rate's where there is none.
Money headline_month_end(const ForecastLine& forecast);
/// "80 %: $4,319.97 to $4,774.71"; as describe_rate where there is no estimate.
std::string describe_headline(const ForecastLine& forecast, const ChargebackModel& model);

/// "2.4" of 24 tenths, "0.87" of 87 hundredths; "" of nothing.
std::string format_tenths(const std::optional<std::int64_t>& tenths);
std::string format_hundredths(const std::optional<std::int64_t>& hundredths);

/// "Nov 2026 is expected to cost $5,212.40; 80 of 100 such forecasts end between $4,950.00 and
/// $5,610.00, 95 between ..." and what that means for the budget. Only with an estimate.
std::string describe_estimate(const ChargebackModel& model);

/// "0 open, 2 resolved", "nothing unusual found".
std::string describe_anomalies(const ChargebackModel& model);
std::int64_t count_open_anomalies(const ChargebackModel& model);

/// What may be done about models without a price: nothing more once the month is closed.
std::string unpriced_advice(const ChargebackModel& model);

/// "9,480 events, head cde64922..."
std::string describe(const ChainHead& chain);

/// "Supersedes revision 1 (sha256 6f1c...)"; "" for a statement that is the first one.
std::string describe_superseded(const ChargebackModel& model);

/// "3 requests of closed months are in this total as corrections." Only if there are any.
std::string corrections_headline(const ChargebackModel& model);
/// "October 2026: 3 requests, $0.07; September 2026: ..."
std::string corrections_by_month(const ChargebackModel& model);
/// "October 2026" of a correction's closed month.
std::string closed_month_name(const Correction& correction);

}  // namespace costd
