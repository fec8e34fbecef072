#include "reports/chargeback_render.hpp"

#include "ledger/error.hpp"

namespace costd {

std::string render_chargeback(const ChargebackModel& model, const std::string& format) {
  if (format == "pdf") return render_chargeback_pdf(model);
  if (format == "csv") return render_chargeback_csv(model);
  if (format == "xlsx") return render_chargeback_xlsx(model);
  throw Error(ErrorCode::usage, "format \"" + format + "\" is none of pdf, csv, xlsx");
}

}  // namespace costd
