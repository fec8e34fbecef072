#include "ledger/price_entry.hpp"

#include <algorithm>
#include <string_view>

#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::size_t price_decimals_max = 6;
constexpr std::int64_t micros_per_usd = 1'000'000;

[[noreturn]] void refuse_price(const std::string& text, const std::string& why) {
  throw Error(ErrorCode::data, "price \"" + text + "\": " + why);
}

constexpr const char* price_form =
    "not a decimal number; write USD per million tokens, for example 2.50";
constexpr const char* price_too_large = "more than 1000000 USD per million tokens; check the unit";

/// The digits as a number, or refused: anything else, or more than the largest price.
std::int64_t parse_digits(std::string_view digits, const std::string& text) {
  if (digits.empty()) refuse_price(text, price_form);
  std::int64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') refuse_price(text, price_form);
    value = value * 10 + (c - '0');
    if (value > price_micros_per_mtok_max) {
      refuse_price(text, price_too_large);
    }
  }
  return value;
}

}  // namespace

std::int64_t parse_price(const std::string& text) {
  if (text.starts_with('-')) refuse_price(text, "a price cannot be negative; write 0 or more");
  const std::string_view all = text;
  const std::size_t point = all.find('.');
  const std::int64_t whole = parse_digits(all.substr(0, point), text);
  std::int64_t micros = 0;
  if (point != std::string_view::npos) {
    const std::string_view decimals = all.substr(point + 1);
    if (decimals.size() > price_decimals_max &&
        decimals.find_first_not_of("0123456789") == std::string_view::npos) {
      refuse_price(text, "more than 6 decimals; round it to 6");
    }
    micros = parse_digits(decimals, text);
    for (std::size_t n = decimals.size(); n < price_decimals_max; ++n) micros *= 10;
  }
  if (whole > price_micros_per_mtok_max / micros_per_usd ||
      whole * micros_per_usd + micros > price_micros_per_mtok_max) {
    refuse_price(text, price_too_large);
  }
  return whole * micros_per_usd + micros;
}

std::string format_price(std::int64_t micros_per_mtok) {
  std::string text = std::to_string(micros_per_mtok);
  if (text.size() <= price_decimals_max) text.insert(0, price_decimals_max + 1 - text.size(), '0');
  const std::size_t point = text.size() - price_decimals_max;
  text.insert(point, ".");
  while (text.size() > point + 3 && text.back() == '0') text.pop_back();
  return text;
}

std::string complaint_about_pattern(std::string_view pattern) {
  const auto is_control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20U || byte == 0x7FU;
  };
  if (pattern.empty()) return "with no text; write an exact name, or a pattern with * and ?";
  if (std::ranges::any_of(pattern, is_control)) {
    return "with a line end or control character; write it in one line without";
  }
  if (pattern.front() == ' ' || pattern.back() == ' ') {
    return "with a blank at an end; remove the blank";
  }
  if (pattern.find_first_of("[]") != std::string_view::npos) {
    return "with a bracket; write an exact name, or a pattern with * and ? only";
  }
  // It would mean the same as one, and two entries for the same models would not be told apart.
  if (pattern.find("**") != std::string_view::npos) {
    return "with ** in it; write a single *, which stands for any run of characters";
  }
  return "";
}

std::string identity_of(const PriceEntry& entry) {
  // The unit separator cannot be in a pattern or a provider, so the parts cannot run together.
  constexpr char separator = '\x1f';
  return entry.model_pattern + separator + entry.provider + separator +
         std::string(name_of(entry.tier)) + separator + format_day(entry.effective_from);
}

}  // namespace costd
