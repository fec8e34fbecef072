#include <fmt/format.h>

#include "ledger/mask.hpp"
#include "reports/chargeback_pdf_parts.hpp"
#include "reports/chargeback_render.hpp"
#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

constexpr const char* title = "LLM chargeback statement";
constexpr std::size_t short_hash_length = 12;

RunningLines running_lines(const ChargebackModel& model, const std::string& hash) {
  return {
      .head_left = title,
      .head_right = model.period_name + " · " + model.tenant_name,
      .badge = status_badge(model),
      .foot_left = fmt::format("Generated {} by {}", format_instant_for_people(model.generated_at),
                               model.generated_by),
      .foot_middle =
          fmt::format("Report {} · model {}", model.report_id, hash.substr(0, short_hash_length))};
}

}  // namespace

Badge status_badge(const ChargebackModel& model) {
  if (model.status == StatementStatus::preliminary) {
    return {name_of(model.status), theme::amber, theme::white};
  }
  return {fmt::format("{} · revision {}", name_of(model.status), model.revision), theme::green,
          theme::white};
}

std::string shown_key_name(const CostLine& line) {
  const bool named = !line.name.empty() && line.name != line.key;
  return named ? line.name : mask_key(line.key);
}

std::string tenant_name_of(const std::string& tenant, const ChargebackModel& model) {
  for (const CostLine& line : model.tenants) {
    if (line.key == tenant && !line.name.empty()) return line.name;
  }
  return tenant == model.tenant && !model.tenant_name.empty() ? model.tenant_name : tenant;
}

std::string render_chargeback_pdf(const ChargebackModel& model) {
  const std::string hash = model_hash(model);
  PdfDocument pdf(
      {.title = fmt::format("{}: {}, {}", title, model.tenant_name, model.period_name),
       .author = "costd",
       .subject = fmt::format("Report {}, {}, model sha256 {}, renderer {}", model.report_id,
                              name_of(model.status), hash, chargeback_renderer_version),
       .created_at = model.generated_at});
  PdfFlow flow(pdf);
  draw_chargeback_cover(flow, model);
  draw_chargeback_sections(flow, model);
  const RunningLines lines = running_lines(model, hash);
  return pdf.finish([&](PdfDocument& page, int number, int count) {
    draw_running_lines(page, lines, number == 1 ? HeadLine::left_out : HeadLine::shown, number,
                       count);
  });
}

}  // namespace costd
