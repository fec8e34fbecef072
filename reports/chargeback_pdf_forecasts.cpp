// Section 6: where the month is going.

#include <fmt/format.h>

#include <algorithm>

#include "reports/chargeback_pdf_parts.hpp"
#include "reports/pdf_fan_chart.hpp"
#include "reports/pdf_table.hpp"
#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

constexpr double chart_height = 178;
constexpr double chart_kept = chart_height + 70;  ///< with its title, legend and sentence

std::string forecast_axis_label(int128 picos) {
  return picos == 0 ? "$0" : format_short(Money::from_picos(picos));
}

/// "5": the day of the month, at every fifth and the last.
std::string point_label(const std::vector<ForecastPoint>& points, std::size_t n) {
  const unsigned day{std::chrono::year_month_day(points[n].day).day()};
  const bool is_last = n + 1 == points.size();
  const bool is_shown = is_last || (day % 5 == 0 && points.size() - n > 2) || day == 1;
  return is_shown ? std::to_string(day) : "";
}

std::vector<FanPoint> fan_points(const std::vector<ForecastPoint>& points, int128 top) {
  std::vector<FanPoint> drawn;
  const auto ratio = [&](Money amount) { return drawn_ratio(amount.picos(), top); };
  for (const ForecastPoint& point : points) {
    drawn.push_back({point_label(points, drawn.size()), point.known, ratio(point.total),
                     ratio(point.low80), ratio(point.high80), ratio(point.low95),
                     ratio(point.high95)});
  }
  return drawn;
}

void draw_chart(PdfFlow& flow, const ChargebackModel& model) {
  const std::vector<ForecastPoint>& points = model.forecast_points;
  const ForecastLine& total = *model.forecast;
  PdfDocument& pdf = flow.pdf();
  Money highest = std::max(points.back().high95, total.projected_month_end);
  // A budget far above everything would press the rest flat; the sentence below still has it.
  const bool shows_budget = model.budget && model.budget->limit <= highest * 3;
  if (shows_budget) highest = std::max(highest, model.budget->limit);
  if (highest <= Money()) return;
  pdf.draw_text({theme::margin, flow.y() + 9}, model.forecast_name + ", spend and forecast",
                theme::block_title);
  const std::vector<LegendEntry> legend{{"spent", theme::teal, true, false},
                                        {"expected", theme::teal, true, true},
                                        {"80 % interval", fan::inner},
                                        {"95 % interval", fan::outer},
                                        {"run rate", theme::muted, true, true}};
  draw_legend_row(pdf, theme::margin + theme::content_width, flow.y() + 9, legend);
  flow.skip(18);
  const Axis axis = axis_up_to(highest.picos(), forecast_axis_label);
  const std::vector<FanPoint> drawn = fan_points(points, axis.top);
  FanChart chart{drawn, axis.ticks, format_short(points.back().total), {}, {}};
  chart.rival = {drawn_ratio(total.projected_month_end.picos(), axis.top),
                 format_short(total.projected_month_end) + " run rate"};
  if (shows_budget) {
    chart.limit = {
        drawn_ratio(model.budget->limit.picos(), axis.top),
        fmt::format("Budget {}, {}", model.budget->name, format_short(model.budget->limit))};
  }
  draw_fan_chart(pdf, {theme::margin, flow.y(), theme::content_width, chart_height}, chart);
  flow.skip(chart_height + 6);
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "–" : text;
}

/// "2.4 / 1.9 / 1.1 %", with the error of a day below.
TableCell error_cell(const MonthEndEstimate& estimate) {
  const bool is_tested =
      estimate.error_permille_7 || estimate.error_permille_14 || estimate.error_permille_21;
  TableCell cell{"not tested yet", "", {}};
  if (is_tested) {
    cell.text = fmt::format("{} / {} / {} %", or_dash(format_tenths(estimate.error_permille_7)),
                            or_dash(format_tenths(estimate.error_permille_14)),
                            or_dash(format_tenths(estimate.error_permille_21)));
  }
  if (estimate.mase_hundredths) {
    cell.detail = "MASE " + format_hundredths(estimate.mase_hundredths);
    if (estimate.held_permille) {
      cell.detail += fmt::format(", 80 % held {} %", *estimate.held_permille / 10);
    }
  }
  return cell;
}

TableCell confidence_cell(const MonthEndEstimate& estimate) {
  TableCell cell{estimate.confidence, estimate.reason, {}};
  if (estimate.confidence == "low") cell.color = theme::amber;
  return cell;
}

TableRow row_of(const ForecastLine& line, const ChargebackModel& model) {
  const std::string tenant = tenant_name_of(line.tenant, model);
  TableRow row{{{tenant.empty() ? "All tenants" : tenant,
                 line.model.empty() ? "all models" : line.model,
                 {}},
                {name_of(line.trend), line.low_confidence ? "under 7 days" : "", {}},
                money_cell(line.month_to_date),
                money_cell(line.projected_month_end)},
               RowKind::line};
  row.cells[3].detail = format_cents(round_to_cents(line.daily_rate)) + " a day";
  if (!line.estimate) {
    for (int n = 0; n < 3; ++n) row.cells.push_back({"–", "", {}});
    return row;
  }
  TableCell expected = money_cell(line.estimate->projected_month_end);
  expected.detail = fmt::format("{} – {}", format_cents(round_to_cents(line.estimate->low80)),
                                format_cents(round_to_cents(line.estimate->high80)));
  row.cells.push_back(expected);
  row.cells.push_back(error_cell(*line.estimate));
  row.cells.push_back(confidence_cell(*line.estimate));
  return row;
}

}  // namespace

void draw_forecasts(PdfFlow& flow, const ChargebackModel& model) {
  if (model.forecasts.empty()) {
    flow.heading("6  Forecasts");
    return flow.paragraph("No forecasts: they need at least one complete day of usage.",
                          theme::body);
  }
  const bool has_chart =
      model.forecast && model.forecast->estimate && !model.forecast_points.empty();
  flow.heading("6  Forecasts", has_chart ? chart_kept : 0);
  if (has_chart) {
    draw_chart(flow, model);
    flow.paragraph(describe_estimate(model), theme::body);
  }
  flow.paragraph(
      fmt::format(
          "As of {}, the last complete day. Run rate: the mean of the last seven days, "
          "carried to the end of the month. Forecast: by weekday, level and trend; its 80 % "
          "interval is below it. Error: how far its projections of past months were off, "
          "as of day 7, 14 and 21; MASE is the error of a day, 1 being \"as a week ago\". "
          "Forecasts are estimates and never charged.",
          format_day(model.forecasts.front().as_of)),
      theme::note);
  Table table;
  table.columns = {
      {"Tenant and model", ColumnKind::text}, {"Trend", ColumnKind::text},
      {"To date", ColumnKind::figure},        {"Run rate", ColumnKind::figure},
      {"Forecast", ColumnKind::figure},       {"Error 7 / 14 / 21", ColumnKind::figure},
      {"Confidence", ColumnKind::text}};
  for (const ForecastLine& line : model.forecasts) table.rows.push_back(row_of(line, model));
  draw_table(flow, table);
}

}  // namespace costd
