#include "reports/chargeback_render.hpp"
#include "tests/reports/chargeback_fixture.hpp"
#include "tests/reports/document_tools.hpp"

namespace costd {
namespace {

using test::contains;

int pages_of(const std::string& pdf) {
  const std::string info = test::about("pdfinfo", pdf);
  return std::stoi(info.substr(info.find("Pages:") + 6));
}

/// Many keys whose names do their best to break a page.
ChargebackModel with_keys(int count) {
  ChargebackModel model = fixture::all_tenants();
  model.api_keys.clear();
  for (int n = 0; n < count; ++n) {
    std::string name = "service " + std::to_string(n);
    if (n % 50 == 7) name = std::string(4'000, 'w') + std::to_string(n);
    if (n % 50 == 9)
      name += " 長い名前の長い名前の長い名前の長い名前の長い名前の長い名前の長い名前";
    CostLine line = fixture::named("t-search", "key_0123456789" + std::to_string(n), name);
    line.usage.requests = 1;
    line.total_cost = parse_money("1.25");
    model.api_keys.push_back(line);
  }
  return model;
}

}  // namespace

TEST_CASE("the text of the PDF is the golden one", "[statement][pdf]") {
  test::check_golden("chargeback.pdf.txt",
                     test::pdf_text(render_chargeback_pdf(fixture::all_tenants())));
}

TEST_CASE("PDFs are well formed", "[statement][pdf]") {
  for (const ChargebackModel& model :
       {fixture::all_tenants(), fixture::one_tenant(), fixture::no_usage()}) {
    CHECK(contains(test::about("qpdf --check", render_chargeback_pdf(model)),
                   "No syntax or stream encoding errors"));
  }
}

TEST_CASE("the same model gives the same PDF, another one another", "[statement][pdf]") {
  ChargebackModel model = fixture::all_tenants();
  const std::string pdf = render_chargeback_pdf(model);
  CHECK(render_chargeback_pdf(model) == pdf);
  model.tie_out.duplicates += 1;
  const std::string other = render_chargeback_pdf(model);
  CHECK(other.substr(other.find("/ID")) != pdf.substr(pdf.find("/ID")));
}

TEST_CASE("all fonts are embedded, subset and searchable", "[statement][pdf]") {
  std::istringstream lines(test::about("pdffonts", render_chargeback_pdf(fixture::all_tenants())));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  int fonts = 0;
  for (; std::getline(lines, line); ++fonts) {
    INFO(line);
    CHECK(contains(line, "yes yes yes"));
  }
  CHECK(fonts >= 4);  // three faces of Open Sans and one for Japanese
}

TEST_CASE("Greek and Japanese names can be read and searched", "[statement][pdf]") {
  const std::string text = test::pdf_text(render_chargeback_pdf(fixture::all_tenants()));
  CHECK(contains(text, "Ελληνικά Desk"));
  CHECK(contains(text, "東京サポートセンター"));
  CHECK(contains(text, "Data Platform — Zürich"));
}

TEST_CASE("a character that no font has is shown as a question mark", "[statement][pdf]") {
  ChargebackModel model = fixture::all_tenants();
  model.tenants.front().name = "Rocket \xF0\x9F\x9A\x80 \xE2\x80\xAEteam\xFF";
  // An emoji, a right-to-left override and a byte that is not UTF-8.
  CHECK(contains(test::pdf_text(render_chargeback_pdf(model)), "Rocket ? ?team?"));
}

TEST_CASE("PDF, XLSX and model say the same total", "[statement][pdf][xlsx]") {
  const ChargebackModel model = fixture::all_tenants();
  const std::string total = format_cents(model.statement_total);
  CHECK(contains(test::pdf_text(render_chargeback_pdf(model)), "$" + total));
  // Column O of the tenants' sheet: six tenants and, for input and output cost, a rounding row.
  const std::string sheet =
      test::xlsx_part(render_chargeback_xlsx(model), "xl/worksheets/sheet2.xml");
  std::string plain = total;
  std::erase(plain, ',');
  CHECK(contains(sheet, "<f>SUM(O2:O8)</f><v>" + plain + "</v>"));
}

TEST_CASE("the seven sections stand in their order with bookmarks", "[statement][pdf]") {
  for (const ChargebackModel& model : {fixture::all_tenants(), fixture::no_usage()}) {
    const std::string pdf = render_chargeback_pdf(model);
    const std::string text = test::pdf_text(pdf);
    const std::string outline = test::about("qpdf --json --json-key=outlines", pdf);
    std::size_t at = 0;
    std::size_t bookmark_at = 0;
    for (const char* heading :
         {"1 Tenant summary", "2 API key summary", "3 Model summary", "4 Provider summary",
          "5 Daily breakdown", "6 Forecasts", "7 Anomalies"}) {
      INFO(heading);
      at = text.find(std::string(heading).substr(2), at);
      REQUIRE(at != std::string::npos);
      bookmark_at = outline.find(std::string(heading).substr(2), bookmark_at);
      REQUIRE(bookmark_at != std::string::npos);
    }
  }
}

TEST_CASE("PRELIMINARY stands on every page of an open month", "[statement][pdf]") {
  const std::string pdf = render_chargeback_pdf(fixture::one_tenant());
  const std::string text = test::pdf_text(pdf);
  CHECK(test::count_of(text, "PRELIMINARY") == static_cast<std::size_t>(pages_of(pdf)));
  CHECK_FALSE(contains(text, "FINAL"));
}

TEST_CASE(
    "corrections have a section, a notice and a line in the tie-out, and the cover says which "
    "revision is superseded",
    "[statement][pdf][promise]") {
  const std::string text = test::pdf_text(render_chargeback_pdf(fixture::with_corrections()));
  const std::string first_page = text.substr(0, text.find('\f'));
  CHECK(contains(first_page, "4 requests of closed months are in this total as corrections."));
  CHECK(contains(first_page, "September 2026: 4 requests, $0.01"));
  CHECK(contains(first_page, "corrections in: 4 of the accepted, 0.008000000000 of the sums"));
  CHECK(contains(first_page, "Supersedes revision 1 (sha256 " + std::string(64, 'a') + ")"));
  CHECK(contains(first_page, "TIES OUT"));
  const std::string section = text.substr(text.find("Original day"));
  for (const char* words : {"2026-09-17", "2026-09-29", "September 2026", "Support Copilot",
                            "gpt-4o-mini", "Rounding"}) {
    CHECK(contains(section, words));
  }
  const std::string without = test::pdf_text(render_chargeback_pdf(fixture::all_tenants()));
  CHECK_FALSE(contains(without, "Original day"));
  CHECK_FALSE(contains(without, "Supersedes"));
}

TEST_CASE("every page says which one it is", "[statement][pdf]") {
  const std::string pdf = render_chargeback_pdf(fixture::all_tenants());
  const std::string text = test::pdf_text(pdf);
  const int pages = pages_of(pdf);
  for (int n = 1; n <= pages; ++n) {
    CHECK(contains(text, "Page " + std::to_string(n) + " of " + std::to_string(pages)));
  }
}

TEST_CASE("what has no price is named on the first page", "[statement][pdf]") {
  const std::string text = test::pdf_text(render_chargeback_pdf(fixture::all_tenants()));
  const std::string first_page = text.substr(0, text.find('\f'));
  CHECK(contains(first_page, "12,345 requests have no price and are not in the total."));
  CHECK(contains(first_page, "llama-4-maverick-preview"));
}

TEST_CASE("a statement that does not tie out says so on the first page", "[statement][pdf]") {
  ChargebackModel model = fixture::all_tenants();
  model.tie_out.accepted += 1;
  const std::string text = test::pdf_text(render_chargeback_pdf(model));
  const std::string first_page = text.substr(0, text.find('\f'));
  CHECK(contains(first_page, "does not tie out"));
  CHECK_FALSE(contains(first_page, "TIES OUT"));
}

TEST_CASE("the PDF prints the rounding line that makes a table add up", "[statement][pdf]") {
  ChargebackModel model = fixture::no_usage();
  for (const char* name : {"a", "b", "c"}) {
    model.models.push_back(fixture::named("", name, name, "p"));
    model.models.back().total_cost = parse_money("0.333333333333");
  }
  model.total = parse_money("0.999999999999");
  model.statement_total = round_to_cents(model.total);  // 1.00, and 3 * 0.33 = 0.99
  std::istringstream lines(test::pdf_text(render_chargeback_pdf(model)));
  std::string line;
  bool found = false;
  while (std::getline(lines, line)) {
    if (contains(line, "Rounding") && contains(line, "0.01")) found = true;
  }
  CHECK(found);
}

TEST_CASE("keys are masked in the PDF", "[statement][pdf][safety]") {
  const std::string text = test::pdf_text(render_chargeback_pdf(fixture::all_tenants()));
  for (const fixture::KeyRow& key : fixture::keys) CHECK_FALSE(contains(text, key.id));
}

TEST_CASE("thousands of keys and endless names stay on their pages", "[statement][pdf]") {
  const std::string pdf = render_chargeback_pdf(with_keys(2'000));
  const std::string text = test::pdf_text(pdf);
  CHECK(contains(text, "service 1999"));
  // The head of the table is repeated: about 30 keys fit on a page.
  CHECK(test::count_of(text, "API key ") >= 60);
  // Nothing is drawn outside of the margins, in points: A4 is 595 by 842.
  const std::string boxes = test::about("pdftotext -bbox", pdf, "-");
  for (std::size_t at = 0; (at = boxes.find("<word ", at)) != std::string::npos; ++at) {
    const auto value = [&](const char* name) {
      return std::stod(boxes.substr(boxes.find(name, at) + std::string(name).size(), 20));
    };
    if (value("xMax=\"") > 550 || value("xMin=\"") < 45 || value("yMax=\"") > 820) {
      FAIL_CHECK(boxes.substr(at, 120));
    }
  }
}

}  // namespace costd
