#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "reports/chargeback_pdf_parts.hpp"
#include "reports/pdf_charts.hpp"
#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

constexpr std::size_t slices_max = 5;  // and "other"
constexpr std::size_t models_max = 8;  // and "other"
constexpr double upper_height = 132;
constexpr double lower_height = 132;
constexpr double gutter = 22;
constexpr std::size_t day_labels_max = 8;

struct Share {
  std::string label;
  Money cost;
};

/// The costliest lines, and one for the rest. Credits are not a part of a whole, so they stay out.
std::vector<Share> largest(const std::vector<CostLine>& lines, std::size_t count) {
  std::vector<Share> shares;
  for (const CostLine& line : lines) {
    if (line.total_cost > Money()) {
      shares.push_back({line.name.empty() ? line.key : line.name, line.total_cost});
    }
  }
  std::stable_sort(shares.begin(), shares.end(),
                   [](const Share& a, const Share& b) { return a.cost > b.cost; });
  if (shares.size() > count + 1) {
    Share rest{fmt::format("Other ({})", shares.size() - count), {}};
    for (std::size_t n = count; n < shares.size(); ++n) rest.cost += shares[n].cost;
    shares.resize(count);
    shares.push_back(rest);
  }
  return shares;
}

Money sum_of(const std::vector<Share>& shares) {
  return std::accumulate(shares.begin(), shares.end(), Money(),
                         [](Money sum, const Share& share) { return sum + share.cost; });
}

void draw_empty(PdfDocument& pdf, const Box& box) {
  pdf.fill_box(box, theme::stripe, 3);
  pdf.draw_text({box.x + box.width / 2, box.y + box.height / 2 + 3}, "No cost in this period.",
                theme::note, Align::center);
}

void draw_providers(PdfDocument& pdf, const Box& box, const ChargebackModel& model) {
  const std::vector<Share> shares = largest(model.providers, slices_max);
  if (shares.empty()) return draw_empty(pdf, box);
  const Money whole = sum_of(shares);
  std::vector<Slice> slices;
  for (const Share& share : shares) {
    slices.push_back({share.label, format_percent(share.cost, whole, 1) + " %",
                      drawn_ratio(share.cost.picos(), whole.picos()),
                      theme::series.at(std::min(slices.size(), theme::series.size() - 1))});
  }
  draw_donut(pdf, box, slices, format_short(to_money(model.statement_total)), "total");
}

void draw_models(PdfDocument& pdf, const Box& box, const ChargebackModel& model) {
  const std::vector<Share> shares = largest(model.models, models_max);
  if (shares.empty()) return draw_empty(pdf, box);
  Money longest;
  for (const Share& share : shares) longest = std::max(longest, share.cost);
  std::vector<HorizontalBar> bars;
  for (const Share& share : shares) {
    const bool rest = bars.size() >= models_max;
    bars.push_back({share.label, format_with_currency(round_to_cents(share.cost), model),
                    drawn_ratio(share.cost.picos(), longest.picos()),
                    rest ? theme::muted : theme::teal});
  }
  draw_horizontal_bars(pdf, box, bars);
}

/// "$2.5k"; below a cent all the digits that matter: "$0.0002".
std::string axis_label(int128 picos) {
  const Money amount = Money::from_picos(picos);
  if (picos == 0) return "$0";
  if (picos >= picos_per_cent) return format_short(amount);
  std::string digits = format_exact(amount);
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits.insert(0, 1, '$');
}

std::string day_label(const CostLine& day, std::size_t days) {
  const std::optional<Day> date = parse_day(day.key);
  if (!date) return day.key;
  const std::string described = describe(*date);  // "Mon 5 Oct"
  const std::string without_weekday = described.substr(described.find(' ') + 1);
  return days > 31 ? without_weekday : without_weekday.substr(0, without_weekday.find(' '));
}

void draw_days(PdfDocument& pdf, const Box& box, const ChargebackModel& model) {
  Money highest;
  for (const CostLine& day : model.days) highest = std::max(highest, day.total_cost);
  if (highest.is_zero()) return draw_empty(pdf, box);
  const Axis axis = axis_up_to(highest.picos(), axis_label);
  // Every fifth day of a month; in longer periods as many as there is room for.
  const std::size_t days = model.days.size();
  const std::size_t every = days <= 10   ? 1
                            : days <= 31 ? 5
                                         : (days + day_labels_max - 1) / day_labels_max;
  std::vector<VerticalBar> bars;
  for (const CostLine& day : model.days) {
    const bool labelled = bars.size() % every == 0;
    bars.push_back({labelled ? day_label(day, days) : "",
                    drawn_ratio(day.total_cost.picos(), axis.top),
                    day.anomalous ? format_short(day.total_cost) : ""});
  }
  draw_vertical_bars(pdf, box, bars, axis.ticks);
}

void draw_anomaly_legend(PdfDocument& pdf, double y) {
  const double right = theme::margin + theme::content_width;
  const double width = pdf.text_width("day with an anomaly", theme::small);
  pdf.draw_text({right, y}, "day with an anomaly", theme::small, Align::right);
  pdf.fill_box({right - width - 11, y - 6, 7, 7}, theme::red, 1.5);
}

}  // namespace

void draw_chargeback_charts(PdfFlow& flow, const ChargebackModel& model) {
  PdfDocument& pdf = flow.pdf();
  flow.need(upper_height + 30);
  const double left_width = theme::content_width * 0.43;
  const double right_x = theme::margin + left_width + gutter;
  pdf.draw_text({theme::margin, flow.y() + 9}, "Cost by provider", theme::block_title);
  pdf.draw_text({right_x, flow.y() + 9}, "Cost by model", theme::block_title);
  flow.skip(19);
  draw_providers(pdf, {theme::margin, flow.y(), left_width, upper_height}, model);
  draw_models(pdf, {right_x, flow.y(), theme::content_width - left_width - gutter, upper_height},
              model);
  flow.skip(upper_height + 16);

  flow.need(lower_height + 30);
  pdf.draw_text({theme::margin, flow.y() + 9}, "Cost by day", theme::block_title);
  const bool any = std::any_of(model.days.begin(), model.days.end(),
                               [](const CostLine& day) { return day.anomalous; });
  if (any) draw_anomaly_legend(pdf, flow.y() + 9);
  flow.skip(16);
  draw_days(pdf, {theme::margin, flow.y(), theme::content_width, lower_height}, model);
  flow.skip(lower_height + 14);
}

}  // namespace costd
