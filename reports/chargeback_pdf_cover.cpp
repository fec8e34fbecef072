#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/chargeback_pdf_parts.hpp"
#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

constexpr std::size_t models_named_max = 6;

std::string window_note(const ChargebackModel& model) {
  const std::string zone = model.tenant.empty() && model.time_zone.find("own") != std::string::npos
                               ? "days by each tenant's own time zone"
                               : "days in " + model.time_zone;
  std::string note = fmt::format("Period {}, {}", model.period_window, zone);
  if (!model.period_note.empty()) note += " (" + model.period_note + ")";
  return note;
}

std::string rounding_note(const ChargebackModel& model) {
  return fmt::format("Amounts in {}, rounded once{}; every digit is in the CSV and XLSX.",
                     model.currency, model.tenant.empty() ? " per tenant" : "");
}

std::string status_note(const ChargebackModel& model) {
  return model.status == StatementStatus::preliminary
             ? "Made before the close; do not book it."
             : "The period is closed; these figures are frozen.";
}

Card total_card(const ChargebackModel& model) {
  Card card{.label = "Total cost",
            .value = format_with_currency(model.statement_total, model),
            .note = "nothing to compare with",
            .note_color = theme::muted,
            .accent = theme::teal};
  if (!model.previous_total) return card;
  const Cents previous = *model.previous_total;
  const Cents change = model.statement_total - previous;
  if (previous.value <= 0) {
    card.note = "no cost in " + model.previous_name;
    return card;
  }
  card.note =
      fmt::format("{}{} % on {}", change.value > 0 ? "+" : "",
                  format_percent(to_money(change), to_money(previous), 1), model.previous_name);
  card.note_color = change.value > 0 ? theme::red : theme::green;
  return card;
}

Card budget_card(const ChargebackModel& model) {
  const BudgetUse& budget = *model.budget;
  Card card{.label = "Budget " + budget.name,
            .value = format_percent(budget.spent, budget.limit, 1) + " % used",
            .note = describe_rest(budget, model),
            .note_color = is_soft_limit_reached(budget) ? theme::amber : theme::muted,
            .accent = theme::blue};
  if (budget.spent > budget.limit) card.note_color = theme::red;
  return card;
}

Card requests_card(const ChargebackModel& model) {
  return {.label = "Requests",
          .value = format_count(model.usage.requests),
          .note = fmt::format("{} from cache, {} estimated", format_count(model.usage.cache_hits),
                              format_count(model.usage.estimated_requests)),
          .note_color = theme::muted,
          .accent = theme::blue};
}

Card forecast_card(const ChargebackModel& model) {
  Card card{.label = "Forecast",
            .value = "–",
            .note = "needs a complete day of usage",
            .note_color = theme::muted,
            .accent = rgb(0xD97706)};
  if (!model.forecast) return card;
  const ForecastLine& forecast = *model.forecast;
  card.label = "Forecast, " + model.forecast_name;
  card.value = format_with_currency(headline_month_end(forecast), model);
  card.note = describe_headline(forecast, model);
  return card;
}

Card anomalies_card(const ChargebackModel& model) {
  return {.label = "Anomalies",
          .value = format_count(static_cast<std::int64_t>(model.anomalies.size())),
          .note = describe_anomalies(model),
          .note_color = count_open_anomalies(model) > 0 ? theme::red : theme::muted,
          .accent = theme::violet};
}

std::string unpriced_text(const ChargebackModel& model) {
  std::vector<UnpricedModel> lines = model.unpriced_models;
  std::stable_sort(lines.begin(), lines.end(), [](const UnpricedModel& a, const UnpricedModel& b) {
    return a.requests > b.requests;
  });
  std::string text = "Models without a price: ";
  for (std::size_t n = 0; n < lines.size() && n < models_named_max; ++n) {
    text += fmt::format("{}{} ({}, {})", n == 0 ? "" : "; ", lines[n].model, lines[n].provider,
                        format_count(lines[n].requests));
  }
  if (lines.size() > models_named_max) {
    text += fmt::format("; and {} more", lines.size() - models_named_max);
  }
  return text + ". " + unpriced_advice(model);
}

std::string counted(std::int64_t count, const char* one, const char* many) {
  return format_count(count) + (count == 1 ? one : many);
}

void draw_notices(PdfFlow& flow, const ChargebackModel& model) {
  if (!model.tie_out.ties()) {
    draw_notice(
        flow, NoticeKind::failure, "This statement does not tie out. Do not book it.",
        "The tie-out box below shows which counts or sums differ. Rebuild the rollup of the "
        "period and generate the statement again.");
  }
  if (model.usage.unpriced_requests > 0) {
    draw_notice(
        flow, NoticeKind::warning,
        counted(model.usage.unpriced_requests, " request has no price and is not in the total.",
                " requests have no price and are not in the total."),
        unpriced_text(model));
  }
  if (model.usage.out_of_range_requests > 0) {
    draw_notice(
        flow, NoticeKind::warning,
        counted(model.usage.out_of_range_requests, " request is set apart and not in the total.",
                " requests are set apart and not in the total."),
        "Their daily amount is beyond 9.2 million USD in one row. Check the token counts "
        "and the prices of those days.");
  }
}

}  // namespace

void draw_chargeback_cover(PdfFlow& flow, const ChargebackModel& model) {
  flow.pdf().bookmark("Overview", 0);
  CoverBand band{.title = "LLM chargeback statement",
                 .subject = model.period_name + "  ·  " + model.tenant_name,
                 .notes = {window_note(model), rounding_note(model) + " " + status_note(model)},
                 .badge = status_badge(model)};
  if (!model.corrections.empty()) {
    band.notes.push_back(corrections_headline(model) + " " + corrections_by_month(model) + ".");
  }
  if (model.supersedes) band.notes.push_back(describe_superseded(model));
  draw_cover_band(flow, band);
  const std::array cards{total_card(model),
                         model.budget ? budget_card(model) : requests_card(model),
                         forecast_card(model), anomalies_card(model)};
  draw_cards(flow, cards);
  draw_notices(flow, model);
  draw_chargeback_charts(flow, model);
  draw_tie_out(flow, model);
}

}  // namespace costd
