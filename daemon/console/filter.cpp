#include "daemon/console/filter.hpp"

#include "daemon/console/words.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

std::optional<Day> day_of(const PageContext& context, const char* name) {
  const std::string given = context.word(name);
  if (given.empty()) return std::nullopt;
  const auto day = parse_day(given);
  if (!day) {
    throw Error(ErrorCode::usage,
                std::string(name) + " \"" + given + "\" is no date; write it like 2026-10-01");
  }
  return day;
}

/// The months before today's and its own, as links that keep the rest of the filter.
OrderedJson quick_choices(const PageContext& context, const std::string& path, Day today,
                          const PageFilter& filter) {
  const Month month = month_of(today);
  const auto last_week = DayRange{today - std::chrono::days(6), today + std::chrono::days(1)};
  OrderedJson choices = OrderedJson::array();
  for (const auto& [label, range] :
       {std::pair{std::string("Last 7 days"), last_week},
        std::pair{name_of(previous_month(month)), days_of(previous_month(month))},
        std::pair{name_of(month), days_of(month)}}) {
    const Fields query =
        with(context.query, {{"from", format_day(range.from)},
                             {"through", format_day(range.to - std::chrono::days(1))},
                             {"cursor", ""}});
    choices.push_back({{"label", label},
                       {"href", address(path, query)},
                       {"current", filter.has_days && range == filter.days}});
  }
  return choices;
}

}  // namespace

OrderedJson tenant_choices(const PageContext& context) {
  OrderedJson choices = OrderedJson::array();
  for (const auto& tenant : context.api.get("/tenants")) {
    const std::string id = text(tenant, "id");
    const std::string name = text(tenant, "name");
    choices.push_back({{"id", id}, {"name", name.empty() ? id : name}});
  }
  return choices;
}

std::string tenant_name(const OrderedJson& choices, const std::string& id) {
  for (const auto& choice : choices) {
    if (choice.at("id") == id) return text(choice, "name");
  }
  return id;
}

PageFilter read_filter(const PageContext& context, DefaultDays missing) {
  PageFilter filter;
  const Day today = context.zone().day_of(context.service.clock.now());
  const auto from = day_of(context, "from");
  const auto through = day_of(context, "through");
  filter.days = {from.value_or(from_day_number(0)), today + std::chrono::days(1)};
  if (through) filter.days.to = *through + std::chrono::days(1);
  filter.has_days = from || through || missing == DefaultDays::this_month;
  if (!from && !through && missing == DefaultDays::this_month) {
    filter.days = days_of(month_of(today));
  }
  if (filter.days.from >= filter.days.to) {
    throw Error(ErrorCode::usage, "the first day is after the last one; exchange them");
  }
  for (const char* name : {"tenantId", "apiKey", "model", "provider"}) {
    const std::string given = context.word(name);
    if (!given.empty()) filter.api[name] = given;
    filter.values[name] = given;
  }
  if (from || filter.has_days) filter.api["from"] = format_day(filter.days.from);
  if (through || filter.has_days) filter.api["to"] = format_day(filter.days.to);
  const bool shows_dates = from || through || missing == DefaultDays::this_month;
  filter.values["from"] = shows_dates && filter.api.contains("from") ? filter.api["from"] : "";
  filter.values["through"] =
      shows_dates ? format_day(filter.days.to - std::chrono::days(1)) : std::string();
  filter.values["window"] = filter.has_days ? describe(filter.days) : "all days";
  filter.values["tenants"] = tenant_choices(context);
  const OrderedJson dimensions = context.api.get("/costs/dimensions");
  filter.values["models"] = dimensions.at("models");
  filter.values["providers"] = dimensions.at("providers");
  filter.values["quick"] = quick_choices(context, context.call.request.path, today, filter);
  return filter;
}

}  // namespace costd
