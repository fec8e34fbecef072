#include "reports/chargeback_render.hpp"
#include "reports/xlsx_workbook.hpp"
#include "tests/reports/chargeback_fixture.hpp"
#include "tests/reports/document_tools.hpp"

namespace costd {
namespace {

constexpr int sheet_count = 8;

/// The sheets and their texts, a line for each row of cells.
std::string readable_parts(const std::string& xlsx) {
  std::string text;
  std::vector<std::string> parts{"xl/workbook.xml", "docProps/core.xml", "xl/sharedStrings.xml"};
  for (int n = 1; n <= sheet_count; ++n) {
    parts.push_back("xl/worksheets/sheet" + std::to_string(n) + ".xml");
  }
  for (const std::string& part : parts) {
    std::string xml = test::xlsx_part(xlsx, part);
    for (const char* element : {"<row ", "<si>", "<sheet ", "<sheetData>", "<autoFilter"}) {
      test::replace_all(xml, element, std::string("\n") + element);
    }
    text += part + "\n" + xml + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("the XLSX of a statement is the golden one", "[statement][xlsx]") {
  test::check_golden("chargeback.xlsx.txt",
                     readable_parts(render_chargeback_xlsx(fixture::all_tenants())));
}

TEST_CASE("the same model gives the same XLSX", "[statement][xlsx]") {
  CHECK(render_chargeback_xlsx(fixture::all_tenants()) ==
        render_chargeback_xlsx(fixture::all_tenants()));
}

TEST_CASE("a workbook without usage has all its sheets", "[statement][xlsx]") {
  const std::string xlsx = render_chargeback_xlsx(fixture::no_usage());
  CHECK(test::count_of(test::xlsx_part(xlsx, "xl/workbook.xml"), "<sheet ") == sheet_count);
}

TEST_CASE("corrections have a sheet of their own, before the forecasts, if there are any",
          "[statement][xlsx][promise]") {
  const std::string xlsx = render_chargeback_xlsx(fixture::with_corrections());
  const std::string book = test::xlsx_part(xlsx, "xl/workbook.xml");
  CHECK(test::count_of(book, "<sheet ") == sheet_count + 1);
  CHECK(book.find("\"Corrections\"") < book.find("\"Forecasts\""));
  const std::string texts = test::xlsx_part(xlsx, "xl/sharedStrings.xml");
  for (const char* words : {"September 2026", "Original day", "Corrections in", "0.008000000000",
                            "Supersedes revision 1 (sha256 aaaa"}) {
    CHECK(test::contains(texts, words));
  }
}

TEST_CASE("text in a workbook is never a formula", "[statement][xlsx][safety]") {
  const std::string xlsx = render_chargeback_xlsx(fixture::all_tenants());
  const std::string tenants = test::xlsx_part(xlsx, "xl/worksheets/sheet2.xml");
  CHECK(test::contains(test::xlsx_part(xlsx, "xl/sharedStrings.xml"),
                       "=Legal &amp; Contract Review"));
  CHECK_FALSE(test::contains(tenants, "<f>Legal"));
  // Formulas are sums in the total rows alone: ten counts and three amounts.
  CHECK(test::count_of(tenants, "<f>") == 13);
  CHECK(test::count_of(tenants, "<f>SUM(") == 13);
}

TEST_CASE("workbooks show keys masked", "[statement][xlsx][safety]") {
  const std::string texts =
      test::xlsx_part(render_chargeback_xlsx(fixture::all_tenants()), "xl/sharedStrings.xml");
  for (const fixture::KeyRow& key : fixture::keys) {
    CHECK_FALSE(test::contains(texts, key.id));
    CHECK(test::contains(texts, mask_key(key.id)));
  }
}

TEST_CASE("characters that XML forbids do not break a workbook", "[xlsx][safety]") {
  ChargebackModel model = fixture::no_usage();
  model.tenants.push_back(fixture::named("t", "t", "bell\x07 broken\xff <tag> & \xef\xbf\xbe"));
  const std::string xlsx = render_chargeback_xlsx(model);
  test::about(
      "/usr/bin/python3 -c 'import sys, zipfile, xml.dom.minidom as dom; "
      "package = zipfile.ZipFile(sys.argv[1]); "
      "[dom.parseString(package.read(name)) for name in package.namelist()]'",
      xlsx);
}

TEST_CASE("columns are named as spreadsheets name them", "[xlsx]") {
  CHECK(column_letters(0) == "A");
  CHECK(column_letters(25) == "Z");
  CHECK(column_letters(26) == "AA");
  CHECK(column_letters(701) == "ZZ");
  CHECK(column_letters(702) == "AAA");
  CHECK(cell_range({12, 1, 8}) == "M2:M9");
}

}  // namespace costd
