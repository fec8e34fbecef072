#include "jobs/compliance/gateway_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "jobs/ordered_work.hpp"
#include "ledger/error.hpp"
#include "ledger/store/file_ledger.hpp"

namespace costd {
namespace {

struct ScannedLine {
  CheckedLine checked;
  GatewayPayload payload;
  bool has_end = true;
};

struct ScannedChunk {
  std::unique_ptr<std::string> bytes;  ///< the views of the lines point into it
  std::vector<ScannedLine> lines;
};

struct ChunkPlace {
  std::int64_t segment = 0;
  std::int64_t number = 0;
};

/// Where a segment that nothing links to is put: behind the one that ended last before it began.
void insert_by_time(std::vector<std::vector<AuditSegment>>& chains, AuditSegment segment) {
  std::vector<AuditSegment>* best = &chains.front();
  for (auto& chain : chains) {
    const bool fits =
        chain.back().last_at && segment.first_at && *chain.back().last_at <= *segment.first_at;
    if (fits && (!best->back().last_at || *chain.back().last_at >= *best->back().last_at)) {
      best = &chain;
    }
  }
  best->push_back(std::move(segment));
}

class LogReader {
 public:
  LogReader(Connection& connection, const GatewayLogSource& source, const std::stop_token& stop,
            const std::function<void(const LogEvent&)>& take)
      : connection_(connection), source_(source), stop_(stop), take_(take) {
    log_.source = source.name;
    log_.is_secret_known = !source.secret.empty();
  }

  VerifiedLog read(std::int64_t source_id, const std::map<std::string, ChainAnchor>& anchors) {
    const auto chains = order_segments(load_audit_segments(connection_, source_id));
    for (std::size_t n = 0; n < chains.size(); ++n) {
      prefix_ = n == 0 ? source_.name : fmt::format("{} #{}", source_.name, n + 1);
      read_chain(chains[n], anchors);
    }
    if (chains.empty()) {
      prefix_ = source_.name;
      read_chain({}, anchors);
    }
    return std::move(log_);
  }

 private:
  /// "audit", "audit pod-1/3".
  std::string shown(const std::string& chain) const {
    return chain.empty() ? prefix_ : prefix_ + " " + chain;
  }

  void read_chain(const std::vector<AuditSegment>& segments,
                  const std::map<std::string, ChainAnchor>& anchors) {
    GatewayChain chain(source_.secret);
    std::map<std::string, std::string> names;
    std::vector<ChunkPlace> places;
    for (const AuditSegment& segment : segments) {
      const std::int64_t chunks = count_audit_chunks(connection_, segment.id);
      for (std::int64_t n = 1; n <= chunks; ++n) places.push_back({segment.id, n});
      log_.segments.push_back(segment);
    }
    const std::size_t threads = std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
    work_in_order(
        places.size(), threads, [&](std::size_t n) { return scan(places[n]); },
        [&](const ScannedChunk& chunk) { take_chunk(chunk, chain, names); });
    finish(chain, anchors);
  }

  ScannedChunk scan(const ChunkPlace& place) {
    PackedAuditChunk packed;
    {
      const std::lock_guard lock(connection_mutex_);
      packed = load_packed_audit_chunk(connection_, place.segment, place.number);
    }
    ScannedChunk scanned;
    scanned.bytes = std::make_unique<std::string>(unpack(packed));
    GatewayLineCheck check(source_.secret);
    std::string_view rest = *scanned.bytes;
    scanned.lines.reserve(static_cast<std::size_t>(std::ranges::count(rest, '\n')) + 1);
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      ScannedLine line;
      line.has_end = end != std::string_view::npos;
      line.checked = check.check(rest.substr(0, end));
      rest.remove_prefix(line.has_end ? end + 1 : rest.size());
      if (line.checked.event) {
        line.payload = read_gateway_payload(line.checked.event->payload);
        // Without the secret an event's own hash is taken for right, so that the links still count.
        if (!log_.is_secret_known) {
          line.checked.computed =
              parse_chain_hash(line.checked.event->hmac).value_or(line.checked.computed);
        }
      }
      scanned.lines.push_back(std::move(line));
    }
    return scanned;
  }

