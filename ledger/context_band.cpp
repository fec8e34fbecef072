#include "ledger/context_band.hpp"

#include <algorithm>

namespace costd {

ContextBand band_of(std::int64_t input_tokens) {
  // An edge itself is not exceeded, so the first edge at or above the input ends the count.
  const auto* const exceeded =
      std::lower_bound(context_band_edges.begin(), context_band_edges.end(), input_tokens);
  return static_cast<ContextBand>(exceeded - context_band_edges.begin());
}

std::optional<ContextBand> band_above(std::int64_t above) {
  const auto* const edge = std::find(context_band_edges.begin(), context_band_edges.end(), above);
  if (edge == context_band_edges.end()) return std::nullopt;
  return static_cast<ContextBand>(edge - context_band_edges.begin() + 1);
}

std::string list_of_edges() {
  std::string list;
  for (const std::int64_t edge : context_band_edges) {
    if (!list.empty()) list += ", ";
    list += std::to_string(edge);
  }
  return list;
}

}  // namespace costd
