#include "ledger/store/cost_summary.hpp"

#include <array>
#include <tuple>

#include "ledger/store/connection.hpp"

namespace costd {
namespace {

struct GroupColumn {
  unsigned flag;
  const char* sql;
};
constexpr std::array<GroupColumn, 5> group_columns{{{by_tenant, "s.tenant"},
                                                    {by_api_key, "s.api_key"},
                                                    {by_model, "s.model"},
                                                    {by_provider, "s.provider"},
                                                    {by_day, "u.day"}}};

/// Sums of amounts as two halves of 32 bits each, so that no 64-bit sum overflows.
constexpr const char* select_sums =
    " sum(u.requests), sum(u.input_uncached + u.cache_read + u.cache_write_5m + u.cache_write_1h),"
    " sum(u.output), sum(u.total), sum(u.cache_read), sum(u.cache_write_5m + u.cache_write_1h),"
    " sum(u.reasoning),"
    " sum(case when c.state = 0 and u.origin = 1 then u.requests else 0 end),"
    " sum(case when u.origin = 2 then u.requests else 0 end),"
    " sum(case when u.origin <> 2 and (c.state is null or c.state = 1) then u.requests else 0 end),"
    " sum(case when c.state = 3 then u.requests else 0 end),"
    " sum(case when u.origin = 1 then u.requests else 0 end),"
    " coalesce(sum((c.input_picos + c.cache_read_picos + c.cache_write_picos) >> 32), 0),"
    " coalesce(sum((c.input_picos + c.cache_read_picos + c.cache_write_picos) & 4294967295), 0),"
    " coalesce(sum(c.output_picos >> 32), 0), coalesce(sum(c.output_picos & 4294967295), 0)"
    " from usage_daily u join series s on s.id = u.series_id"
    " left join cost_daily c on c.day = u.day and c.series_id = u.series_id"
    " and c.context_band = u.context_band and c.booked_month = u.booked_month"
    " and c.origin = u.origin"
    " where u.day >= :from and u.day < :to"
    " and (:any_booked = 1 or u.booked_month = :booked)"
    " and (:any_state = 1"
    " or coalesce(c.state, case when u.origin = 2 then 2 else 1 end) = :state)"
    " and (:any_tenant = 1 or s.tenant = :tenant)"
    " and (:any_api_key = 1 or s.api_key = :api_key)"
    " and (:any_model = 1 or s.model = :model)"
    " and (:any_provider = 1 or s.provider = :provider)";

std::string query_for(unsigned grouping) {
  std::string columns;
  std::string names;
  for (const GroupColumn& column : group_columns) {
    const bool is_day = column.flag == by_day;
    const bool grouped = (grouping & column.flag) != 0;
    columns += std::string(grouped ? column.sql : is_day ? "0" : "''") + ", ";
    if (grouped) names += (names.empty() ? "" : ", ") + std::string(column.sql);
  }
  return "select " + columns + select_sums +
         (names.empty() ? " having count(*) > 0" : " group by " + names + " order by " + names);
}

/// A filter as the values the statement binds; they live as long as it runs.
struct BoundFilter {
  explicit BoundFilter(const CostFilter& filter)
      : from(filter.from ? to_day_number(*filter.from) : day_min),
        to(filter.to ? to_day_number(*filter.to) : day_max),
        any_booked(filter.booked ? 0 : 1),
        booked(filter.booked ? to_month_number(*filter.booked) : 0),
        any_state(filter.state ? 0 : 1),
        state(filter.state ? static_cast<int>(*filter.state) : 0),
        any_tenant(filter.tenant ? 0 : 1),
        tenant(filter.tenant.value_or("")),
        any_api_key(filter.api_key ? 0 : 1),
        api_key(filter.api_key.value_or("")),
        any_model(filter.model ? 0 : 1),
        model(filter.model.value_or("")),
        any_provider(filter.provider ? 0 : 1),
        provider(filter.provider.value_or("")) {}

