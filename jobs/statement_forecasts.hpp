#pragma once
// The forecasts of a statement: section 6 and the card on its first page.

#include "ledger/store/database.hpp"
#include "reports/chargeback_model.hpp"

namespace costd {

/// Of the month in which the days after as_of begin: once a month is over, of the next one, of
/// which nothing is spent and all of the run rate is to come.
struct StatementForecasts {
  Month month{};
  std::vector<ForecastLine> lines;    ///< the total, tenants (if the statement is of all), models
  std::vector<ForecastPoint> points;  ///< of the total, from the month's first day to its last
};

/// Of one tenant if it is given.
StatementForecasts statement_forecasts(Connection& connection,
                                       const std::optional<std::string>& tenant, Day as_of);

}  // namespace costd
