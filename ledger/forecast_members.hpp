#pragma once
// Simple forecasts of a daily series, each good at something: an ensemble weighs them. Estimates.

#include <array>
#include <span>

#include "ledger/forecast_shape.hpp"

namespace costd {

/// Days that a forecast reaches beyond its last complete day: a month less its first day, and one.
inline constexpr std::size_t forecast_days_max = 31;
inline constexpr std::size_t member_count = 10;

/// What the first 0, 1, 2, ... days to come cost together.
using CumulativeCosts = std::array<double, forecast_days_max + 1>;
using MemberForecasts = std::array<CumulativeCosts, member_count>;

/// "damped-trend"; of the member at that place.
const char* name_of_member(std::size_t member);

/// Forecasts of the days after the values. The calendar begins with the first value's day and
/// reaches over the days to come.
MemberForecasts forecast_members(std::span<const double> values, const SeriesShape& shape,
                                 std::span<const CalendarDay> calendar);

}  // namespace costd
