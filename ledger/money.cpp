#include "ledger/money.hpp"

#include <array>
#include <limits>

#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::size_t exact_decimals = 12;
constexpr int128 whole_usd_max = int128{1'000'000'000} * 1'000'000'000;

/// Half-even quotient; the divisor is positive.
int128 divide_half_even(int128 value, int128 divisor) {
  int128 quotient = value / divisor;
  int128 remainder = value % divisor;
  const int sign = value < 0 ? -1 : 1;
  if (remainder < 0) remainder = -remainder;
  const int128 twice = remainder * 2;
  const bool up = twice > divisor || (twice == divisor && quotient % 2 != 0);
  return up ? quotient + sign : quotient;
}

std::string digits_of(int128 value) {
  if (value == 0) return "0";
  std::array<char, 40> buffer{};
  std::size_t at = buffer.size();
  for (; value != 0; value /= 10)
    buffer[--at] = static_cast<char>('0' + static_cast<int>(value % 10));
  return {buffer.data() + at, buffer.size() - at};
}

std::string group_thousands(std::string digits) {
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

/// value is scaled by 10^decimals and not negative.
std::string with_decimals(int128 value, std::size_t decimals) {
  std::string digits = digits_of(value);
  if (decimals == 0) return digits;
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  digits.insert(digits.size() - decimals, ".");
  return digits;
}

[[noreturn]] void refuse_amount(std::string_view text, const std::string& why) {
  throw Error(ErrorCode::data, "amount \"" + std::string(text) + "\": " + why);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Cents round_to_cents(Money amount) {
  const int128 cents = divide_half_even(amount.picos(), picos_per_cent);
  using Range = std::numeric_limits<std::int64_t>;
  if (cents < Range::min() || cents > Range::max()) {
    refuse_amount(format_exact(amount), "too large for cents; look for a wrong price or count");
  }
  return {static_cast<std::int64_t>(cents)};
}

Money scale(Money amount, std::int64_t numerator, std::int64_t denominator) {
  return Money::from_picos(divide_half_even(amount.picos() * numerator, denominator));
}

Money parse_money(std::string_view text) {
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (negative || (!rest.empty() && rest.front() == '+')) rest.remove_prefix(1);
  int128 whole = 0;
  std::size_t digits = 0;
  for (; digits < rest.size() && is_digit(rest[digits]); ++digits) {
    whole = whole * 10 + (rest[digits] - '0');
    if (whole > whole_usd_max) refuse_amount(text, "more than 10^18 USD");
  }
  if (digits == 0) refuse_amount(text, "write decimal US dollars, for example 12.50");
  rest.remove_prefix(digits);
  int128 fraction = 0;
  if (!rest.empty()) {
    if (rest.front() != '.' || rest.size() == 1) {
      refuse_amount(text, "write decimal US dollars, for example 12.50");
    }
    rest.remove_prefix(1);
    if (rest.size() > exact_decimals) refuse_amount(text, "more than 12 decimals");
    for (const char c : rest) {
      if (!is_digit(c)) refuse_amount(text, "write decimal US dollars, for example 12.50");
      fraction = fraction * 10 + (c - '0');
    }
    for (std::size_t n = rest.size(); n < exact_decimals; ++n) fraction *= 10;
  }
  const int128 picos = whole * picos_per_usd + fraction;
  return Money::from_picos(negative ? -picos : picos);
}

std::string format_exact(Money amount) {
  const int128 picos = amount.picos();
  return (picos < 0 ? "-" : "") + with_decimals(picos < 0 ? -picos : picos, exact_decimals);
}

std::string format_cents(Cents amount) {
  const int128 cents = amount.value < 0 ? -int128{amount.value} : int128{amount.value};
  const std::string digits = with_decimals(cents, 2);
  return (amount.value < 0 ? "-" : "") + group_thousands(digits.substr(0, digits.size() - 3)) +
         digits.substr(digits.size() - 3);
}

std::string format_short(Money amount) {
  const int128 picos = amount.is_negative() ? -amount.picos() : amount.picos();
  const int128 usd = picos_per_usd;
  const std::string sign = amount.is_negative() ? "-$" : "$";
  const auto in_units = [&](int128 unit, const char* suffix) {
    return sign + with_decimals(divide_half_even(picos * 10, unit), 1) + suffix;
  };
  if (picos >= usd * 999'950'000) return in_units(usd * 1'000'000'000, "B");
  if (picos >= usd * 999'950) return in_units(usd * 1'000'000, "M");
  if (picos >= usd * 10'000) return in_units(usd * 1'000, "k");
  if (picos >= usd * 100) return sign + group_thousands(digits_of(divide_half_even(picos, usd)));
  return sign + with_decimals(divide_half_even(picos, picos_per_cent), 2);
}

std::string format_count(std::int64_t value) {
  const int128 wide = value;
  return (value < 0 ? "-" : "") + group_thousands(digits_of(value < 0 ? -wide : wide));
}

std::string format_percent(Money part, Money whole, int decimals) {
  int128 factor = 100;
  for (int n = 0; n < decimals; ++n) factor *= 10;
  int128 divisor = whole.picos();
  int128 value = part.picos();
  if (divisor < 0) {
    divisor = -divisor;
    value = -value;
  }
  const int128 percent = divisor == 0 ? 0 : divide_half_even(value * factor, divisor);
  const int128 magnitude = percent < 0 ? -percent : percent;
  return (percent < 0 ? "-" : "") + with_decimals(magnitude, static_cast<std::size_t>(decimals));
}

}  // namespace costd
