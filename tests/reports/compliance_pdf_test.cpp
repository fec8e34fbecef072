#include <catch2/catch.hpp>

#include "reports/compliance_model.hpp"
#include "tests/reports/document_tools.hpp"

namespace costd {
namespace {

using test::contains;

ComplianceModel a_report() {
  ComplianceModel model;
  model.type = ComplianceType::hipaa;
  model.title = "HIPAA audit evidence";
  model.wording = "Evidence for safeguards; no statement that one is met.";
  model.report_id = "01JC0000000000000000000001";
  model.tenant_name = "Acme";
  model.period = {*parse_day("2026-10-01"), *parse_day("2026-11-01")};
  model.zone = "Europe/Zurich";
  model.generated_at = *parse_instant("2026-11-04T06:00:00Z");
  model.generated_by = "schedule evidence";
  model.result = "INCOMPLETE";
  model.cards = {{"Audit chains", "INCOMPLETE", "12 events verified", ReportCard::Tone::warning}};
  model.notices = {{NoticeTone::warning, "The period is not over", "More may happen."}};
  model.cover = {ReportBars{"Events by day", {{"1 Oct", 3}, {"", 0}, {"", 12}}}};
  ReportSection section{
      "access-log", "1  Access log", "Who called what.", {{"164.312(b)", "Audit controls"}}, {}};
  section.blocks.emplace_back(ReportText{"A paragraph."});
  section.blocks.emplace_back(ReportFacts{"The site", {{"Contact", not_provided}}});
  section.blocks.emplace_back(ReportTable{"Calls",
                                          {{"At"}, {"Calls", ReportColumn::Kind::figure}},
                                          {{"2026-10-01", "1,000"}},
                                          52,
                                          "access-log.csv",
                                          ""});
  section.blocks.emplace_back(ReportTable{"Denied", {{"At"}}, {}, 0, "", "None in the period."});
  model.sections = {section};
  model.evidence = {"evidence", "Evidence block", "", {}, {}};
  model.sign_off = {"Reviewed by"};
  return model;
}

const std::vector<ReportPopulation> populations{{"access-log.csv", "at,calls\r\n", 0}};

}  // namespace

TEST_CASE("a report shows its sections, what they are evidence for, and where all rows are",
          "[compliance][pdf]") {
  const std::string text = test::pdf_text(render_compliance_pdf(a_report(), populations));
  for (const char* words :
       {"HIPAA audit evidence", "Acme · 1–31 Oct 2026", "CHAINS INCOMPLETE",
        "The period is not over", "Evidence for 164.312(b)", "NOT PROVIDED",
        "1 of 52 rows are shown; all are in access-log.csv.", "None in the period.", "Reviewed by",
        "Clauses named in this report", "Audit controls", "Page 2 of 2"}) {
    INFO(words);
    CHECK(contains(text, words));
  }
}

TEST_CASE("a compliance PDF is well formed, and the same for the same model", "[compliance][pdf]") {
  const std::string pdf = render_compliance_pdf(a_report(), populations);
  CHECK(contains(test::about("qpdf --check", pdf), "No syntax or stream encoding errors"));
  CHECK(render_compliance_pdf(a_report(), populations) == pdf);
  ComplianceModel other = a_report();
  other.revision = 2;
  CHECK(render_compliance_pdf(other, populations) != pdf);
}

TEST_CASE("rows up to 5 MB are attached inside, larger ones are files of their own",
          "[compliance][pdf]") {
  const std::vector<ReportPopulation> two{
      {"small.csv", "a\r\n1\r\n", 1}, {"large.csv", std::string(attachment_bytes_max + 1, 'x'), 1}};
  const std::string listed = test::about("pdfdetach -list", render_compliance_pdf(a_report(), two));
  CHECK(contains(listed, "1 embedded files"));
  CHECK(contains(listed, "small.csv"));
}

TEST_CASE("text that is no UTF-8 in a log spoils no report", "[compliance]") {
  ComplianceModel model = a_report();
  model.sections[0].blocks.emplace_back(ReportText{"caf\xe9"});
  CHECK(contains(to_json(model), "caf\xEF\xBF\xBD"));
  CHECK(render_compliance_pdf(model, {}).starts_with("%PDF"));
}

}  // namespace costd
