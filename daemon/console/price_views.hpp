#pragma once
// Prices as rows, and what a change of prices would do.

#include "daemon/json_views.hpp"

namespace costd {

OrderedJson price_row(const OrderedJson& entry);

/// Of an answer with "reprice" and "warnings": open days before, after, and the difference.
OrderedJson reprice_preview(const OrderedJson& answer);
/// The same of an import, with what becomes of each entry.
OrderedJson import_preview(const OrderedJson& answer);

}  // namespace costd