  static constexpr std::int64_t day_min = -1'000'000'000;
  static constexpr std::int64_t day_max = 1'000'000'000;
  std::int64_t from;
  std::int64_t to;
  int any_booked;
  int booked;
  int any_state;
  int state;
  int any_tenant;
  std::string tenant;
  int any_api_key;
  std::string api_key;
  int any_model;
  std::string model;
  int any_provider;
  std::string provider;
};

struct Halves {
  std::int64_t high = 0;
  std::int64_t low = 0;
  Money money() const { return Money::from_picos((int128{high} << 32) + low); }
};

auto group_key(const CostGroup& group) {
  return std::tie(group.tenant, group.api_key, group.model, group.provider);
}

}  // namespace

std::vector<CostGroup> summarize_costs(Connection& connection, const CostFilter& filter,
                                       unsigned grouping) {
  const BoundFilter bound(filter);
  CostGroup group;
  UsageTotals& usage = group.usage;
  std::int64_t day = 0;
  Halves input;
  Halves output;
  soci::statement statement =
      (connection.sql.prepare << query_for(grouping), soci::into(group.tenant),
       soci::into(group.api_key), soci::into(group.model), soci::into(group.provider),
       soci::into(day), soci::into(usage.requests), soci::into(usage.input_tokens),
       soci::into(usage.output_tokens), soci::into(usage.total_tokens),
       soci::into(usage.cached_input_tokens), soci::into(usage.cache_write_tokens),
       soci::into(usage.reasoning_tokens), soci::into(usage.estimated_requests),
       soci::into(usage.cache_hits), soci::into(usage.unpriced_requests),
       soci::into(usage.out_of_range_requests), soci::into(group.estimated_in_all),
       soci::into(input.high), soci::into(input.low), soci::into(output.high),
       soci::into(output.low), soci::use(bound.from), soci::use(bound.to),
       soci::use(bound.any_booked), soci::use(bound.booked), soci::use(bound.any_state),
       soci::use(bound.state), soci::use(bound.any_tenant), soci::use(bound.tenant),
       soci::use(bound.any_api_key), soci::use(bound.api_key), soci::use(bound.any_model),
       soci::use(bound.model), soci::use(bound.any_provider), soci::use(bound.provider));
  std::vector<CostGroup> groups;
  for_each_row(statement, [&] {
    group.day = from_day_number(static_cast<int>(day));
    group.input_cost = input.money();
    group.output_cost = output.money();
    groups.push_back(group);
  });
  return groups;
}

CostGroup summarize_all_costs(Connection& connection, const CostFilter& filter) {
  auto groups = summarize_costs(connection, filter, by_nothing);
  return groups.empty() ? CostGroup{} : groups.front();
}

std::map<std::string, Day> load_first_usage_days(Connection& connection) {
  std::string tenant;
  std::int64_t day = 0;
  soci::statement statement =
      (connection.sql.prepare << "select s.tenant, min(u.day) from usage_daily u"
                                 " join series s on s.id = u.series_id group by s.tenant",
       soci::into(tenant), soci::into(day));
  std::map<std::string, Day> days;
  for_each_row(statement,
               [&] { days.emplace(tenant, from_day_number(static_cast<int>(day))); });
  return days;
}

std::vector<GroupSeries> load_cost_series(Connection& connection, const CostFilter& filter,
                                          unsigned grouping) {
  std::vector<GroupSeries> all;
  for (CostGroup& row : summarize_costs(connection, filter, grouping | by_day)) {
    if (all.empty() || group_key(all.back().group) != group_key(row)) {
      all.push_back({row, {row.day, {}}});
      all.back().group.usage = {};
      all.back().group.input_cost = all.back().group.output_cost = Money{};
    }
    GroupSeries& series = all.back();
    series.group.usage += row.usage;
    series.group.input_cost += row.input_cost;
    series.group.output_cost += row.output_cost;
    series.costs.amounts.resize(
        static_cast<std::size_t>((row.day - series.costs.first).count()) + 1);
    series.costs.amounts.back() = row.total_cost();
  }
  return all;
}

}  // namespace costd
