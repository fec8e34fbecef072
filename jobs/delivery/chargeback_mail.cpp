#include "jobs/delivery/chargeback_mail.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "ledger/money.hpp"
#include "reports/chargeback_words.hpp"

namespace costd {
namespace {

constexpr std::size_t lines_shown_max = 5;
constexpr std::size_t models_named_max = 6;

std::string with_sign(Cents amount, const ChargebackModel& model) {
  return (amount.value > 0 ? "+" : "") + format_with_currency(amount, model);
}

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", format_count(count), count == 1 ? one : many);
}

std::string status_label(const ChargebackModel& model) {
  const std::string status = name_of(model.status);
  return model.revision > 1 ? fmt::format("{}, revision {}", status, model.revision) : status;
}

std::string change(const ChargebackModel& model) {
  if (!model.previous_total) return "no earlier period to compare with";
  const Cents previous = *model.previous_total;
  const Cents difference = model.statement_total - previous;
  if (previous.value <= 0) return "no cost in " + model.previous_name;
  return fmt::format(
      "{} ({}{} %) on {}", with_sign(difference, model), difference.value > 0 ? "+" : "",
      format_percent(to_money(difference), to_money(previous), 1), model.previous_name);
}

void add_budget(MailValues& values, const ChargebackModel& model) {
  for (const char* name : {"budget_name", "budget_used", "budget_spent", "budget_limit",
                           "budget_note", "budget_warning"}) {
    values.words[name] = "";
  }
  if (!model.budget) return;
  const BudgetUse& budget = *model.budget;
  values.words["budget_name"] = budget.name;
  values.words["budget_used"] = format_percent(budget.spent, budget.limit, 1) + " %";
  values.words["budget_spent"] = format_with_currency(budget.spent, model);
  values.words["budget_limit"] = format_with_currency(budget.limit, model);
  values.words["budget_note"] = describe_rest(budget, model);
  if (budget.spent > budget.limit) {
    values.words["budget_warning"] = "over the limit";
  } else if (is_soft_limit_reached(budget)) {
    values.words["budget_warning"] =
        fmt::format("soft limit of {} % reached", budget.soft_limit_percent);
  }
}

void add_forecast(MailValues& values, const ChargebackModel& model) {
  for (const char* name : {"forecast", "forecast_name", "forecast_note"}) values.words[name] = "";
  if (!model.forecast) return;
  const ForecastLine& forecast = *model.forecast;
  values.words["forecast"] = format_with_currency(headline_month_end(forecast), model);
  values.words["forecast_name"] = model.forecast_name;
  values.words["forecast_note"] = describe_headline(forecast, model);
}

void add_anomalies(MailValues& values, const ChargebackModel& model) {
  values.words["anomalies"] = format_count(static_cast<std::int64_t>(model.anomalies.size()));
  values.words["anomalies_note"] = describe_anomalies(model);
}

MailRow notice(std::string title, std::string text) {
  return {{"title", std::move(title)}, {"text", std::move(text)}};
}

std::string unpriced_text(const ChargebackModel& model) {
  std::vector<UnpricedModel> lines = model.unpriced_models;
  std::stable_sort(lines.begin(), lines.end(), [](const UnpricedModel& a, const UnpricedModel& b) {
    return a.requests > b.requests;
  });
  const std::size_t named = std::min(lines.size(), models_named_max);
  std::string text = "Models without a price: ";
  for (std::size_t n = 0; n < named; ++n) {
    text += fmt::format("{}{} ({}, {})", n == 0 ? "" : "; ", lines[n].model, lines[n].provider,
                        counted(lines[n].requests, "request", "requests"));
  }
  if (lines.size() > named) text += fmt::format("; and {} more", lines.size() - named);
  return text + ". " + unpriced_advice(model);
}

/// What the reader must know before using the total, in the words of the PDF's first page.
std::vector<MailRow> notices(const ChargebackModel& model) {
  std::vector<MailRow> rows;
  if (!model.tie_out.ties()) {
    rows.push_back(notice("This statement does not tie out. Do not book it.",
                          "The tie-out box of the PDF shows which counts or sums differ."));
  }
  if (const auto count = model.usage.unpriced_requests; count > 0) {
    rows.push_back(notice(counted(count, "request has no price and is not in the total.",
                                  "requests have no price and are not in the total."),
                          unpriced_text(model)));
  }
  if (!model.corrections.empty()) {
    rows.push_back(notice(corrections_headline(model),
                          corrections_by_month(model) +
                              ". They arrived after the close of their month; the section "
                              "Corrections has their original days."));
  }
  if (const auto count = model.usage.out_of_range_requests; count > 0) {
    rows.push_back(notice(counted(count, "request is set apart and not in the total.",
                                  "requests are set apart and not in the total."),
                          "The daily amount is beyond 9.2 million USD in one row. Check the token "
                          "counts and the prices of those days."));
  }
  return rows;
}

std::string share(Money part, const ChargebackModel& model) {
  return model.total.is_zero() ? "–" : format_percent(part, model.total, 1) + " %";
}

MailRow cost_row(std::string name, std::string detail, Cents cost, std::string share) {
  return {{"name", std::move(name)},
          {"detail", std::move(detail)},
          {"cost", format_cents(cost)},
          {"share", std::move(share)}};
}

/// The largest lines, the others as one, and the rounding line of the PDF's table where it has one.
std::vector<MailRow> top_lines(const std::vector<CostLine>& all, const ChargebackModel& model) {
  std::vector<CostLine> lines = all;
  std::stable_sort(lines.begin(), lines.end(), [](const CostLine& a, const CostLine& b) {
    return a.total_cost > b.total_cost;
  });
  std::vector<MailRow> rows;
  Cents others_cost;
  Money others_exact;
  for (std::size_t n = 0; n < lines.size(); ++n) {
    const CostLine& line = lines[n];
    const Cents cost = round_to_cents(line.total_cost);
    if (n < lines_shown_max) {
      rows.push_back(cost_row(line.name.empty() ? line.key : line.name, line.provider, cost,
                              share(line.total_cost, model)));
    } else {
      others_cost = others_cost + cost;
      others_exact += line.total_cost;
    }
  }
  if (lines.size() > lines_shown_max) {
    rows.push_back(cost_row(fmt::format("Others ({})", lines.size() - lines_shown_max), "",
                            others_cost, share(others_exact, model)));
  }
  const Cents rounding = rounding_line(all, model.statement_total);
  if (!lines.empty() && rounding.value != 0) rows.push_back(cost_row("Rounding", "", rounding, ""));
  return rows;
}

}  // namespace

