#include "reports/pdf_text.hpp"

#include "reports/pdf_charts.hpp"
#include "reports/pdf_document.hpp"

#include <catch2/catch.hpp>

namespace costd {

TEST_CASE("text is shown character by character", "[pdf]") {
  CHECK(displayable("aé東") == U"aé東");
  CHECK(displayable("a\tb\r\nc") == U"a b  c");
  CHECK(displayable("\xff") == U"\xFFFD");
  CHECK(displayable("\xc0\xaf") == U"\xFFFD\xFFFD");            // an overlong '/'
  CHECK(displayable("\xed\xa0\x80") == U"\xFFFD\xFFFD\xFFFD");  // half of a surrogate pair
  CHECK(displayable("\xe6\x9d") == U"\xFFFD\xFFFD");            // cut short
  CHECK(to_utf8(U"aé東") == "aé東");
}

TEST_CASE("lines break at blanks, at hyphens, between ideographs, and else where they must",
          "[pdf]") {
  PdfDocument pdf({.title = "t", .author = "a", .subject = "s", .created_at = {}});
  const TextStyle style{Face::regular, 10, {}};
  const auto width = [&](const char* text) { return pdf.text_width(text, style) + 0.01; };
  using Lines = std::vector<std::string>;
  CHECK(pdf.wrap("one two three", style, width("one two")) == Lines{"one two", "three"});
  CHECK(pdf.wrap("gpt-large", style, width("gpt-lar")) == Lines{"gpt-", "large"});
  CHECK(pdf.wrap("東京都", style, width("東京")) == Lines{"東京", "都"});
  CHECK(pdf.wrap("aaaaaa", style, width("aaaa")) == Lines{"aaaa", "aa"});
  CHECK(pdf.wrap("", style, 50) == Lines{""});
  CHECK(pdf.wrap("  x  ", style, 50) == Lines{"x  "});
  CHECK(pdf.wrap("wide", style, 0.1) == Lines{"w", "i", "d", "e"});
}

TEST_CASE("a text that is too long ends in an ellipsis", "[pdf]") {
  PdfDocument pdf({.title = "t", .author = "a", .subject = "s", .created_at = {}});
  const TextStyle style{Face::regular, 10, {}};
  CHECK(pdf.shorten("short", style, 200) == "short");
  CHECK(pdf.shorten("one two", style, pdf.text_width("one …", style)) == "one…");
  CHECK(pdf.shorten("anything", style, 0) == "…");
}

TEST_CASE("an axis has round steps that reach the largest value", "[pdf]") {
  const auto plain = [](int128 value) { return std::to_string(static_cast<long long>(value)); };
  const auto labels = [&](int128 largest) {
    std::string all;
    for (const AxisTick& tick : axis_up_to(largest, plain).ticks) all += tick.label + " ";
    return all;
  };
  CHECK(labels(0) == "0 1 ");
  CHECK(labels(4) == "0 1 2 3 4 ");
  CHECK(labels(277) == "0 100 200 300 ");
  CHECK(labels(8'100) == "0 5000 10000 ");
  CHECK(axis_up_to(277, plain).top == 300);
  CHECK(axis_up_to(277, plain).ticks.back().height == Approx(1.0));
}

}  // namespace costd
