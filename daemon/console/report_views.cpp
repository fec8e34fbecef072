#include "daemon/console/report_views.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/console/run_views.hpp"
#include "daemon/console/words.hpp"

namespace costd {
namespace {

std::string size_of(const OrderedJson& bytes) {
  const auto size = bytes.get<std::int64_t>();
  if (size < 1024) return fmt::format("{} B", size);
  if (size < 1024 * 1024) return fmt::format("{} kB", size / 1024);
  return fmt::format("{:.1f} MB", static_cast<double>(size) / (1024 * 1024));
}

/// "PDF", "CSV", "XLSX"; a population keeps its name: "access-log.csv".
std::string label_of(const std::string& format) {
  if (format.find('.') != std::string::npos) return format;
  std::string label = format;
  std::ranges::transform(label, label.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return label;
}

struct Downloads {
  OrderedJson documents = OrderedJson::array();    ///< pdf, csv, xlsx
  OrderedJson populations = OrderedJson::array();  ///< the rows behind the tables
  std::size_t files = 0;
  std::size_t signed_files = 0;
  std::string damage;
};

Downloads downloads_of(const OrderedJson& report, const std::string& api) {
  Downloads downloads;
  const std::string base = api + "/" + text(report, "id") + "/files/";
  for (const OrderedJson& file : report.at("files")) {
    const std::string format = text(file, "format");
    OrderedJson link{
        {"href", base + format}, {"label", label_of(format)}, {"size", size_of(file["bytes"])}};
    const bool is_population = format.find('.') != std::string::npos;
    (is_population ? downloads.populations : downloads.documents).push_back(std::move(link));
    ++downloads.files;
    if (file.value("signed", false)) ++downloads.signed_files;
    if (downloads.damage.empty()) downloads.damage = text(file, "damage");
  }
  return downloads;
}

}  // namespace

OrderedJson report_row(const OrderedJson& report, const std::string& api, const Zone& zone) {
  const Downloads downloads = downloads_of(report, api);
  const std::string status = text(report, "status");
  const std::string base = api + "/" + text(report, "id") + "/files/";
  const bool is_signed = downloads.files > 0 && downloads.signed_files == downloads.files;
  const auto revision = report.value("revision", 0);
  return {{"id", text(report, "id")},
          {"tenant", text(report, "tenantName")},
          {"window", window(text(report, "from"), text(report, "to"))},
          {"status", status},
          {"status_style", status == "FINAL" || status == "PASS"               ? "good"
                           : status == "PRELIMINARY" || status == "INCOMPLETE" ? "warn"
                           : status == "FAIL"                                  ? "bad"
                                                                               : "plain"},
          {"revision", revision > 1 ? fmt::format("revision {}", revision) : ""},
          {"cost", report.contains("totalCost") ? dollars(report["totalCost"]) : ""},
          {"made", moment(report["generatedAt"], zone)},
          {"by", text(report, "generatedBy")},
          {"documents", downloads.documents},
          {"populations", downloads.populations},
          {"has_populations", !downloads.populations.empty()},
          {"population_count", downloads.populations.size()},
          {"signed", is_signed},
          {"signature", is_signed ? base + "pdf.sig" : ""},
          {"manifest", is_signed ? base + "manifest.json" : ""},
          {"damage", downloads.damage}};
}

OrderedJson run_panel(const PageContext& context) {
  const std::string id = context.word("run");
  if (id.empty()) return nullptr;
  return run_row(context.api.get("/runs/" + id), context.zone());
}

}  // namespace costd
