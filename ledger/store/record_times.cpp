#include "ledger/store/record_times.hpp"

#include <algorithm>
#include <set>

#include "ledger/store/series_store.hpp"
#include "ledger/store/usage_blocks.hpp"

namespace costd {
namespace {

/// The first and the last of the tenant's records of one block, within the range.
std::optional<RecordTimes> times_in(Connection& connection, const BlockHead& head,
                                    const std::set<SeriesId>& series, const InstantRange& range) {
  std::optional<RecordTimes> found;
  std::optional<BlockTimes> times;
  for (const SeriesRun& run : load_directory(connection, head)) {
    if (!series.contains(run.series)) continue;
    if (!times) times = load_times(connection, head);
    // The records of a run stand in the order of their times.
    std::size_t first = run.first;
    std::size_t end = run.first + run.count;
    while (first < end && (*times)[first] < range.from) ++first;
    while (end > first && (*times)[end - 1] >= range.to) --end;
    if (first == end) continue;
    if (!found) found = {(*times)[first], (*times)[end - 1]};
    found->first = std::min(found->first, (*times)[first]);
    found->last = std::max(found->last, (*times)[end - 1]);
  }
  return found;
}

}  // namespace

std::optional<RecordTimes> find_record_times(Connection& connection, const std::string& tenant,
                                             const InstantRange& range) {
  std::set<SeriesId> own;
  for (const auto& [id, key] : load_series(connection)) {
    if (key.tenant == tenant) own.insert(id);
  }
  std::optional<RecordTimes> found;
  std::vector<BlockHead> heads = load_block_heads(connection, {.from = range.from, .to = range.to});
  for (const BlockHead& head : heads) {  // newest last_at first
    if (found && head.last_at <= found->last) break;
    const auto times = times_in(connection, head, own, range);
    if (times && (!found || times->last > found->last)) found = times;
  }
  if (!found) return std::nullopt;
  std::ranges::sort(heads, {}, &BlockHead::first_at);
  for (const BlockHead& head : heads) {
    if (head.first_at >= found->first) break;
    const auto times = times_in(connection, head, own, range);
    if (times) found->first = std::min(found->first, times->first);
  }
  return found;
}

}  // namespace costd
