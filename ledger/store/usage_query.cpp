#include "ledger/store/usage_query.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "ledger/store/series_store.hpp"
#include "ledger/store/usage_blocks.hpp"

namespace costd {
namespace {

using SeriesMap = std::unordered_map<SeriesId, SeriesKey>;

bool matches(const std::optional<std::string>& wanted, const std::string& value) {
  return !wanted || *wanted == value;
}

SeriesMap matching_series(Connection& connection, const UsageQuery& query) {
  SeriesMap series = load_series(connection);
  std::erase_if(series, [&](const auto& entry) {
    const SeriesKey& key = entry.second;
    return !(matches(query.tenant, key.tenant) && matches(query.api_key, key.api_key) &&
             matches(query.model, key.model) && matches(query.provider, key.provider));
  });
  return series;
}

/// A record by its place, until it is known to be on the page.
struct Candidate {
  Instant at;
  std::string record_id;
  BlockId block = 0;
  std::size_t row = 0;
  SeriesId series = 0;
};

bool is_newer(const Candidate& a, const Candidate& b) {
  return std::tie(a.at, a.record_id) > std::tie(b.at, b.record_id);
}

class PageSearch {
 public:
  PageSearch(Connection& connection, const UsageQuery& query)
      : connection_(connection),
        query_(query),
        series_(matching_series(connection, query)),
        wanted_(query.offset + query.limit + 1) {}

  UsagePage run() {
    for (const BlockHead& head : load_block_heads(connection_, query_.from, query_.to)) {
      search(head);
    }
    return page();
  }

 private:
  void search(const BlockHead& head) {
    const auto directory =
        load_usage_block(connection_, head.id, directory_column).directory;
    std::vector<SeriesRun> runs;
    std::size_t matching = 0;
    for (const SeriesRun& run : directory) {
      if (!series_.contains(run.series)) continue;
      runs.push_back(run);
      matching += run.count;
    }
    if (runs.empty()) return;
    const bool whole = query_.from <= head.first_at && head.last_at < query_.to;
    if (whole && is_beyond_page(head)) {
      page_.total += static_cast<std::int64_t>(matching);
      return;
    }
    collect(head, runs);
  }

  /// Blocks come with the newest last_at first: once the page is full, older ones only count.
  bool is_beyond_page(const BlockHead& head) const {
    return candidates_.size() >= wanted_ && head.last_at < candidates_.back().at;
  }

  void collect(const BlockHead& head, const std::vector<SeriesRun>& runs) {
    const UsageBlock block =
        load_usage_block(connection_, head.id, times_column | record_ids_column);
    for (const SeriesRun& run : runs) {
      for (std::size_t row = run.first; row < run.first + run.count; ++row) {
        const Instant at = block.times[row];
        if (at < query_.from || at >= query_.to) continue;
        ++page_.total;
        Candidate candidate{at, block.record_ids[row], head.id, row, run.series};
        if (is_after_cursor(candidate)) candidates_.push_back(std::move(candidate));
      }
    }
    keep_newest();
  }

  bool is_after_cursor(const Candidate& candidate) const {
    return !query_.after || std::tie(candidate.at, candidate.record_id) <
                                std::tie(query_.after->first, query_.after->second);
  }

  void keep_newest() {
    std::ranges::sort(candidates_, is_newer);
    if (candidates_.size() > wanted_) candidates_.resize(wanted_);
  }

  UsagePage page() {
    page_.has_more = candidates_.size() == wanted_;
    if (page_.has_more) candidates_.pop_back();
    const auto first = std::min(query_.offset, candidates_.size());
    std::unordered_map<BlockId, UsageBlock> blocks;
    for (std::size_t n = first; n < candidates_.size(); ++n) {
      const Candidate& candidate = candidates_[n];
      if (!blocks.contains(candidate.block)) {
        blocks.emplace(candidate.block, load_usage_block(connection_, candidate.block,
                                                         counts_column | labels_column));
      }
      page_.records.push_back(record_at(candidate, blocks.at(candidate.block)));
    }
    return std::move(page_);
  }

  UsageRecord record_at(const Candidate& candidate, const UsageBlock& block) const {
    UsageRecord record;
    record.record_id = candidate.record_id;
    record.series = series_.at(candidate.series);
    record.tokens = block.counts[candidate.row];
    record.origin = block.labels.origins[candidate.row];
    record.at = candidate.at;
    record.tags = block.labels.tags[candidate.row];
    record.credential_fingerprint = block.labels.credential_fingerprints[candidate.row];
    return record;
  }

  Connection& connection_;
  const UsageQuery& query_;
  SeriesMap series_;
  std::size_t wanted_;
  std::vector<Candidate> candidates_;
  UsagePage page_;
};

}  // namespace

UsagePage load_usage_page(Connection& connection, const UsageQuery& query) {
  return PageSearch(connection, query).run();
}

}  // namespace costd
