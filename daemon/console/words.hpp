#pragma once
// How figures of the API look to people: cents as in the reports, times in the billing zone.

#include <string>

#include "daemon/json_views.hpp"

namespace costd {

/// The member as an amount; zero for null.
Money amount_of(const OrderedJson& exact);
/// "$1,234.56", "-$0.05", rounded as statements are; a dash for null.
std::string dollars(const OrderedJson& exact);
std::string dollars(Money amount);
/// "$0.003125": every digit of one record's cost, at least two decimals; a dash for null.
std::string every_digit(const OrderedJson& exact);
/// "$2.50", as prices are written: at least two decimals; a dash for null.
std::string price(const OrderedJson& exact);
/// "1,234,567".
std::string count(const OrderedJson& number);
/// "37.5 %".
std::string percent(Money part, Money whole);
/// The member as text; "" for null and where it is missing.
std::string text(const OrderedJson& object, const char* name);

/// "2026-11-26 14:05:09" as the zone's clocks show it; a dash for null.
std::string local_time(const OrderedJson& instant, const Zone& zone);
/// "1–26 Nov 2026" for the two dates, of which `to` is exclusive.
std::string window(const std::string& from, const std::string& to);
/// "1 minute 5 s" between two instants, or "" where one is null.
std::string duration(const OrderedJson& from, const OrderedJson& to);

/// {"text": "14:05", "utc": "2026-..."} for <time>.
OrderedJson moment(const OrderedJson& instant, const Zone& zone);

}  // namespace costd
