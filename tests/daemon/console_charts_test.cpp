#include <catch2/catch.hpp>

#include "daemon/console/svg_charts.hpp"
#include "tests/support/ledger_builders.hpp"

namespace costd {

using Catch::Contains;
using charts::DailyChart;
using test::day;

TEST_CASE("a donut's slices are the shares of the whole, from the top on", "[console]") {
  // 3 of 4 and 1 of 4; each a little shorter, so that a gap is between them.
  const std::string svg = charts::donut(
      {{"openai", Money::from_usd(3)}, {"a & b", Money::from_usd(1)}}, "$4.00", "total");
  CHECK_THAT(svg, Contains(R"(stroke-dasharray="74.50 25.50" stroke-dashoffset="-0.00")"));
  CHECK_THAT(svg, Contains(R"(stroke-dasharray="24.50 75.50" stroke-dashoffset="-75.00")"));
  CHECK_THAT(svg, Contains("<title>a &amp; b</title>"));
  CHECK_THAT(svg, Contains(">$4.00</text>"));
}

TEST_CASE("one slice is the whole ring, none leaves it empty", "[console]") {
  CHECK_THAT(charts::donut({{"openai", Money::from_usd(3)}}, "$3.00", "total"),
             Contains(R"(stroke-dasharray="100.00 0.00")"));
  CHECK_THAT(charts::donut({{"free", Money()}}, "$0.00", "total"), !Contains("slice"));
}

TEST_CASE("a bar is as long as its share and never longer than its track", "[console]") {
  CHECK_THAT(charts::bar(Money::from_usd(1), Money::from_usd(4), "green"),
             Contains(R"(class="green" width="25.0%")"));
  CHECK_THAT(charts::bar(Money::from_usd(9), Money::from_usd(4), "red", 80),
             Contains(R"(class="red" width="100.0%")") && Contains(R"(x1="80%")"));
  CHECK_THAT(charts::bar(Money::from_usd(1), Money(), "green"), Contains(R"(width="0.0%")"));
}

TEST_CASE("the line of a month has a dot a day, red where an anomaly is", "[console]") {
  DailyChart chart;
  chart.spent = {{day("2026-10-01"), Money::from_usd(10)},
                 {day("2026-10-02"), Money::from_usd(40), true}};
  const std::string svg = charts::daily_lines(chart, 760);
  // Up to 40 in steps of 10; 202 units high, from 14 to 216.
  CHECK_THAT(svg, Contains(">$40.00</text>") && Contains(">$0.00</text>"));
  CHECK_THAT(svg, Contains(R"(points="58.0,165.5 746.0,14.0 ")"));
  CHECK_THAT(svg, Contains(R"(class="dot marked" cx="746.0" cy="14.0")"));
  CHECK_THAT(svg, Contains("Fri 2 Oct: $40.00, anomaly"));
  CHECK_THAT(svg, !Contains("fan80"));
}

TEST_CASE("what is expected goes on from the last day, inside its intervals", "[console]") {
  DailyChart chart;
  chart.spent = {{day("2026-10-01"), Money::from_usd(10)}};
  chart.expected = {{day("2026-10-02"), Money::from_usd(20), Money::from_usd(10),
                     Money::from_usd(40), Money::from_usd(0), Money::from_usd(60)}};
  const std::string svg = charts::daily_lines(chart, 760);
  // The scale is that of the 80 % interval: 95 % may be cut off at the top.
  CHECK_THAT(svg, Contains(R"(<polyline class="expected" points="58.0,165.5 746.0,115.0 ")"));
  CHECK_THAT(svg,
             Contains(R"(class="fan80" points="58.0,165.5 746.0,14.0 746.0,165.5 58.0,165.5)"));
  CHECK_THAT(svg, Contains(R"(class="fan95" points="58.0,165.5 746.0,14.0 746.0,216.0)"));
}

TEST_CASE("a chart without a day is no chart, one of nothing has a scale", "[console]") {
  CHECK(charts::daily_lines({}, 760).empty());
  DailyChart chart;
  chart.spent = {{day("2026-10-01"), Money()}};
  CHECK_THAT(charts::daily_lines(chart, 380), Contains("class=\"dot\""));
}

}  // namespace costd
