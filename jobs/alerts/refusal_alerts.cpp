#include "jobs/alerts/refusal_alerts.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledger/money.hpp"
#include "ledger/store/file_ledger.hpp"

namespace costd {
namespace {

Alert alert_about(const RefusedFile& file) {
  const bool whole = file.first_line == 0;
  Alert alert;
  alert.kind = AlertKind::quarantined_file;
  alert.key = file.file == 0 ? fmt::format("quarantine/refusal/{}", file.first)
                             : fmt::format("quarantine/file/{}", file.file);
  alert.subject = "quarantine";
  const std::string lines = file.lines == 1 ? "a line" : format_count(file.lines) + " lines";
  alert.title = whole ? fmt::format("file {} of source {} was refused: {}", file.name, file.source,
                                    file.first_reason)
                      : fmt::format("{} of file {} of source {} refused, the first one line {}: {}",
                                    lines, file.name, file.source, format_count(file.first_line),
                                    file.first_reason);
  nlohmann::ordered_json data{
      {"source", file.source}, {"file", file.name}, {"firstReason", file.first_reason}};
  if (!whole) {
    data["lines"] = file.lines;
    data["firstLine"] = file.first_line;
  }
  alert.data = data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return alert;
}

}  // namespace

std::int64_t raise_refusals(Database& database, AlertDesk& desk, Instant now) {
  if (load_unalerted_files(database.snapshot()).empty()) return 0;
  UnitOfWork unit = database.begin();
  std::int64_t raised = 0;
  for (const RefusedFile& file : load_unalerted_files(unit)) {
    if (desk.raise(unit, alert_about(file), now)) ++raised;
  }
  mark_refusals_alerted(unit);
  unit.commit();
  return raised;
}

}  // namespace costd
