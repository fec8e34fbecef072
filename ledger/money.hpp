#pragma once
// Exact US dollars: an integer of pico-USD (10^-12 USD), so that tokens times price never rounds.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace costd {

__extension__ typedef __int128 int128;

/// One US dollar in pico-USD.
inline constexpr std::int64_t picos_per_usd = 1'000'000'000'000;
/// One cent in pico-USD.
inline constexpr std::int64_t picos_per_cent = 10'000'000'000;

/// An exact amount of US dollars. Sums of any realistic ledger fit 128 bits with room to spare.
class Money {
 public:
  constexpr Money() = default;
  static constexpr Money from_picos(int128 picos) { return Money(picos); }
  static constexpr Money from_usd(std::int64_t usd) { return Money(int128{usd} * picos_per_usd); }

  constexpr int128 picos() const { return picos_; }
  constexpr bool is_zero() const { return picos_ == 0; }
  constexpr bool is_negative() const { return picos_ < 0; }

  constexpr Money& operator+=(Money other) {
    picos_ += other.picos_;
    return *this;
  }
  constexpr Money& operator-=(Money other) {
    picos_ -= other.picos_;
    return *this;
  }
  friend constexpr Money operator+(Money a, Money b) { return a += b; }
  friend constexpr Money operator-(Money a, Money b) { return a -= b; }
  friend constexpr Money operator-(Money a) { return Money(-a.picos_); }
  friend constexpr Money operator*(Money a, std::int64_t n) { return Money(a.picos_ * n); }
  friend constexpr bool operator==(Money a, Money b) { return a.picos_ == b.picos_; }
  friend constexpr std::strong_ordering operator<=>(Money a, Money b) {
    return a.picos_ < b.picos_   ? std::strong_ordering::less
           : a.picos_ > b.picos_ ? std::strong_ordering::greater
                                 : std::strong_ordering::equal;
  }

 private:
  constexpr explicit Money(int128 picos) : picos_(picos) {}
  int128 picos_ = 0;
};

/// An amount rounded to cents, as statements show it. Only round_to_cents makes one from Money.
struct Cents {
  std::int64_t value = 0;
  friend constexpr auto operator<=>(Cents, Cents) = default;
  friend constexpr Cents operator+(Cents a, Cents b) { return {a.value + b.value}; }
  friend constexpr Cents operator-(Cents a, Cents b) { return {a.value - b.value}; }
};

/// Half-even rounding to whole cents: 0.005 -> 0.00, 0.015 -> 0.02. The only rounding of money.
/// Throws Error(data) for amounts beyond 64 bits of cents (92 quadrillion USD).
Cents round_to_cents(Money amount);
constexpr Money to_money(Cents cents) {
  return Money::from_picos(int128{cents.value} * picos_per_cent);
}

/// amount * numerator / denominator, half-even in the last pico. The denominator is positive.
Money scale(Money amount, std::int64_t numerator, std::int64_t denominator);

/// Decimal US dollars with at most 12 decimals and an optional sign ("-12.5"), nothing else around
/// it. Throws Error(data) with the text and the reason.
Money parse_money(std::string_view text);

/// Every digit: "12.345678901234", always twelve decimals, no grouping.
std::string format_exact(Money amount);
/// For people: "1,234.56", a minus sign in front ("-0.05").
std::string format_cents(Cents amount);
/// For charts and cards: "$128.4k", "$1.3M", "$950", "$12.30".
std::string format_short(Money amount);

/// Whole numbers with grouping: "1,234,567".
std::string format_count(std::int64_t value);

/// The percentage of part in whole, rounded half-even to `decimals` (0 to 3) places: "37.5".
/// A zero whole gives "0" with the decimals asked for.
std::string format_percent(Money part, Money whole, int decimals);

}  // namespace costd