MailValues chargeback_mail_values(const ChargebackModel& model, const std::string& model_sha256) {
  const bool preliminary = model.status == StatementStatus::preliminary;
  const std::string superseded =
      model.supersedes ? " " + describe_superseded(model) + "." : std::string();
  MailValues values;
  values.words = {
      {"tenant_name", model.tenant_name},
      {"period_name", model.period_name},
      {"period_window", model.period_window},
      {"period_note", model.period_note},
      {"time_zone", model.time_zone},
      {"status", name_of(model.status)},
      {"status_label", status_label(model)},
      {"status_note",
       (preliminary ? "Made before the period was closed: figures can still change. Do not book it."
                    : "The period is closed; these figures are frozen.") +
           superseded},
      {"preliminary", preliminary ? "yes" : ""},
      {"final", preliminary ? "" : "yes"},
      {"currency", model.currency},
      {"total", format_with_currency(model.statement_total, model)},
      {"total_cents", format_cents(model.statement_total)},
      {"change", change(model)},
      {"requests", format_count(model.usage.requests)},
      {"requests_note",
       fmt::format("{} from cache, {} estimated", format_count(model.usage.cache_hits),
                   format_count(model.usage.estimated_requests))},
      {"report_id", model.report_id},
      {"model_sha256", model_sha256},
      {"audit_chain", model.audit_chain ? describe(*model.audit_chain) : ""},
      {"generated_at", format_instant_for_people(model.generated_at)},
      {"generated_by", model.generated_by},
  };
  add_budget(values, model);
  add_forecast(values, model);
  add_anomalies(values, model);
  values.lists["notices"] = notices(model);
  values.lists["top_tenants"] =
      model.tenant.empty() ? top_lines(model.tenants, model) : std::vector<MailRow>{};
  values.lists["top_models"] = top_lines(model.models, model);
  make_single_lines(values);
  // A section stands around each table, so that its heading goes with it.
  values.words["has_top_tenants"] = values.lists["top_tenants"].empty() ? "" : "yes";
  values.words["has_top_models"] = values.lists["top_models"].empty() ? "" : "yes";
  return values;
}

}  // namespace costd
