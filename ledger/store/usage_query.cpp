#include "ledger/store/usage_query.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "ledger/store/is_wanted.hpp"
#include "ledger/store/series_store.hpp"
#include "ledger/store/usage_blocks.hpp"

namespace costd {
namespace {

using SeriesMap = std::unordered_map<SeriesId, SeriesKey>;

SeriesMap matching_series(Connection& connection, const UsageQuery& query) {
  SeriesMap series = load_series(connection);
  std::erase_if(series, [&](const auto& entry) {
    const SeriesKey& key = entry.second;
    return !(is_wanted(query.tenant, key.tenant) && is_wanted(query.api_key, key.api_key) &&
             is_wanted(query.model, key.model) && is_wanted(query.provider, key.provider));
  });
  return series;
}

/// A record by its place. Its id is fetched when order or page need it.
struct Candidate {
  Instant at;
  std::size_t block = 0;  ///< place in the search's list of heads
  std::size_t row = 0;
  SeriesId series = 0;
  std::string record_id;
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
    if (series_.empty()) return {};
    heads_ = load_block_heads(connection_, {query_.from, query_.to, 0});
    for (std::size_t block = 0; block < heads_.size(); ++block) search(block);
    return page();
  }

 private:
  void search(std::size_t block) {
    const BlockHead& head = heads_[block];
    std::vector<SeriesRun> runs;
    std::size_t matching = 0;
    for (const SeriesRun& run : load_directory(connection_, head)) {
      if (!series_.contains(run.series)) continue;
      runs.push_back(run);
      matching += run.count;
    }
    if (runs.empty()) return;
    const bool whole = query_.from <= head.first_at && head.last_at < query_.to;
    if (whole && is_off_page(head)) {
      page_.total += static_cast<std::int64_t>(matching);
      return;
    }
    collect(block, runs);
  }

  /// Blocks come with the newest last_at first: once the page is full, older ones only count, and
  /// so do blocks that are newer than the cursor.
  bool is_off_page(const BlockHead& head) const {
    if (query_.after && head.first_at > query_.after->first) return true;
    return candidates_.size() >= wanted_ && head.last_at < oldest_;
  }

  void collect(std::size_t block, const std::vector<SeriesRun>& runs) {
    const BlockTimes times = load_times(connection_, heads_[block]);
    for (const SeriesRun& run : runs) {
      for (std::size_t row = run.first; row < run.first + run.count; ++row) {
        const Instant at = times[row];
        if (at < query_.from || at >= query_.to) continue;
        ++page_.total;
        if (is_full_ && at < oldest_) continue;
        Candidate candidate{at, block, row, run.series, ""};
        if (is_after_cursor(candidate)) candidates_.push_back(std::move(candidate));
      }
    }
    keep_newest();
  }

  bool is_after_cursor(Candidate& candidate) {
    if (!query_.after || candidate.at < query_.after->first) return true;
    if (candidate.at > query_.after->first) return false;
    fetch_id(candidate);
    return candidate.record_id < query_.after->second;
  }

  void fetch_id(Candidate& candidate) {
    if (!candidate.record_id.empty()) return;
    const auto [found, is_new] = ids_.try_emplace(candidate.block);
    if (is_new) found->second = load_record_ids(connection_, heads_[candidate.block]);
    candidate.record_id = found->second.text(candidate.row);
  }

  /// Cuts what is older than the page; records of the page's oldest instant all stay, since their
  /// ids decide.
  void keep_newest() {
    if (candidates_.size() < wanted_) return;
    const auto last = candidates_.begin() + static_cast<std::ptrdiff_t>(wanted_ - 1);
    std::ranges::nth_element(candidates_, last, std::ranges::greater{}, &Candidate::at);
    oldest_ = last->at;
    is_full_ = true;
    std::erase_if(candidates_, [&](const Candidate& found) { return found.at < oldest_; });
  }

  UsagePage page() {
    for (Candidate& candidate : candidates_) fetch_id(candidate);
    std::ranges::sort(candidates_, is_newer);
    if (candidates_.size() > wanted_) candidates_.resize(wanted_);
    page_.has_more = candidates_.size() == wanted_;
    if (page_.has_more) candidates_.pop_back();
    struct Columns {
      BlockCounts counts;
      BlockLabels labels;
    };
    std::unordered_map<std::size_t, Columns> blocks;
    for (std::size_t n = std::min(query_.offset, candidates_.size()); n < candidates_.size(); ++n) {
      const Candidate& candidate = candidates_[n];
      const auto [found, is_new] = blocks.try_emplace(candidate.block);
      if (is_new) {
        found->second.counts = load_counts(connection_, heads_[candidate.block]);
        found->second.labels = load_labels(connection_, heads_[candidate.block]);
      }
      page_.records.push_back(
          record_at(candidate, found->second.counts, found->second.labels[candidate.row]));
    }
    return std::move(page_);
  }

  UsageRecord record_at(const Candidate& candidate, const BlockCounts& counts,
                        const RecordLabel& label) const {
    UsageRecord record;
    record.record_id = candidate.record_id;
    record.series = series_.at(candidate.series);
    record.tokens = counts->tokens(candidate.row);
    record.requests = counts->requests(candidate.row);
    if (const std::uint8_t band = counts->stated_band(candidate.row); band != 0) {
      record.stated_band = static_cast<ContextBand>(band - 1);
    }
    record.origin = counts->origin(candidate.row);
    record.at = candidate.at;
    record.tags = label.tags;
    record.credential_fingerprint = label.credential_fingerprint;
    return record;
  }

  Connection& connection_;
  const UsageQuery& query_;
  SeriesMap series_;
  std::size_t wanted_;
  std::vector<BlockHead> heads_;
  std::vector<Candidate> candidates_;
  bool is_full_ = false;
  Instant oldest_;  ///< of the page, once it is full
  std::unordered_map<std::size_t, RecordIds> ids_;
  UsagePage page_;
};

}  // namespace

UsagePage load_usage_page(Connection& connection, const UsageQuery& query) {
  return PageSearch(connection, query).run();
}

}  // namespace costd
