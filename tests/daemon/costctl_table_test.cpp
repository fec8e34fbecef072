#include "daemon/costctl_table.hpp"

#include <catch2/catch.hpp>

#include "daemon/costctl_progress.hpp"
#include "daemon/costctl_text.hpp"
#include "daemon/costctl_usage.hpp"

namespace costd {
namespace {

const TableModel model{{{"TENANT", "/tenant"},
                        {"KEY", "/apiKey", CellKind::key},
                        {"REQUESTS", "/requests", CellKind::count},
                        {"USD", "/cost", CellKind::money},
                        {"NOTE", "/note"}},
                       "nothing here"};

Json rows() {
  return Json::parse(R"([
    {"tenant": "Ελλάδα", "apiKey": "key_6e41aabbccdd7d56", "requests": 1234567,
     "cost": "12345.678901234567", "note": null},
    {"tenant": "株式会社", "apiKey": "key_1", "requests": 1, "cost": "0.005000000000"}])");
}

}  // namespace

TEST_CASE("a table is aligned by what the eye sees", "[costctl]") {
  // Four Japanese characters are eight columns; half a cent rounds to the even cent, 0.00.
  CHECK(render_table(model, rows()) ==
        "TENANT    KEY             REQUESTS        USD\n"
        "────────  ─────────────  ─────────  ─────────\n"
        "Ελλάδα    key_6e41…7d56  1,234,567  12,345.68\n"
        "株式会社  key_1                  1       0.00\n");
}

TEST_CASE("a footer stands below a rule of its own", "[costctl]") {
  const auto footer =
      Json::parse(R"({"tenant": "total", "requests": 1234568, "cost": "12345.68"})");
  const auto text = render_table({{model.columns[0], model.columns[3]}, ""}, rows(), footer);
  CHECK(text ==
        "TENANT          USD\n"
        "────────  ─────────\n"
        "Ελλάδα    12,345.68\n"
        "株式会社       0.00\n"
        "────────  ─────────\n"
        "total     12,345.68\n");
}

TEST_CASE("no rows are said in words", "[costctl]") {
  CHECK(render_table(model, Json::array()) == "nothing here\n");
}

TEST_CASE("CSV has every digit and the full key", "[costctl]") {
  CHECK(render_csv(model, rows()) ==
        "tenant,apiKey,requests,cost,note\r\n"
        "Ελλάδα,key_6e41aabbccdd7d56,1234567,12345.678901234567,\r\n"
        "株式会社,key_1,1,0.005000000000,\r\n");
}

TEST_CASE("CSV quotes what needs it and disarms formulas", "[costctl]") {
  const TableModel one{{{"A", "/a"}, {"B", "/b/c", CellKind::decimal}}, ""};
  const auto cells = Json::parse(R"([
    {"a": "say \"hi\", you", "b": {"c": "-5"}},
    {"a": "=1+1"}, {"a": "@x"}, {"a": "two\nlines"}, {"a": ["x", "y"]}])");
  CHECK(render_csv(one, cells) ==
        "a,b.c\r\n"
        "\"say \"\"hi\"\", you\",-5\r\n"
        "'=1+1,\r\n'@x,\r\n\"two\nlines\",\r\n\"x, y\",\r\n");
}

TEST_CASE("data cannot steer the terminal", "[costctl]") {
  CHECK(printable("a\x1b[31mb") == "a\xEF\xBF\xBD[31mb");
  CHECK(printable("one\ntwo") == "one\xEF\xBF\xBDtwo");
  CHECK(printable("\xE2\x80\xAE"
                  "abc") ==
        "\xEF\xBF\xBD"
        "abc");  // right-to-left override
  CHECK(printable("\xC3") == "\xEF\xBF\xBD");
  CHECK(printable("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");  // overlong
  CHECK(printable("Ελλάδα 株式") == "Ελλάδα 株式");
}

TEST_CASE("width counts columns, not bytes", "[costctl]") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("Ελλάδα") == 6);
  CHECK(display_width("株式会社") == 8);
  CHECK(display_width("e\xCC\x81") == 1);  // e with a combining accent
  CHECK(fit("株式会社", 8) == "株式会社");
  CHECK(fit("株式会社", 6) == "株式…");
  CHECK(fit("abcdef", 4) == "abc…");
}

TEST_CASE("cells show instants and odd values as they can", "[costctl]") {
  const auto row = Json::parse(
      R"({"a": "2026-11-01T05:00:00.123Z", "b": "2026-11-01T06:00", "c": "n/a", "d": true})");
  CHECK(format_cell({"", "/a", CellKind::instant}, row) == "2026-11-01 05:00:00Z");
  CHECK(format_cell({"", "/b", CellKind::instant}, row) == "2026-11-01 06:00");
  CHECK(format_cell({"", "/c", CellKind::money}, row) == "n/a");
  CHECK(format_cell({"", "/d"}, row) == "true");
  CHECK(format_cell({"", "/missing/deep"}, row).empty());
}

TEST_CASE("a usage text names its parameters", "[costctl]") {
  using Kind = Parameter::Kind;
  using Need = Parameter::Need;
  const auto found = parse_usage("JOB [--period M | --from D --to D] [--wait] --by a|b [FILE...]");
  REQUIRE(found.size() == 7);
  CHECK(found[0].name == "JOB");
  CHECK(found[0].kind == Kind::word);
  CHECK(found[0].need == Need::required);
  CHECK(found[1].name == "period");
  CHECK(found[1].value == "M");
  CHECK(found[3].name == "to");
  CHECK(found[3].need == Need::optional);
  CHECK(found[4].kind == Kind::flag);
  CHECK(found[5].value == "a|b");
  CHECK(found[5].need == Need::required);
  CHECK(found[6].kind == Kind::words);
  CHECK(found[6].name == "FILE");
}

TEST_CASE("progress shows share, rate and time left", "[costctl]") {
  // 50,000 left at 25,000 a second is 2 s, shown as the 3 s that will not be overrun.
  CHECK(render_progress({"ingest", 50'000, 100'000, "records", 25'000.0}) ==
        "ingest      ████████████░░░░░░░░░░░░   50%  50,000/100,000 records  25,000/s  0:03 left");
  CHECK(render_progress({"rollup", 0, 10, "days", 0}) ==
        "rollup      ░░░░░░░░░░░░░░░░░░░░░░░░    0%  0/10 days");
  CHECK(render_progress({"deliver", 7, 0, "", 0}) == "deliver     7");
}

TEST_CASE("a terminal gets one line that is redrawn", "[costctl]") {
  std::ostringstream out;
  RunDisplay display(out, Screen::terminal);
  const RunDisplay::TimePoint start{};
  const auto run = [](const char* state, int done) {
    return Json{
        {"state", state},
        {"jobs", {"ingest"}},
        {"progress", {{"job", "ingest"}, {"done", done}, {"total", 100}, {"unit", "files"}}}};
  };
  display.show(run("running", 10), start);
  display.show(run("running", 60), start + std::chrono::seconds(5));
  display.show(run("succeeded", 100), start + std::chrono::seconds(6));
  // (60 - 10) files in 5 s are 10 a second; 40 left take 4 s, shown as 5.
  CHECK(out.str() ==
        "\ringest      ██░░░░░░░░░░░░░░░░░░░░░░   10%  10/100 files\x1b[K"
        "\ringest      ██████████████░░░░░░░░░░   60%  60/100 files  10/s  0:05 left\x1b[K"
        "\r\x1b[K");
}

}  // namespace costd
