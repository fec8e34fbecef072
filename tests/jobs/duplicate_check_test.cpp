#include "jobs/ingest/duplicate_check.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "jobs/ingest/record_index.hpp"
#include "ledger/store/tenant_store.hpp"
#include "tests/support/parser_bench.hpp"
#include "tests/support/stored_blocks.hpp"

namespace costd {
namespace {

using test::a_usage_record;

constexpr auto is_new = Verdict::is_new;
constexpr auto duplicate = Verdict::duplicate;
constexpr auto conflict = Verdict::conflict;
using Verdicts = std::vector<Verdict>;

/// Judges chunks one after the other, as an intake does; new records wait in a batch until they
/// are stored.
class Judge : public test::ParserBench {
 public:
  explicit Judge(int horizon_days = 1, std::size_t index_bytes = std::size_t{64} << 20)
      : horizon_days_(horizon_days), index_(database, horizon_days, index_bytes) {
    change([&](UnitOfWork& unit) { source_ = store_source(unit, "gateway"); });
    begin_batch();
  }

  Verdicts judge(const std::vector<UsageRecord>& records) {
    const ParsedChunk parsed = parse(records);
    const auto add_waiting = [&](SourceId source, BlockDay day, FingerprintSet& fingerprints) {
      batch_->add_fingerprints(source, day, fingerprints);
      if (false_hints.contains(day)) fingerprints.insert(false_hints.at(day));
    };
    const auto found = index_.find_suspects(source_, parsed, add_waiting);
    DuplicateCheck check(database, source_, horizon_days_, parsed, found);
    check.compare_with_chunk();
    check.compare_with(*batch_);
    check.compare_with_stored();
    Verdicts verdicts(parsed.records.size(), is_new);
    for (const auto& judged : check.verdicts()) verdicts.at(judged.row) = judged.verdict;
    batch_->begin_chunk(source_, parsed.texts);
    for (std::size_t row = 0; row < verdicts.size(); ++row) {
      if (verdicts[row] != is_new) continue;
      batch_->add(parsed.records[row], found.fingerprints[row]);
    }
    return verdicts;
  }

  void store() {
    for (OpenBlock& block : batch_->blocks()) batch_->encode(block);
    batch_->commit(database, test::at("2026-10-20T00:00:00Z"));
    begin_batch();
  }

  std::map<BlockDay, std::uint64_t> false_hints;

 private:
  void begin_batch() { batch_ = std::make_unique<UsageBatch>(catalog, zones_, spent_); }

