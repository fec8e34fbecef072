#pragma once
// The parts of the chargeback workbook.

#include "reports/chargeback_model.hpp"
#include "reports/xlsx_workbook.hpp"

namespace costd {

/// Where a cost section's sheet has what the summary refers to.
struct CostSheetPlaces {
  std::string sheet;
  CellColumn labels;
  CellColumn costs;
  CellPlace total;
  bool has_lines = false;
};

struct ChargebackSheets {
  CostSheetPlaces tenants;
  CostSheetPlaces providers;
  CostSheetPlaces days;
};

/// Adds the five sheets of costs, then forecasts and anomalies.
ChargebackSheets add_section_sheets(XlsxWorkbook& workbook, const ChargebackModel& model);
/// Fills the first sheet.
void fill_summary(XlsxSheet& sheet, const ChargebackModel& model, const ChargebackSheets& sheets);

}  // namespace costd
