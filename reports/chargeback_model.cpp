#include "reports/chargeback_model.hpp"

namespace costd {

const char* name_of(StatementStatus status) {
  return status == StatementStatus::final ? "FINAL" : "PRELIMINARY";
}

Money sum_of(const std::vector<CostLine>& lines) {
  Money sum;
  for (const CostLine& line : lines) sum += line.total_cost;
  return sum;
}

std::vector<CostLine> lines_of(const std::vector<Correction>& corrections) {
  std::vector<CostLine> lines;
  for (const Correction& correction : corrections) lines.push_back(correction.line);
  return lines;
}

Cents rounding_line(const std::vector<CostLine>& lines, Cents statement_total) {
  Cents shown;
  for (const CostLine& line : lines) shown = shown + round_to_cents(line.total_cost);
  return statement_total - shown;
}

}  // namespace costd
