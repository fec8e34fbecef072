#pragma once
// Reports as rows of a table, and the run that makes one.

#include "daemon/console/page.hpp"

namespace costd {

/// `api` is the path of the family's routes: downloads are theirs.
OrderedJson report_row(const OrderedJson& report, const std::string& api, const Zone& zone);

/// How far the run of the address is; null where it names none.
OrderedJson run_panel(const PageContext& context);

}  // namespace costd
