#pragma once
// The context bands: which of the constant edges a request's total input exceeds. The band is part
// of the rollup key, so that long-context prices need no raw records.

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace costd {

inline constexpr std::array<std::int64_t, 8> context_band_edges{
    32'000, 64'000, 128'000, 200'000, 256'000, 272'000, 512'000, 1'000'000};

/// 0 for up to 32,000 tokens, 8 for more than 1,000,000: the number of edges that are exceeded.
using ContextBand = std::uint8_t;

ContextBand band_of(std::int64_t input_tokens);
/// The lowest band whose requests all exceed `above`; nothing if `above` is not an edge.
std::optional<ContextBand> band_above(std::int64_t above);
/// "32000, 64000, ..." for messages.
std::string list_of_edges();

}  // namespace costd
