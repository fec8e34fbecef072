// Token usage: the records themselves, newest first, and their sums.

#include <fmt/format.h>

#include <cmath>

#include "daemon/console/filter.hpp"
#include "daemon/console/record_views.hpp"
#include "daemon/console/words.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

std::string average_of(const OrderedJson& sums) {
  const auto tenths = std::llround(sums.at("averageTokensPerRequest").get<double>() * 10);
  return fmt::format("{}.{}", format_count(tenths / 10), tenths % 10);
}

OrderedJson kpi_of(const OrderedJson& sums) {
  OrderedJson kpi = OrderedJson::array();
  for (const auto& [label, member] :
       {std::pair{"Input tokens", "inputTokens"}, std::pair{"Output tokens", "outputTokens"},
        std::pair{"Total tokens", "totalTokens"}, std::pair{"Requests", "requests"}}) {
    kpi.push_back({{"label", label}, {"value", count(sums.at(member))}});
  }
  kpi.push_back({{"label", "Tokens per request"}, {"value", average_of(sums)}});
  return kpi;
}

/// 50 and what else can be chosen; the API refuses what is beyond 1000.
OrderedJson sizes_of(const PageContext& context, std::int64_t limit) {
  OrderedJson sizes = OrderedJson::array();
  for (const std::int64_t size : {50, 100, 250, 1000}) {
    sizes.push_back(
        {{"size", size},
         {"href", address("/console/usage",
                          with(context.query, {{"limit", std::to_string(size)}, {"offset", ""}}))},
         {"current", size == limit}});
  }
  return sizes;
}

OrderedJson pager_of(const PageContext& context, std::int64_t offset, std::int64_t limit,
                     std::int64_t shown, std::int64_t total) {
  const auto page_at = [&](std::int64_t at) {
    return address("/console/usage",
                   with(context.query, {{"offset", at > 0 ? std::to_string(at) : ""}}));
  };
  return {{"first", count(shown == 0 ? 0 : offset + 1)},
          {"last", count(offset + shown)},
          {"total", count(total)},
          {"newer", offset > 0 ? page_at(std::max<std::int64_t>(0, offset - limit)) : ""},
          {"older", offset + shown < total ? page_at(offset + limit) : ""},
          {"sizes", sizes_of(context, limit)}};
}

OrderedJson usage_values(PageContext& context) {
  PageFilter filter = read_filter(context, DefaultDays::none);
  filter.values["with_key"] = true;
  const OrderedJson& tenants = filter.values.at("tenants");
  const std::int64_t limit = number_query(context.call, "limit", page_default, page_max);
  const std::int64_t offset = number_query(context.call, "offset", 0, 1'000'000);
  Query query = filter.api;
  query["limit"] = std::to_string(limit);
  query["offset"] = std::to_string(offset);
  const OrderedJson page = context.api.get("/costs", query);
  OrderedJson rows = record_rows(page.at("records"), tenants, context.zone());
  const auto shown = static_cast<std::int64_t>(rows.size());
  const Fields csv = with(context.query, {{"limit", ""}, {"offset", ""}});
  return {{"filter", filter.values},
          {"kpi", kpi_of(context.api.get("/token-usage/summary", filter.api))},
          {"window", filter.values["window"]},
          {"any", shown > 0},
          {"records", std::move(rows)},
          {"pager", pager_of(context, offset, limit, shown, page.at("total").get<std::int64_t>())},
          {"csv", address("/console/usage.csv", csv)},
          {"everything", "/console/usage"}};
}

}  // namespace

ConsolePage usage_page() {
  return {
      "usage",      "/console/usage", "Token usage", "Usage", 10, std::chrono::milliseconds(2000),
      usage_values, nullptr};
}

}  // namespace costd
