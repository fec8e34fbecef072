#include "jobs/usage_rollup.hpp"

namespace costd {
namespace {

/// Takes records in the order of a block. Those of one series fall on few local days, bands and
/// origins, so its rows are looked through one by one.
class Summing {
 public:
  Summing(const BillingZones& zones, const TenantOfSeries& tenant_of)
      : zones_(zones), tenant_of_(tenant_of) {}

  /// Of the record only what counts is looked at: neither its id nor its label.
  void add(const BlockRecord& record) {
    const bool new_series = requests_ == nullptr || series_ != record.series;
    if (new_series) first_row_ = rollup_.rows.size();
    if (new_series || record.at < span_.from || record.at >= span_.to) {
      const std::string& tenant = tenant_of_(record.series);
      series_ = record.series;
      span_ = zones_.span_at(tenant, record.at);
      requests_ = &rollup_.requests[{span_.day, tenant}];
    }
    *requests_ += record.requests;
    const DailyKey key{span_.day, record.series, band_of(record), Month{}, record.origin};
    std::size_t row = first_row_;
    while (row < rollup_.rows.size() && rollup_.rows[row].key != key) ++row;
    if (row == rollup_.rows.size()) rollup_.rows.push_back({key, 0, {}});
    rollup_.rows[row].requests += record.requests;
    rollup_.rows[row].tokens += record.tokens;
  }

  UsageRollup take() { return std::move(rollup_); }

 private:
  const BillingZones& zones_;
  const TenantOfSeries& tenant_of_;
  UsageRollup rollup_;
  SeriesId series_ = 0;
  std::size_t first_row_ = 0;  ///< of the series
  BillingZones::DatedSpan span_;
  std::int64_t* requests_ = nullptr;
};

}  // namespace

UsageRollup roll_up(std::span<const BlockRecord> sorted, const BillingZones& zones,
                    const TenantOfSeries& tenant_of) {
  Summing sums(zones, tenant_of);
  for (const BlockRecord& record : sorted) sums.add(record);
  return sums.take();
}

UsageRollup roll_up_block(const CountedBlock& block, const BillingZones& zones,
                          const TenantOfSeries& tenant_of) {
  Summing sums(zones, tenant_of);
  BlockRecord record;
  for (const SeriesRun& run : block.directory) {
    record.series = run.series;
    for (std::size_t row = run.first; row < run.first + run.count; ++row) {
      record.at = block.times[row];
      record.tokens = block.counts->tokens(row);
      record.requests = block.counts->requests(row);
      record.origin = block.counts->origin(row);
      record.stated_band = block.counts->stated_band(row);
      sums.add(record);
    }
  }
  return sums.take();
}

}  // namespace costd