  int horizon_days_;
  SourceId source_ = 0;
  RecordIndex index_;
  BillingZones zones_ = load_billing_zones(database.snapshot());
  SpentBlocks spent_;
  std::unique_ptr<UsageBatch> batch_;
};

UsageRecord dated(const std::string& id, const std::string& instant) {
  return a_usage_record().with_id(id).at(instant);
}

const std::string a_uuid = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";

/// Where the first of two records is when the second comes.
enum class Place { same_chunk, batch, stored };

Verdict second_verdict(Judge& judge, Place place, const UsageRecord& first,
                       const UsageRecord& second) {
  if (place == Place::same_chunk) return judge.judge({first, second}).at(1);
  judge.judge({first});
  if (place == Place::stored) judge.store();
  return judge.judge({second}).at(0);
}

Place any_place() {
  return GENERATE(Place::same_chunk, Place::batch, Place::stored);
}

}  // namespace

TEST_CASE("a repeat is a duplicate wherever the first one is", "[ingest]") {
  const Place place = any_place();
  for (const std::string& id : {std::string("rec-1"), a_uuid}) {
    Judge judge;
    CHECK(second_verdict(judge, place, a_usage_record().with_id(id),
                         a_usage_record().with_id(id)) == duplicate);
    CHECK(judge.judge({a_usage_record().with_id(id), a_usage_record().with_id("x")}) ==
          Verdicts{duplicate, is_new});
  }
}

TEST_CASE("every part of the content counts", "[ingest]") {
  const Place place = any_place();
  std::vector<UsageRecord> others(12, a_usage_record());
  others[0].at += std::chrono::microseconds(1);
  others[1].series.tenant = "t-other";
  others[2].series.api_key = "k-other";
  others[3].series.model = "m-other";
  others[4].series.provider = "p-other";
  others[5].origin = Origin::estimated;
  others[6].origin = Origin::cache_hit;
  others[7].tokens.reasoning = 1;
  others[8].tokens.total = 1;
  others[9].credential_fingerprint = "fp-other";
  others[10].tokens = test::input_and_output(1'001, 100);
  others[11].tokens = test::input_and_output(1'000, 101);
  for (std::size_t n = 0; n < others.size(); ++n) {
    Judge judge;
    CAPTURE(n);
    CHECK(second_verdict(judge, place, a_usage_record(), others[n]) == conflict);
    CHECK(judge.judge({a_usage_record()}) == Verdicts{duplicate});
  }
}

TEST_CASE("texts and UUIDs of one block are told apart", "[ingest]") {
  const bool stored = GENERATE(false, true);
  Judge judge;
  const std::string upper = "0A1B2C3D-4E5F-6789-ABCD-EF0123456789";
  CHECK(judge.judge({a_usage_record().with_id(a_uuid), a_usage_record().with_id(upper),
                     a_usage_record().with_id("rec-1")}) == Verdicts{is_new, is_new, is_new});
  if (stored) judge.store();
  CHECK(judge.judge({a_usage_record().with_id("rec-1"), a_usage_record().with_id(upper),
                     a_usage_record().with_id(a_uuid).with_output_tokens(7)}) ==
        Verdicts{duplicate, duplicate, conflict});
}

TEST_CASE("many repeats of one id in one chunk are judged by its first record", "[ingest]") {
  Judge judge;
  std::vector<UsageRecord> records(3'000, a_usage_record());
  records[1'500] = a_usage_record().with_output_tokens(7);
  Verdicts wanted(3'000, duplicate);
  wanted[0] = is_new;
  wanted[1'500] = conflict;
  CHECK(judge.judge(records) == wanted);
}

TEST_CASE("the same id within the horizon is a conflict, beyond it another record", "[ingest]") {
  const Place place = any_place();
  const int horizon = GENERATE(0, 1, 2);
  struct Row {
    const char* first;
    const char* second;
    int days;
  };
  for (const Row& row : std::vector<Row>{{"2026-10-05T12:00:00Z", "2026-10-05T00:00:00Z", 0},
                                         {"2026-10-05T23:59:59Z", "2026-10-06T00:00:00Z", 1},
                                         {"2026-10-05T00:00:00Z", "2026-10-06T23:59:59Z", 1},
                                         {"2026-10-05T00:00:00Z", "2026-10-07T00:00:00Z", 2},
                                         {"2026-10-05T23:59:59Z", "2026-10-07T00:00:00Z", 2},
                                         {"2026-10-05T12:00:00Z", "2026-10-08T12:00:00Z", 3},
                                         {"2026-12-31T23:59:59.999999Z", "2027-01-01T00:00:00Z", 1},
                                         {"2026-12-30T12:00:00Z", "2027-01-01T12:00:00Z", 2},
                                         {"2024-02-28T12:00:00Z", "2024-03-01T12:00:00Z", 2}}) {
    for (const bool backwards : {false, true}) {
      const UsageRecord first = dated("a", backwards ? row.second : row.first);
      const UsageRecord second = dated("a", backwards ? row.first : row.second);
      Judge judge(horizon);
      CAPTURE(horizon, row.first, row.second, backwards);
      CHECK(second_verdict(judge, place, first, second) ==
            (row.days <= horizon ? conflict : is_new));
      CHECK(judge.judge({first}) == Verdicts{duplicate});
    }
  }
}

TEST_CASE("records of one id that are far apart each have repeats of their own", "[ingest]") {
  const bool stored = GENERATE(false, true);
  Judge judge;
  const UsageRecord first = dated("a", "2026-10-05T12:00:00Z");
  const UsageRecord later = dated("a", "2026-10-07T12:00:00Z");
  CHECK(judge.judge({first, later, first, later}) ==
        Verdicts{is_new, is_new, duplicate, duplicate});
  if (stored) judge.store();
  CHECK(judge.judge({later, first, dated("a", "2026-10-06T12:00:00Z"),
                     dated("a", "2026-10-09T12:00:00Z")}) ==
        Verdicts{duplicate, duplicate, conflict, is_new});
}

TEST_CASE("a fingerprint without its id is only a hint", "[ingest]") {
  Judge judge;
  const std::string instant = "2026-10-05T12:00:00Z";
  const BlockDay day = block_day_of(test::at(instant));
  judge.false_hints[day] = fingerprint_of("a");
  CHECK(judge.judge({dated("b", instant), dated("a", instant), dated("a", instant),
                     dated("a", "2026-10-05T12:00:01Z")}) ==
        Verdicts{is_new, is_new, duplicate, conflict});
  CHECK(judge.judge({dated("a", instant)}) == Verdicts{duplicate});
  judge.store();
  CHECK(judge.judge({dated("a", instant)}) == Verdicts{duplicate});
}

TEST_CASE("a record that was taken in spite of a false hint is known on its own days", "[ingest]") {
  const bool one_chunk = GENERATE(false, true);
  // The hint is on the day after the record; the day before it does not see that one.
  Judge judge;
  judge.false_hints[block_day_of(test::at("2026-10-06T00:00:00Z"))] = fingerprint_of("a");
  const UsageRecord first = dated("a", "2026-10-05T12:00:00Z");
  const UsageRecord earlier = dated("a", "2026-10-04T12:00:00Z");
  if (one_chunk) {
    CHECK(judge.judge({first, earlier}) == Verdicts{is_new, conflict});
  } else {
    CHECK(judge.judge({first}) == Verdicts{is_new});
    CHECK(judge.judge({earlier}) == Verdicts{conflict});
  }
}

TEST_CASE("verdicts do not depend on how much memory the index has", "[ingest]") {
  const auto horizon = GENERATE(0, 1, 2);
  std::mt19937_64 random(20);
  std::vector<std::vector<UsageRecord>> chunks;
  for (int n = 0; n < 40; ++n) {
    auto& records = chunks.emplace_back();
    for (int m = 0; m < 20; ++m) {
      const std::uint64_t id = random() % 150;
      records.push_back(a_usage_record().with_id(id % 2 == 0 ? format_uuid({id, id})
                                                             : "rec-" + std::to_string(id)));
      records.back().at += std::chrono::days(random() % 25);
    }
  }
  const auto verdicts_with = [&](std::size_t index_bytes) {
    Judge judge(horizon, index_bytes);
    Verdicts all;
    for (std::size_t n = 0; n < chunks.size(); ++n) {
      const Verdicts some = judge.judge(chunks[n]);
      all.insert(all.end(), some.begin(), some.end());
      if (n % 7 == 6) judge.store();
    }
    return all;
  };
  const Verdicts with_much = verdicts_with(std::size_t{64} << 20);
  CHECK(verdicts_with(3 * 8'192) == with_much);
  CHECK(verdicts_with(0) == with_much);
  // What a search through everything that was taken before would say.
  std::map<std::string, std::vector<UsageRecord>> taken;
  Verdicts searched;
  for (const auto& chunk : chunks) {
    for (const UsageRecord& record : chunk) {
      Verdict verdict = is_new;
      for (const UsageRecord& known : taken[record.record_id]) {
        if (std::abs(block_day_of(known.at) - block_day_of(record.at)) > horizon) continue;
        verdict = known == record ? duplicate : conflict;
      }
      if (verdict == is_new) taken[record.record_id].push_back(record);
      searched.push_back(verdict);
    }
  }
  CHECK(with_much == searched);
  CHECK(std::ranges::count(searched, duplicate) > 20);
  CHECK((horizon == 0 || std::ranges::count(searched, conflict) > 20));
}

}  // namespace costd
