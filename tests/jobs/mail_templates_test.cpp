#include <catch2/catch.hpp>

#include <filesystem>

#include "jobs/delivery/chargeback_mail.hpp"
#include "jobs/delivery/mail_templates.hpp"
#include "ledger/error.hpp"
#include "tests/jobs/mail_fixtures.hpp"

using namespace costd;
using namespace costd::test;
using Catch::Matchers::Contains;

namespace {

const std::string templates_dir = COSTD_SOURCE_DIR "/templates";
const std::string sha256(64, 'a');

CostLine a_line(const std::string& name, const std::string& cost,
                const std::string& provider = "") {
  CostLine line;
  line.key = name;
  line.name = name;
  line.provider = provider;
  line.total_cost = parse_money(cost);
  return line;
}

/// Seven tenants, two models. Exactly: 500 + 300 + 200 + 100 + 50 + 30.004 + 20.004 = 1200.008;
/// rounded once per tenant: 1200.00. The models: 700.006 + 500.002, shown as 700.01 and 500.00.
ChargebackModel a_statement() {
  ChargebackModel model;
  model.report_id = "01JBQ5V8ZC3E8K4T9W2XR7MDHP";
  model.tenant_name = "All tenants";
  model.period_name = "October 2026";
  model.period_window = "1–31 Oct 2026";
  model.time_zone = "Europe/Zurich";
  model.generated_at = mail_date();
  model.generated_by = "schedule month-end";
  model.tenants = {a_line("Legal Review", "50"),     a_line("Search Ranking", "500"),
                   a_line("Support Copilot", "300"), a_line("Data Platform", "200"),
                   a_line("Ελληνικά Desk", "100"),   a_line("Sales", "30.004"),
                   a_line("Research", "20.004")};
  model.models = {a_line("claude-sonnet-4", "500.002", "anthropic"),
                  a_line("gpt-4o", "700.006", "openai")};
  model.total = parse_money("1200.008");
  model.statement_total = Cents{120'000};
  model.usage.requests = 1'234'567;
  return model;
}

ChargebackModel a_full_statement() {
  ChargebackModel model = a_statement();
  model.period_note = "745 hours: DST change on 25 Oct";
  model.previous_total = Cents{110'701};
  model.previous_name = "September 2026";
  model.budget = BudgetUse{"Q4 cap", parse_money("1500"), parse_money("1200.008"), 80};
  model.forecast.emplace();
  model.forecast->projected_month_end = parse_money("1300.495");
  model.forecast->daily_rate = parse_money("41.5");
  model.forecast->trend = Trend::increasing;
  model.forecast_name = "Oct 2026";
  model.anomalies.resize(3);
  model.anomalies.back().open = false;
  model.usage.unpriced_requests = 12;
  model.unpriced_models = {{"x-new", "mistral", 3, 0, 0}, {"m-unknown", "openai", 9, 0, 0}};
  return model;
}

MailText render(const ChargebackModel& model) {
  return render_chargeback_mail(model, templates_dir, sha256);
}

/// A folder of templates in which one file is replaced.
class OwnTemplates {
 public:
  OwnTemplates(const std::string& name, const std::string& text) {
    std::filesystem::copy(templates_dir + "/mail", path() + "/mail");
    write_file(path() + "/mail/" + name, text);
  }
  std::string path() const { return folder_.path(""); }
  std::string error() const {
    try {
      render_chargeback_mail(a_statement(), path(), sha256);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::config);
      return error.what();
    }
    return "(no error)";
  }

 private:
  MailFolder folder_;
};

}  // namespace

TEST_CASE("the subject says period, tenant, total and status", "[mail]") {
  ChargebackModel model = a_statement();
  CHECK(render(model).subject == "Chargeback October 2026 · All tenants · $1,200.00 (PRELIMINARY)");
  model.status = StatementStatus::final;
  CHECK(render(model).subject == "Chargeback October 2026 · All tenants · $1,200.00 (FINAL)");
  model.revision = 2;
  CHECK(render(model).subject ==
        "Chargeback October 2026 · All tenants · $1,200.00 (FINAL, revision 2)");
  model.currency = "EUR";
  CHECK_THAT(render(model).subject, Contains("· EUR 1,200.00 ("));
}

TEST_CASE("the text is the statement in short", "[mail]") {
  // Change: 1200.00 - 1107.01 = 92.99, which is 8.4 % of 1107.01. Budget: 1200.008 / 1500 = 80.0 %,
  // 299.992 left. Others: 30.00 + 20.00, exactly 50.008 / 1200.008 = 4.2 %. Forecast: 1300.495 is
  // rounded half-even to 1300.50. Models: 700.01 + 500.00 - 0.01 = 1200.00.
  CHECK(render(a_full_statement()).text ==
        "LLM chargeback statement: October 2026, All tenants\n"
        "Status: PRELIMINARY\n"
        "Made before the period was closed: figures can still change. Do not book it.\n"
        "\n"
        "ATTENTION: 12 requests have no price and are not in the total.\n"
        "Models without a price: m-unknown (openai, 9 requests); x-new (mistral, 3 requests). "
        "Add their prices and generate the statement again.\n"
        "\n"
        "Period:     1–31 Oct 2026 (745 hours: DST change on 25 Oct)\n"
        "Time zone:  Europe/Zurich\n"
        "Total cost: $1,200.00\n"
        "Change:     +$92.99 (+8.4 %) on September 2026\n"
        "Budget:     Q4 cap: $1,200.01 of $1,500.00, 80.0 % used, $299.99 left "
        "(soft limit of 80 % reached)\n"
        "Forecast:   Oct 2026: $1,300.50 ($41.50 a day, increasing)\n"
        "Anomalies:  3 (2 open, 1 resolved)\n"
        "Requests:   1,234,567 (0 from cache, 0 estimated)\n"
        "\n"
        "Largest tenants, USD\n"
        "  Search Ranking: 500.00 (41.7 %)\n"
        "  Support Copilot: 300.00 (25.0 %)\n"
        "  Data Platform: 200.00 (16.7 %)\n"
        "  Ελληνικά Desk: 100.00 (8.3 %)\n"
        "  Legal Review: 50.00 (4.2 %)\n"
        "  Others (2): 50.00 (4.2 %)\n"
        "  Total: 1,200.00\n"
        "\n"
        "Largest models, USD\n"
        "  gpt-4o (openai): 700.01 (58.3 %)\n"
        "  claude-sonnet-4 (anthropic): 500.00 (41.7 %)\n"
        "  Rounding: -0.01\n"
        "  Total: 1,200.00\n"
        "\n"
        "The files of this statement\n"
        "  PDF   the statement to read and to file: every section, charts, tie-out\n"
        "  XLSX  the same sections as sheets, to sort and to filter\n"
        "  CSV   one table with every line, to load into other systems\n"
        "Figures in PDF and XLSX are rounded once per tenant; the CSV has every digit.\n"
        "Files that are not attached: costctl chargeback download 01JBQ5V8ZC3E8K4T9W2XR7MDHP "
        "--to DIR\n"
        "\n"
        "Report:        01JBQ5V8ZC3E8K4T9W2XR7MDHP\n"
        "Model SHA-256: " +
            sha256 +
            "\n"
            "Generated:     2026-11-04 06:00 UTC by schedule month-end\n"
            "Sent automatically by costd.\n");
}

TEST_CASE("what a statement does not have is left out, not shown as zero", "[mail]") {
  const MailText mail = render(a_statement());
  CHECK_THAT(mail.text, !Contains("Budget:"));
  CHECK_THAT(mail.text, !Contains("Forecast:"));
  CHECK_THAT(mail.text, !Contains("ATTENTION"));
  CHECK_THAT(mail.text, Contains("Do not book it.\n\nPeriod:"));
  CHECK_THAT(mail.text, Contains("Change:     no earlier period to compare with\n"
                                 "Anomalies:  0 (nothing unusual found)\n"));
  CHECK_THAT(mail.html, !Contains("Budget used"));
  CHECK_THAT(mail.html, Contains("needs a complete day of usage"));
}

TEST_CASE("the mail of a statement says where the audit chain stood", "[mail]") {
  ChargebackModel model = a_statement();
  CHECK_THAT(render(model).text, !Contains("Audit chain"));
  CHECK_THAT(render(model).html, !Contains("Audit chain"));
  model.audit_chain = ChainHead{9480, std::string(64, 'c')};
  const std::string head = "9,480 events, head " + std::string(64, 'c');
  CHECK_THAT(render(model).text,
             Contains("Model SHA-256: " + sha256 + "\nAudit chain:   " + head + "\nGenerated:"));
  CHECK_THAT(render(model).html, Contains("Audit chain of costd: " + head));
}

TEST_CASE("a tenant's own statement has no table of tenants", "[mail]") {
  ChargebackModel model = a_statement();
  model.tenant = "team-search";
  model.tenant_name = "Search Ranking";
  const MailText mail = render(model);
  CHECK_THAT(mail.text, !Contains("Largest tenants"));
  CHECK_THAT(mail.html, !Contains("Largest tenants"));
  CHECK_THAT(mail.text, Contains("Largest models"));
}

TEST_CASE("the mail compares with the period before in words and sign", "[mail]") {
  ChargebackModel model = a_statement();
  model.previous_name = "September 2026";
  // 1200 - 1600 = -400, a quarter of 1600.
  model.previous_total = Cents{160'000};
  CHECK_THAT(render(model).text, Contains("-$400.00 (-25.0 %) on September 2026\n"));
  model.previous_total = Cents{120'000};
  CHECK_THAT(render(model).text, Contains("$0.00 (0.0 %) on September 2026\n"));
  model.previous_total = Cents{0};
  CHECK_THAT(render(model).text, Contains("Change:     no cost in September 2026\n"));
}

TEST_CASE("an exceeded budget says by how much", "[mail]") {
  ChargebackModel model = a_statement();
  model.budget = BudgetUse{"Q4 cap", parse_money("1000"), parse_money("1200.008"), 80};
  CHECK_THAT(render(model).text, Contains("120.0 % used, $200.01 over the limit (over the limit)"));
}

TEST_CASE("a statement that does not tie out says so first", "[mail]") {
  ChargebackModel model = a_statement();
  model.tie_out.records_in = 1;
  CHECK_THAT(render(model).text,
             Contains("ATTENTION: This statement does not tie out. Do not book it.\n"));
  CHECK_THAT(render(model).html, Contains("This statement does not tie out."));
}

TEST_CASE("corrections and the revision that is superseded are in the mail", "[mail][promise]") {
  ChargebackModel model = a_statement();
  CHECK_THAT(render(model).text, !Contains("correction") && !Contains("Supersedes"));
  Correction correction;
  correction.closed_month = "2026-09";
  correction.line.usage.requests = 2;
  correction.line.total_cost = parse_money("0.07");
  model.corrections = {correction};
  model.tie_out.corrections = 2;
  model.supersedes = Superseded{1, "abcd"};
  CHECK_THAT(render(model).text,
             Contains("ATTENTION: 2 requests of closed months are in this total as corrections.\n"
                      "September 2026: 2 requests, $0.07.") &&
                 Contains("Supersedes revision 1 (sha256 abcd)."));
  CHECK_THAT(render(model).html, Contains("September 2026: 2 requests, $0.07."));
}

TEST_CASE("names are escaped in HTML and only there", "[mail]") {
  ChargebackModel model = a_statement();
  model.tenant_name = "R&D <script>alert('x')</script> \"{{total}}\"";
  const MailText mail = render(model);
  CHECK_THAT(mail.subject, Contains("R&D <script>alert('x')</script> \"{{total}}\""));
  CHECK_THAT(mail.text, Contains("R&D <script>"));
  CHECK_THAT(mail.html, !Contains("<script"));
  CHECK_THAT(mail.html, Contains("R&amp;D &lt;script&gt;"));
  CHECK_THAT(mail.html, Contains("&quot;{{total}}&quot;"));
}

TEST_CASE("a name cannot add a line to the mail or turn its reading direction", "[mail]") {
  ChargebackModel model = a_statement();
  model.tenant_name = "Sales\r\nBcc: evil@example.com\u202etxt";
  model.tenants[1].name = "Sea\nTotal: 0.00";
  const MailText mail = render(model);
  CHECK(mail.subject ==
        "Chargeback October 2026 · Sales  Bcc: evil@example.com txt · $1,200.00 (PRELIMINARY)");
  CHECK_THAT(mail.text, Contains("  Sea Total: 0.00: 500.00"));
}

TEST_CASE("the HTML needs nothing from elsewhere", "[mail]") {
  const std::string html = render(a_full_statement()).html;
  for (const char* forbidden :
       {"http:", "https:", "src=", "href=", "<img", "<script", "url(", "@import", "<form", "{{"}) {
    CHECK_THAT(html, !Contains(forbidden));
  }
}

TEST_CASE("a template that cannot be used is named with what is wrong", "[mail]") {
  CHECK_THAT(OwnTemplates("chargeback.txt", "{{#notices}} open").error(),
             Contains("chargeback.txt: Unclosed section"));
  CHECK_THAT(OwnTemplates("chargeback.html", "<p>{{totl}}</p>").error(),
             Contains("chargeback.html: unknown name \"totl\""));
  CHECK_THAT(OwnTemplates("chargeback.html", "<p>{{{ totl }}}</p>").error(),
             Contains("unknown name \"totl\""));
  CHECK_THAT(OwnTemplates("chargeback.txt", "{{> footer}}").error(),
             Contains("partials and other delimiters are not supported"));
  CHECK_THAT(OwnTemplates("chargeback.subject", "one\ntwo").error(),
             Contains("a subject is one line"));
  CHECK_THAT(OwnTemplates("chargeback.subject", " \n").error(), Contains("a subject is one line"));
  CHECK(OwnTemplates("chargeback.txt", "{{! a remark }}{{&total}} {{{total}}}\n").error() ==
        "(no error)");
  const MailFolder empty;
  CHECK_THROWS_WITH(render_chargeback_mail(a_statement(), empty.path(""), sha256),
                    Contains("chargeback.subject: cannot read the template"));
}

TEST_CASE("every name that a template may use is listed in the README", "[mail]") {
  const std::string readme = read_file(templates_dir + "/README.md");
  const MailValues values = chargeback_mail_values(a_statement(), sha256);
  for (const auto& [name, value] : values.words) CHECK_THAT(readme, Contains("`" + name + "`"));
  for (const auto& [name, rows] : values.lists) CHECK_THAT(readme, Contains("`" + name + "`"));
  for (const auto& name : mail_row_names()) CHECK_THAT(readme, Contains("`" + name + "`"));
}

TEST_CASE("a statement's mail can be sent as it is", "[mail]") {
  const MailText words = render(a_full_statement());
  Mail mail = a_mail();
  mail.subject = words.subject;
  mail.text = words.text;
  mail.html = words.html;
  const auto parsed = parse_with_python(render_message(mail));
  CHECK(parsed.at("defects").empty());
  CHECK(parsed.at("structure") == "multipart/alternative(text/plain, text/html)");
}
