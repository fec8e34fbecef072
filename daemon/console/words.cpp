#include "daemon/console/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace costd {
namespace {

constexpr const char* dash = "–";
constexpr std::size_t cents_decimals = 2;

/// Takes the zeros away that end an exact decimal, down to two decimals.
std::string shortened(std::string exact) {
  const std::size_t point = exact.find('.');
  if (point == std::string::npos) return exact + ".00";
  while (exact.size() - point - 1 > cents_decimals && exact.back() == '0') exact.pop_back();
  exact.append(std::max(exact.size(), point + 1 + cents_decimals) - exact.size(), '0');
  return exact;
}

std::string with_dollar(const std::string& digits) {
  return digits.starts_with('-') ? "-$" + digits.substr(1) : "$" + digits;
}

}  // namespace

Money amount_of(const OrderedJson& exact) {
  return exact.is_string() ? parse_money(exact.get<std::string>()) : Money();
}

std::string dollars(Money amount) {
  return with_dollar(format_cents(round_to_cents(amount)));
}

std::string dollars(const OrderedJson& exact) {
  return exact.is_string() ? dollars(amount_of(exact)) : dash;
}

std::string every_digit(const OrderedJson& exact) {
  return exact.is_string() ? with_dollar(shortened(exact.get<std::string>())) : dash;
}

std::string price(const OrderedJson& exact) {
  return every_digit(exact);
}

std::string count(const OrderedJson& number) {
  return number.is_number_integer() ? format_count(number.get<std::int64_t>()) : dash;
}

std::string percent(Money part, Money whole) {
  return format_percent(part, whole, 1) + " %";
}

std::string text(const OrderedJson& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string local_time(const OrderedJson& instant, const Zone& zone) {
  const auto at = instant.is_string() ? parse_instant(instant.get<std::string>()) : std::nullopt;
  if (!at) return dash;
  const LocalTime local = zone.local(*at);
  const auto second =
      std::chrono::floor<std::chrono::seconds>(local.time_since_epoch()) % std::chrono::minutes(1);
  std::string minute = format_local_minute(local);
  std::ranges::replace(minute, 'T', ' ');
  return fmt::format("{}:{:02}", minute, second.count());
}

std::string window(const std::string& from, const std::string& to) {
  const auto first = parse_day(from);
  const auto end = parse_day(to);
  return first && end && *first < *end ? describe(DayRange{*first, *end}) : from + " – " + to;
}

std::string duration(const OrderedJson& from, const OrderedJson& to) {
  const auto begin = from.is_string() ? parse_instant(from.get<std::string>()) : std::nullopt;
  const auto end = to.is_string() ? parse_instant(to.get<std::string>()) : std::nullopt;
  if (!begin || !end) return "";
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(*end - *begin).count();
  if (ms < 10'000) return fmt::format("{}.{} s", ms / 1000, ms % 1000 / 100);
  if (ms < 60'000) return fmt::format("{} s", ms / 1000);
  return fmt::format("{} min {} s", ms / 60'000, ms / 1000 % 60);
}

OrderedJson moment(const OrderedJson& instant, const Zone& zone) {
  if (!instant.is_string()) return nullptr;
  return {{"text", local_time(instant, zone)}, {"utc", instant}};
}

}  // namespace costd