  void take_chunk(const ScannedChunk& chunk, GatewayChain& chain,
                  std::map<std::string, std::string>& names) {
    if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "the run was asked to stop");
    for (const ScannedLine& line : chunk.lines) {
      const std::string* name = chain.take(line.checked, line.has_end);
      if (line.checked.is_blank) continue;
      if (name == nullptr) {
        ++log_.unreadable;
        continue;
      }
      ++log_.events;
      auto known = names.find(*name);
      if (known == names.end()) known = names.emplace(*name, shown(*name)).first;
      const GatewayEvent& event = *line.checked.event;
      take_({event, line.payload, line.checked.at, known->second,
             event.fleet ? event.fleet->chain_sequence : event.seq});
    }
  }

  void finish(const GatewayChain& chain, const std::map<std::string, ChainAnchor>& anchors) {
    GatewayChain::Anchors own;
    const std::string of_pods = prefix_ + " ";
    for (const auto& [name, anchor] : anchors) {
      if (name == prefix_) own.emplace("", anchor);
      const bool is_second_gateway = name.starts_with(of_pods + "#");
      if (name.starts_with(of_pods) && !is_second_gateway) {
        own.emplace(name.substr(of_pods.size()), anchor);
      }
    }
    for (auto& [name, report] : chain.judge(own)) {
      if (!log_.is_secret_known && report.result == ChainReport::Result::pass) {
        report.result = ChainReport::Result::incomplete;
      }
      log_.chains.emplace(shown(name), report);
    }
  }

  Connection& connection_;
  const GatewayLogSource& source_;
  const std::stop_token& stop_;
  const std::function<void(const LogEvent&)>& take_;
  std::mutex connection_mutex_;
  std::string prefix_;
  VerifiedLog log_;
};

}  // namespace

std::vector<std::vector<AuditSegment>> order_segments(std::vector<AuditSegment> segments) {
  std::ranges::stable_sort(segments, [](const AuditSegment& a, const AuditSegment& b) {
    return a.first_at.value_or(Instant::max()) < b.first_at.value_or(Instant::max());
  });
  std::vector<std::vector<AuditSegment>> chains;
  std::vector<AuditSegment> fleet;
  std::vector<AuditSegment> waiting;
  for (AuditSegment& segment : segments) {
    (segment.first_chain.empty() ? waiting : fleet).push_back(std::move(segment));
  }
  while (!waiting.empty()) {
    auto next = std::ranges::find(waiting, "", &AuditSegment::first_previous);
    if (next == waiting.end()) next = waiting.begin();
    const bool begins = next->first_previous.empty() || chains.empty();
    AuditSegment segment = std::move(*next);
    waiting.erase(next);
    if (begins) {
      chains.push_back({std::move(segment)});
    } else {
      insert_by_time(chains, std::move(segment));
      continue;
    }
    std::vector<AuditSegment>& chain = chains.back();
    const auto follows = [&](const AuditSegment& each) {
      return !chain.back().last_hash.empty() && each.first_previous == chain.back().last_hash;
    };
    for (auto linked = std::ranges::find_if(waiting, follows); linked != waiting.end();
         linked = std::ranges::find_if(waiting, follows)) {
      chain.push_back(std::move(*linked));
      waiting.erase(linked);
    }
  }
  if (!fleet.empty()) chains.insert(chains.begin(), std::move(fleet));
  return chains;
}

VerifiedLog read_gateway_log(Connection& connection, const GatewayLogSource& source,
                             const std::map<std::string, ChainAnchor>& anchors,
                             const std::stop_token& stop,
                             const std::function<void(const LogEvent&)>& take) {
  return LogReader(connection, source, stop, take)
      .read(find_source(connection, source.name), anchors);
}

}  // namespace costd
