// One change anywhere in a log of ten thousand events is found, and found where it was made.

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>

#include "tests/ledger/gateway_log.hpp"

namespace costd {
namespace {

using namespace test;

constexpr int log_events = 10'000;
#ifdef __SANITIZE_ADDRESS__
constexpr int mutations = 60;
#else
constexpr int mutations = 2'000;
#endif

/// A changed log, and what must be found in it.
struct Mutation {
  std::string kind;
  Lines lines;
  std::string torn{};          ///< a last line without an end
  std::size_t first_line = 0;  ///< 1-based: a finding must stand on one of these lines
  std::size_t last_line = 0;
  bool is_unprotected = false;  ///< the scheme cannot show it, with or without an anchor
  bool is_tail = false;         ///< only an anchor shows it
};

class Mutator {
 public:
  Mutator(const Lines& log, unsigned seed) : log_(log), random_(seed) {}

  Mutation next() {
    Mutation mutation;
    mutation.lines = log_;
    switch (below(7)) {
      case 0:
      case 1:
        flip(mutation);
        break;
      case 2:
        remove(mutation);
        break;
      case 3:
        swap(mutation);
        break;
      case 4:
        insert(mutation);
        break;
      case 5:
        truncate(mutation);
        break;
      default:
        sign_anew(mutation);
    }
    return mutation;
  }

 private:
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

  /// One bit of one line, or of the end of it.
  void flip(Mutation& mutation) {
    const std::size_t at = below(log_.size());
    std::string& line = mutation.lines[at];
    const std::size_t byte = below(line.size() + 1);
    const unsigned bit = 1U << below(8);
    mutation.kind = fmt::format("bit {} of byte {}", bit, byte);
    mutation.first_line = mutation.last_line = at + 1;
    if (byte == line.size()) {  // the newline becomes another byte: two lines are one
      if (at + 1 == log_.size()) return cut(mutation, at);
      line += static_cast<char>('\n' ^ bit) + mutation.lines[at + 1];
      mutation.lines.erase(mutation.lines.begin() + static_cast<std::ptrdiff_t>(at) + 1);
      return;
    }
    const std::size_t signed_at = line.rfind(R"("signedAt":")") + 12;
    const char flipped = static_cast<char>(line[byte] ^ static_cast<char>(bit));
    mutation.is_unprotected = byte >= signed_at && byte < line.size() - 2 && flipped != '"' &&
                              flipped != '\\' && flipped != '\n';
    line[byte] = flipped;
    if (flipped != '\n') return;
    mutation.lines.insert(mutation.lines.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                          line.substr(byte + 1));
    mutation.lines[at].resize(byte);
    mutation.last_line = at + 2;
  }

  void remove(Mutation& mutation) {
    const std::size_t at = below(log_.size());
    mutation.kind = "remove";
    if (at + 1 == log_.size()) return cut(mutation, at);
    mutation.lines.erase(mutation.lines.begin() + static_cast<std::ptrdiff_t>(at));
    mutation.first_line = mutation.last_line = at + 1;
  }

  void swap(Mutation& mutation) {
    const std::size_t one = below(log_.size());
    const std::size_t other = (one + 1 + below(log_.size() - 1)) % log_.size();
    mutation.kind = "swap";
    std::swap(mutation.lines[one], mutation.lines[other]);
    mutation.first_line = mutation.last_line = std::min(one, other) + 1;
  }

  /// A line of the log a second time, or one that somebody made without the secret.
  void insert(Mutation& mutation) {
    const std::size_t at = below(log_.size());
    const std::size_t of = below(log_.size());
    mutation.first_line = mutation.last_line = at + 1;
    std::string line = log_[of];
    mutation.kind = "insert again";
    if (below(2) == 0) {
      mutation.kind = "insert forged";
      LogWriter forger{"what somebody thinks the secret is", at == 0 ? "" : head_of(log_[at - 1]),
                       static_cast<std::int64_t>(at)};
      line = forger.numbered(static_cast<int>(of));
    } else if (of == at) {
      mutation.first_line = mutation.last_line = at + 2;  // the second of the two
    }
    mutation.lines.insert(mutation.lines.begin() + static_cast<std::ptrdiff_t>(at), line);
  }

  void truncate(Mutation& mutation) {
    const std::size_t at = below(log_.size());
    mutation.kind = "truncate";
    const std::size_t kept = below(2) == 0 ? 0 : below(log_[at].size());
    mutation.torn = log_[at].substr(0, kept);
    cut(mutation, at);
  }

  /// From that line on nothing is left.
  void cut(Mutation& mutation, std::size_t at) {
    mutation.is_tail = mutation.torn.empty();
    mutation.lines.resize(at);
    mutation.first_line = at;
    mutation.last_line = at + 1;
  }

  void sign_anew(Mutation& mutation) {
    const std::size_t at = below(log_.size());
    mutation.kind = "another secret";
    LogWriter writer{"a secret that is not the gateway's", at == 0 ? "" : head_of(log_[at - 1]),
                     static_cast<std::int64_t>(at)};
    mutation.lines[at] = writer.numbered(static_cast<int>(at) + 1);
    mutation.first_line = mutation.last_line = at + 1;
  }

  const Lines& log_;
  std::mt19937 random_;
};

ChainReport verify_mutation(const Mutation& mutation, const std::optional<ChainAnchor>& anchor) {
  GatewayChain chain(secret);
  for (const std::string& line : mutation.lines) chain.add(line);
  if (!mutation.torn.empty()) chain.add(mutation.torn, false);
  return chain.judge(anchor).begin()->second;
}

}  // namespace

TEST_CASE("every single change of a log is found at its place, but for what is not protected",
          "[chain][mutation]") {
  const Lines log = a_log(log_events);
  const ChainAnchor anchor{log_events, head_of(log.back())};
  Mutator mutator(log, 20261126);
  std::map<std::string, int> kinds;
  for (int n = 0; n < mutations; ++n) {
    const Mutation mutation = mutator.next();
    const bool is_anchored = n % 2 == 0;
    const ChainReport report =
        verify_mutation(mutation, is_anchored ? std::optional(anchor) : std::nullopt);
    INFO(n << ": " << mutation.kind << " at line " << mutation.first_line << ": "
           << short_text(report));
    ++kinds[mutation.kind.substr(0, mutation.kind.find(' '))];
    if (mutation.is_unprotected || (mutation.is_tail && !is_anchored)) {
      CHECK((report.findings.empty() && !report.unprotected.empty()));
      continue;
    }
    CHECK(report.result != ChainReport::Result::pass);
    CHECK(std::ranges::any_of(report.findings, [&](const ChainFinding& finding) {
      const auto line = static_cast<std::size_t>(finding.line);
      return line >= mutation.first_line && line <= mutation.last_line;
    }));
    CHECK(report.findings.size() <= 4);
  }
  CHECK(kinds.size() == 6);
}

}  // namespace costd
