#include "reports/chargeback_render.hpp"
#include "reports/csv_writer.hpp"
#include "tests/reports/chargeback_fixture.hpp"
#include "tests/reports/document_tools.hpp"

namespace costd {
namespace {

std::size_t column_of(const test::CsvRow& head, const std::string& name) {
  const auto found = std::find(head.begin(), head.end(), name);
  REQUIRE(found != head.end());
  return static_cast<std::size_t>(found - head.begin());
}

}  // namespace

TEST_CASE("the CSV of a statement is the golden one", "[statement][csv]") {
  test::check_golden("chargeback.csv", render_chargeback_csv(fixture::all_tenants()));
}

TEST_CASE("every CSV row has the columns of the head", "[statement][csv]") {
  for (const ChargebackModel& model :
       {fixture::all_tenants(), fixture::one_tenant(), fixture::no_usage()}) {
    const auto rows = test::read_csv(render_chargeback_csv(model));
    REQUIRE(rows.size() > 2);
    CHECK(rows.front().front() == "section");
    for (const test::CsvRow& row : rows) CHECK(row.size() == rows.front().size());
  }
}

TEST_CASE("the rows of each cost section add up to the exact total", "[statement][csv]") {
  const ChargebackModel model = fixture::all_tenants();
  const auto rows = test::read_csv(render_chargeback_csv(model));
  const std::size_t cost = column_of(rows.front(), "total_cost");
  std::map<std::string, Money> sums;
  for (std::size_t n = 1; n < rows.size(); ++n) {
    if (!rows[n][cost].empty()) sums[rows[n].front()] += parse_money(rows[n][cost]);
  }
  for (const char* section : {"tenant_summary", "api_key_summary", "model_summary",
                              "provider_summary", "daily_breakdown"}) {
    INFO(section);
    CHECK(sums[section] == model.total);
  }
  CHECK(rows[rows.size() - 2][cost] == format_exact(model.total));
  CHECK(rows.back()[cost] == format_exact(to_money(model.statement_total)));
}

TEST_CASE("the sections of the CSV stand in their order", "[statement][csv]") {
  std::vector<std::string> sections;
  for (const auto& row : test::read_csv(render_chargeback_csv(fixture::all_tenants()))) {
    if (sections.empty() || sections.back() != row.front()) sections.push_back(row.front());
  }
  CHECK(sections == std::vector<std::string>{"section", "tenant_summary", "api_key_summary",
                                             "model_summary", "provider_summary", "daily_breakdown",
                                             "forecasts", "anomalies", "statement"});
}

TEST_CASE(
    "corrections are a section of the CSV with their original days, and the statement says "
    "which one it supersedes",
    "[statement][csv][promise]") {
  const auto rows = test::read_csv(render_chargeback_csv(fixture::with_corrections()));
  const auto column = [&](const char* name) { return column_of(rows.front(), name); };
  std::vector<std::vector<std::string>> corrections;
  for (const auto& row : rows) {
    CHECK(row.size() == rows.front().size());
    if (row.front() == "corrections") corrections.push_back(row);
  }
  REQUIRE(corrections.size() == 2);
  const auto& first = corrections.front();
  CHECK(first[column("day")] == "2026-09-17");
  CHECK(first[column("tenant")] == "t-search");
  CHECK(first[column("api_key")] == "key_18f3aa90bb21c044");
  CHECK(first[column("model")] == "gpt-4o-mini");
  CHECK(first[column("requests")] == "2");
  CHECK(first[column("total_cost")] == "0.004000000000");
  CHECK(first[column("name")] == "correction of 2026-09");
  const auto superseding = std::ranges::find_if(
      rows, [&](const auto& row) { return row[column("name")] == "supersedes revision 1"; });
  REQUIRE(superseding != rows.end());
  CHECK(superseding->front() == "statement");
  CHECK((*superseding)[column("key")] == std::string(64, 'a'));
}

TEST_CASE("the CSV has the full key id", "[statement][csv]") {
  CHECK(test::contains(render_chargeback_csv(fixture::all_tenants()), "key_18f3aa90bb21c044"));
}

TEST_CASE("text that a spreadsheet would run gets an apostrophe", "[csv][safety]") {
  const std::string nul("\0=1", 3);
  const auto dangerous = GENERATE_COPY(values<std::string>(
      {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", nul, "＝1", "＋1", "－1", "＠A",
       "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://example.com\",\"x\")"}));
  CHECK(guard_formula(dangerous) == "'" + dangerous);

  ChargebackModel model = fixture::no_usage();
  model.tenants.push_back(fixture::named(dangerous, dangerous, dangerous));
  model.api_keys.push_back(fixture::named(dangerous, dangerous, dangerous));
  model.models.push_back(fixture::named("", dangerous, dangerous, dangerous));
  model.anomalies.push_back({});
  model.anomalies.back().tenant_name = dangerous;
  model.anomalies.back().id = dangerous;
  model.forecasts.push_back({});
  model.forecasts.back().model = dangerous;
  for (const auto& row : test::read_csv(render_chargeback_csv(model))) {
    for (const std::string& cell : row) CHECK(cell != dangerous);
  }
}

TEST_CASE("text that is safe stays as it is", "[csv][safety]") {
  for (const char* safe : {"", "Search Ranking", "a=b", "1-2", "'quoted", "é=", "東京"}) {
    CHECK(guard_formula(safe) == safe);
  }
}

TEST_CASE("a negative amount stays a number", "[csv][safety]") {
  CsvWriter csv;
  csv.amount(parse_money("-5"));
  csv.count(-5);
  csv.text("-5");
  csv.end_row();
  CHECK(csv.bytes() == "-5.000000000000,-5,'-5\r\n");
}

TEST_CASE("quotes, commas and line ends are quoted as RFC 4180 says", "[csv]") {
  CsvWriter csv;
  csv.text("a,b");
  csv.text("say \"hi\"");
  csv.text("two\r\nlines");
  csv.text("");
  csv.blanks(2);
  csv.text("plain");
  csv.end_row();
  CHECK(csv.bytes() == "\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\",,,,plain\r\n");
}

}  // namespace costd
