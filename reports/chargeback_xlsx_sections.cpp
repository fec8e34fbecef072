#include <algorithm>
#include <array>

#include "ledger/mask.hpp"
#include "reports/chargeback_words.hpp"
#include "reports/chargeback_xlsx_parts.hpp"

namespace costd {
namespace {

struct HeadCell {
  const char* title;
  double width;
};

/// What a sheet of costs says before its figures.
struct CostSheet {
  const char* name;
  std::vector<HeadCell> subject;
  const char* empty;
  const std::vector<CostLine>& lines;
};

/// A text, or a day that a spreadsheet can group by.
struct SubjectCell {
  std::string text;
  std::optional<Day> day = std::nullopt;
};
using SubjectOf = std::vector<SubjectCell> (*)(const CostLine&, const ChargebackModel&);

struct CountColumn {
  const char* title;
  std::int64_t UsageTotals::*count;
};

constexpr std::array count_columns{
    CountColumn{"Requests", &UsageTotals::requests},
    CountColumn{"Input tokens", &UsageTotals::input_tokens},
    CountColumn{"Output tokens", &UsageTotals::output_tokens},
    CountColumn{"Cached input tokens", &UsageTotals::cached_input_tokens},
    CountColumn{"Cache write tokens", &UsageTotals::cache_write_tokens},
    CountColumn{"Reasoning tokens", &UsageTotals::reasoning_tokens},
    CountColumn{"Estimated requests", &UsageTotals::estimated_requests},
    CountColumn{"Cache hits", &UsageTotals::cache_hits},
    CountColumn{"Unpriced requests", &UsageTotals::unpriced_requests},
    CountColumn{"Out of range", &UsageTotals::out_of_range_requests},
};

struct MoneyColumn {
  const char* title;
  const char* exact_title;
  Money CostLine::*amount;
};

constexpr std::array money_columns{
    MoneyColumn{"Input cost", "Input cost, exact", &CostLine::input_cost},
    MoneyColumn{"Output cost", "Output cost, exact", &CostLine::output_cost},
    MoneyColumn{"Total cost", "Total cost, exact", &CostLine::total_cost},
};

constexpr double count_width = 22;  // fits the longest title and the filter button
constexpr double cents_width = 14;
constexpr double exact_width = 24;

/// Column numbers of a sheet: subject, counts, cents, share, exact amounts.
struct Columns {
  explicit Columns(std::size_t subjects)
      : counts(static_cast<std::uint16_t>(subjects)),
        cents(static_cast<std::uint16_t>(counts + count_columns.size())),
        share(static_cast<std::uint16_t>(cents + money_columns.size())),
        exact(static_cast<std::uint16_t>(share + 1)),
        last(static_cast<std::uint16_t>(exact + money_columns.size() - 1)) {}
  std::uint16_t counts;
  std::uint16_t cents;
  std::uint16_t share;
  std::uint16_t exact;
  std::uint16_t last;
};

std::string name_or_key(const CostLine& line) {
  return line.name.empty() ? line.key : line.name;
}

std::string tenant_name(const std::string& tenant, const ChargebackModel& model) {
  const auto found = std::find_if(model.tenants.begin(), model.tenants.end(),
                                  [&](const CostLine& line) { return line.key == tenant; });
  return found == model.tenants.end() ? tenant : name_or_key(*found);
}

std::vector<SubjectCell> tenant_subject(const CostLine& line, const ChargebackModel&) {
  return {{name_or_key(line)}, {line.key}};
}
std::vector<SubjectCell> api_key_subject(const CostLine& line, const ChargebackModel& model) {
  const bool named = !line.name.empty() && line.name != line.key;
  const std::string masked = mask_key(line.key);
  return {{named ? line.name : masked}, {masked}, {tenant_name(line.tenant, model)}, {line.tenant}};
}
std::vector<SubjectCell> model_subject(const CostLine& line, const ChargebackModel&) {
  return {{name_or_key(line)}, {line.provider}};
}
std::vector<SubjectCell> provider_subject(const CostLine& line, const ChargebackModel&) {
  return {{name_or_key(line)}};
}
std::vector<SubjectCell> day_subject(const CostLine& line, const ChargebackModel&) {
  return {{line.key, parse_day(line.key)}, {line.anomalous ? "anomaly" : ""}};
}

void write_head(XlsxSheet& sheet, const std::vector<HeadCell>& cells) {
  std::uint16_t column = 0;
  for (const HeadCell& cell : cells) {
    sheet.text({0, column}, cell.title, CellLook::head);
    sheet.column_width(column++, cell.width);
  }
  sheet.freeze_head();
}

std::vector<HeadCell> all_head_cells(const CostSheet& section) {
  std::vector<HeadCell> cells = section.subject;
  for (const CountColumn& column : count_columns) cells.push_back({column.title, count_width});
  for (const MoneyColumn& column : money_columns) cells.push_back({column.title, cents_width});
  cells.push_back({"Share", 9});
  for (const MoneyColumn& column : money_columns) {
    cells.push_back({column.exact_title, exact_width});
  }
  return cells;
}

/// Thousandths of the whole, from the very digits that the PDF prints ("37.5" is 375).
std::int64_t share_millis(Money part, Money whole) {
  std::string digits = format_percent(part, whole, 1);
  std::erase(digits, '.');
  return std::stoll(digits);
}

void write_subject(XlsxSheet& sheet, CellPlace at, const SubjectCell& cell) {
  if (cell.day) {
    sheet.date(at, *cell.day);
  } else {
    sheet.row_text(at, cell.text, RowLook::line);
  }
}

void write_line(XlsxSheet& sheet, std::uint32_t row, const std::vector<SubjectCell>& subject,
                const CostLine& line, Money whole) {
  const Columns columns(subject.size());
  for (std::uint16_t n = 0; n < subject.size(); ++n) write_subject(sheet, {row, n}, subject[n]);
  std::uint16_t column = columns.counts;
  for (const CountColumn& count : count_columns) {
    sheet.count({row, column++}, line.usage.*count.count);
  }
  for (const MoneyColumn& money : money_columns) {
    sheet.cents({row, column++}, round_to_cents(line.*money.amount));
  }
  sheet.percent({row, column++}, share_millis(line.total_cost, whole));
  for (const MoneyColumn& money : money_columns) sheet.exact({row, column++}, line.*money.amount);
}

struct SheetTotals {
  UsageTotals usage;
  std::array<Money, money_columns.size()> exact{};
  std::array<Cents, money_columns.size()> shown{};     ///< what the total row says
  std::array<Cents, money_columns.size()> rounding{};  ///< what the lines miss of it
};

SheetTotals totals_of(const std::vector<CostLine>& lines, Cents statement_total) {
  SheetTotals totals;
  for (const CostLine& line : lines) {
    totals.usage += line.usage;
    for (std::size_t n = 0; n < money_columns.size(); ++n) {
      totals.exact.at(n) += line.*money_columns.at(n).amount;
      totals.rounding.at(n) =
          totals.rounding.at(n) - round_to_cents(line.*money_columns.at(n).amount);
    }
  }
  for (std::size_t n = 0; n < money_columns.size(); ++n) {
    const bool statement = money_columns.at(n).amount == &CostLine::total_cost;
    totals.shown.at(n) = statement ? statement_total : round_to_cents(totals.exact.at(n));
    totals.rounding.at(n) = totals.rounding.at(n) + totals.shown.at(n);
  }
  return totals;
}

void write_rounding(XlsxSheet& sheet, std::uint32_t row, const Columns& columns,
                    const SheetTotals& totals) {
  sheet.row_text({row, 0}, "Rounding", RowLook::note);
  for (std::uint16_t n = 0; n < money_columns.size(); ++n) {
    sheet.cents({row, static_cast<std::uint16_t>(columns.cents + n)}, totals.rounding.at(n),
                RowLook::note);
  }
}

void write_total(XlsxSheet& sheet, std::uint32_t row, const Columns& columns,
                 const SheetTotals& totals) {
  const auto sum = [&](std::uint16_t column) {
    return "=SUM(" + cell_range({column, 1, row - 1}) + ")";
  };
  sheet.row_text({row, 0}, "Total", RowLook::total);
  for (std::uint16_t n = 1; n < columns.counts; ++n) sheet.row_text({row, n}, "", RowLook::total);
  std::uint16_t column = columns.counts;
  for (const CountColumn& count : count_columns) {
    sheet.count_formula({row, column}, sum(column), totals.usage.*count.count);
    ++column;
  }
  for (const Cents shown : totals.shown) {
    sheet.cents_formula({row, column}, sum(column), shown);
    ++column;
  }
  sheet.row_text({row, column++}, "", RowLook::total);
  for (const Money exact : totals.exact) sheet.exact({row, column++}, exact, RowLook::total);
}

CostSheetPlaces add_cost_sheet(XlsxWorkbook& workbook, const ChargebackModel& model,
                               const CostSheet& section, SubjectOf subject_cells) {
  XlsxSheet sheet = workbook.add_sheet(section.name);
  write_head(sheet, all_head_cells(section));
  const Columns columns(section.subject.size());
  CostSheetPlaces places{section.name, {}, {}, {}, !section.lines.empty()};
  if (section.lines.empty()) {
    sheet.text({1, 0}, section.empty, CellLook::muted);
    return places;
  }
  std::uint32_t row = 1;
  for (const CostLine& line : section.lines) {
    write_line(sheet, row++, subject_cells(line, model), line, model.total);
  }
  const std::uint32_t last_line = row - 1;
  sheet.filter(last_line, columns.last);
  const SheetTotals totals = totals_of(section.lines, model.statement_total);
  const bool adds_up = std::all_of(totals.rounding.begin(), totals.rounding.end(),
                                   [](Cents cents) { return cents.value == 0; });
  if (!adds_up) write_rounding(sheet, row++, columns, totals);
  write_total(sheet, row, columns, totals);
  const auto total_cost = static_cast<std::uint16_t>(columns.share - 1);
  places.labels = {0, 1, last_line};
  places.costs = {total_cost, 1, last_line};
  places.total = {row, total_cost};
  return places;
}

void write_cells(XlsxSheet& sheet, std::uint32_t row, const std::vector<std::string>& texts) {
  for (std::uint16_t n = 0; n < texts.size(); ++n) {
    sheet.row_text({row, n}, texts[n], RowLook::line);
  }
}

void add_corrections(XlsxWorkbook& workbook, const ChargebackModel& model) {
  if (model.corrections.empty()) return;
  XlsxSheet sheet = workbook.add_sheet("Corrections");
  write_head(sheet, {{"Original day", 13},
                     {"Closed month", 16},
                     {"Tenant", 28},
                     {"Tenant id", 22},
                     {"API key", 34},
                     {"Model", 30},
                     {"Provider", 16},
                     {"Requests", 12},
                     {"Total cost", cents_width},
                     {"Total cost, exact", exact_width}});
  std::uint32_t row = 1;
  for (const Correction& correction : model.corrections) {
    const CostLine& line = correction.line;
    sheet.date({row, 0}, correction.day);
    const std::vector<std::string> texts{closed_month_name(correction),
                                         correction.tenant_name,
                                         line.tenant,
                                         api_key_subject(line, model).front().text,
                                         correction.model,
                                         line.provider};
    for (std::uint16_t n = 0; n < texts.size(); ++n) {
      sheet.row_text({row, static_cast<std::uint16_t>(n + 1)}, texts[n], RowLook::line);
    }
    sheet.count({row, 7}, line.usage.requests);
    sheet.cents({row, 8}, round_to_cents(line.total_cost));
    sheet.exact({row, 9}, line.total_cost);
    ++row;
  }
  sheet.filter(row - 1, 9);
}

/// The estimate and its error, from column 10 on; the first five amounts are cents.
void write_estimate(XlsxSheet& sheet, std::uint32_t row, const MonthEndEstimate& estimate) {
  std::uint16_t column = 10;
  for (const Money& amount : {estimate.projected_month_end, estimate.low80, estimate.high80,
                              estimate.low95, estimate.high95}) {
    sheet.cents({row, column++}, round_to_cents(amount));
  }
  sheet.text({row, column++}, format_hundredths(estimate.mase_hundredths));
  for (const auto& permille : {estimate.error_permille_7, estimate.error_permille_14,
                               estimate.error_permille_21, estimate.held_permille}) {
    if (permille) sheet.percent({row, column}, *permille);
    ++column;
  }
  for (const std::string& text : {estimate.confidence, estimate.reason, estimate.method}) {
    sheet.text({row, column++}, text);
  }
}

void add_forecasts(XlsxWorkbook& workbook, const ChargebackModel& model) {
  XlsxSheet sheet = workbook.add_sheet("Forecasts");
  write_head(
      sheet,
      {{"Tenant", 28},        {"Model", 30},           {"Provider", 16},      {"Trend", 14},
       {"Run rate from", 14}, {"As of", 12},           {"Month to date", 15}, {"A day", 12},
       {"Run rate", 15},      {"Run rate, exact", 24}, {"Forecast", 15},      {"Low 80 %", 15},
       {"High 80 %", 15},     {"Low 95 %", 15},        {"High 95 %", 15},     {"MASE", 8},
       {"Error, day 7", 12},  {"Error, day 14", 12},   {"Error, day 21", 12}, {"80 % held", 10},
       {"Confidence", 12},    {"Because", 44},         {"Method", 26}});
  if (model.forecasts.empty()) {
    sheet.text({1, 0}, "No forecasts: they need at least one complete day of usage.",
               CellLook::muted);
    return;
  }
  std::uint32_t row = 1;
  for (const ForecastLine& line : model.forecasts) {
    write_cells(sheet, row,
                {line.tenant.empty() ? model.tenant_name : tenant_name(line.tenant, model),
                 line.model.empty() ? "All models" : line.model, line.provider, name_of(line.trend),
                 line.low_confidence ? "under 7 days" : "7 days"});
    sheet.date({row, 5}, line.as_of);
    sheet.cents({row, 6}, round_to_cents(line.month_to_date));
    sheet.cents({row, 7}, round_to_cents(line.daily_rate));
    sheet.cents({row, 8}, round_to_cents(line.projected_month_end));
    sheet.exact({row, 9}, line.projected_month_end);
    if (line.estimate) write_estimate(sheet, row, *line.estimate);
    ++row;
  }
  sheet.filter(row - 1, 22);
}

void add_anomalies(XlsxWorkbook& workbook, const ChargebackModel& model) {
  XlsxSheet sheet = workbook.add_sheet("Anomalies");
  write_head(sheet, {{"Tenant", 28},
                     {"Model", 30},
                     {"Kind", 14},
                     {"State", 12},
                     {"Deviation, %", 13},
                     {"Detected", 22},
                     {"Rule", 12},
                     {"Severity", 12},
                     {"Why", 70},
                     {"First day", 12},
                     {"Last day", 12},
                     {"Cost", 14},
                     {"Expected", 14},
                     {"Impact", 14},
                     {"Impact, exact", 24},
                     {"Id", 30}});
  if (model.anomalies.empty()) {
    sheet.text({1, 0}, "No anomalies were found in this period.", CellLook::muted);
    return;
  }
  std::uint32_t row = 1;
  for (const AnomalyLine& line : model.anomalies) {
    const std::string tenant =
        line.tenant_name.empty() ? tenant_name(line.tenant, model) : line.tenant_name;
    write_cells(sheet, row,
                {tenant, line.model.empty() ? "All models" : line.model, line.kind,
                 line.open ? "OPEN" : "RESOLVED", line.deviation_percent,
                 format_instant_for_people(line.detected_at), line.rule, line.severity, line.why});
    sheet.date({row, 9}, line.day);
    sheet.date({row, 10}, line.last_day);
    sheet.cents({row, 11}, round_to_cents(line.current_daily_rate));
    sheet.cents({row, 12}, round_to_cents(line.baseline));
    sheet.cents({row, 13}, round_to_cents(line.impact));
    sheet.exact({row, 14}, line.impact);
    sheet.row_text({row, 15}, line.id, RowLook::line);
    ++row;
  }
  sheet.filter(row - 1, 15);
}

}  // namespace

ChargebackSheets add_section_sheets(XlsxWorkbook& workbook, const ChargebackModel& model) {
  ChargebackSheets sheets;
  sheets.tenants = add_cost_sheet(workbook, model,
                                  {"Tenants",
                                   {{"Tenant", 34}, {"Tenant id", 22}},
                                   "No tenant had usage in this period.",
                                   model.tenants},
                                  tenant_subject);
  add_cost_sheet(workbook, model,
                 {"API keys",
                  {{"API key", 34}, {"Key id", 18}, {"Tenant", 28}, {"Tenant id", 22}},
                  "No API key was used in this period.",
                  model.api_keys},
                 api_key_subject);
  add_cost_sheet(workbook, model,
                 {"Models",
                  {{"Model", 34}, {"Provider", 18}},
                  "No model was called in this period.",
                  model.models},
                 model_subject);
  sheets.providers = add_cost_sheet(
      workbook, model,
      {"Providers", {{"Provider", 24}}, "No provider was called in this period.", model.providers},
      provider_subject);
  sheets.days = add_cost_sheet(
      workbook, model, {"Days", {{"Day", 12}, {"Note", 12}}, "The period has no days.", model.days},
      day_subject);
  add_corrections(workbook, model);
  add_forecasts(workbook, model);
  add_anomalies(workbook, model);
  return sheets;
}

}  // namespace costd
