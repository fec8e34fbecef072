#pragma once
// Spend by day of a filter, and what the days to come are expected to cost.

#include "daemon/console/filter.hpp"
#include "daemon/console/svg_charts.hpp"

namespace costd {

/// `by_day` is what each day with usage cost, as the API's groups say it; `anomalous` are the spans
/// of days that have incidents. Days to come are expected to the end of the range, at most that of
/// the running month; none where the range ends before it.
charts::DailyChart daily_chart(const PageContext& context, const PageFilter& filter,
                               const OrderedJson& by_day, const OrderedJson& anomalous);

}  // namespace costd
