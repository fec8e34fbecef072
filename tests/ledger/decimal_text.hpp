#pragma once
// Whole numbers as decimal text and the schoolbook rules on them: the second opinion on amounts,
// which shares neither a type nor a division with what it checks. No negative numbers.

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>

namespace costd::test {

inline std::string without_leading_zeros(std::string digits) {
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  return digits.empty() ? "0" : digits;
}

inline std::string add(std::string a, std::string b) {
  const std::size_t width = std::max(a.size(), b.size()) + 1;
  a.insert(0, width - a.size(), '0');
  b.insert(0, width - b.size(), '0');
  int carry = 0;
  for (std::size_t n = width; n-- > 0;) {
    const int sum = (a[n] - '0') + (b[n] - '0') + carry;
    a[n] = static_cast<char>('0' + sum % 10);
    carry = sum / 10;
  }
  return without_leading_zeros(a);
}

inline std::string times(const std::string& a, const std::string& b) {
  std::string product = "0";
  for (const char digit : b) {
    product += '0';
    for (int n = 0; n < digit - '0'; ++n) product = add(product, a);
  }
  return without_leading_zeros(product);
}

/// -1, 0 or 1: how half of 10^places compares with the last `places` digits, reversed.
inline int compare_tail_with_half(const std::string& tail) {
  std::string half(tail.size(), '0');
  half.front() = '5';
  return tail.compare(half) < 0 ? -1 : tail.compare(half) > 0 ? 1 : 0;
}

/// The number without its last `places` digits, a half going to the even neighbour.
inline std::string drop_half_even(std::string digits, std::size_t places) {
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  const std::string kept = digits.substr(0, digits.size() - places);
  const int side = compare_tail_with_half(digits.substr(digits.size() - places));
  const bool odd = (kept.back() - '0') % 2 == 1;
  const bool up = side > 0 || (side == 0 && odd);
  return without_leading_zeros(up ? add(kept, "1") : kept);
}

/// "1234567" with 4 places is "123.4567".
inline std::string with_point(std::string digits, std::size_t places) {
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  return digits.insert(digits.size() - places, 1, '.');
}

/// "1234567" is "1,234,567".
inline std::string with_commas(std::string digits) {
  for (std::size_t n = digits.size(); n > 3; n -= 3) digits.insert(n - 3, 1, ',');
  return digits;
}

/// 1 to `longest` digits; every length is as likely as every other.
inline std::string random_digits(std::mt19937_64& random, std::size_t longest) {
  std::string digits(1 + random() % longest, '0');
  for (char& digit : digits) digit = static_cast<char>('0' + random() % 10);
  return without_leading_zeros(digits);
}

}  // namespace costd::test
