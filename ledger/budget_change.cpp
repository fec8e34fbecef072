#include "ledger/budget_change.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/error.hpp"

namespace costd {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::usage, message);
}

/// What somebody wrote, cut and without control characters.
std::string shown(const std::string& text) {
  constexpr std::size_t shown_max = 60;
  std::string safe = text.substr(0, shown_max);
  for (char& c : safe) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text.size() > shown_max ? safe + "..." : safe;
}

void check_text(const char* field, const std::string& text) {
  if (text.size() > budget_name_bytes_max) {
    refuse(fmt::format("{} is {} bytes long; at most {} are possible", field, text.size(),
                       budget_name_bytes_max));
  }
  if (std::ranges::any_of(
          text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    refuse(fmt::format("{} \"{}\" has control characters; leave them out", field, shown(text)));
  }
  if (!text.empty() && (text.front() == ' ' || text.back() == ' ')) {
    refuse(
        fmt::format("{} \"{}\" has a blank at its begin or end; leave it out", field, shown(text)));
  }
}

[[noreturn]] void refuse_too_high(const std::string& text) {
  refuse(
      fmt::format("limitUsd {} is above the highest limit, {} USD; leave the cap out where there "
                  "is no limit",
                  shown(text), format_cents(round_to_cents(budget_limit_max))));
}

/// More digits than any amount has: parse_money does not say that it is for this reason.
bool is_vast(const std::string& text) {
  constexpr std::size_t digits_max = 20;
  return text.size() > digits_max && text.find_first_not_of("0123456789") == std::string::npos;
}

Money limit_of(const std::string& text) {
  if (is_vast(text)) refuse_too_high(text);
  Money limit;
  try {
    limit = parse_money(text);
  } catch (const Error&) {
    refuse(
        fmt::format("limitUsd \"{}\" is no amount; write US dollars with at most 12 decimals, "
                    "such as \"500\" or \"12.50\"",
                    shown(text)));
  }
  if (limit <= Money()) {
    refuse(
        fmt::format("limitUsd {} is not above zero; write the most that may be spent, or "
                    "disable the cap",
                    shown(text)));
  }
  if (limit > budget_limit_max) refuse_too_high(text);
  return limit;
}

int soft_limit_of(std::int64_t percent) {
  if (percent < soft_limit_percent_min || percent > soft_limit_percent_max) {
    refuse(
        fmt::format("softLimitPct {} is outside {} to {}; write the percentage of the limit at "
                    "which to warn, such as 80",
                    percent, soft_limit_percent_min, soft_limit_percent_max));
  }
  return static_cast<int>(percent);
}

void check_scope(const BudgetCap& cap) {
  if (cap.name.empty()) refuse("name is missing; call the cap something people know it by");
  if (cap.limit.is_zero()) refuse("limitUsd is missing; write the most that may be spent in USD");
  if (!cap.api_key.empty() && cap.tenant.empty()) {
    refuse("apiKey stands without tenantId; name the tenant whose key it is");
  }
  if (cap.managed_by == ManagedBy::tenant && cap.tenant.empty()) {
    refuse("managedBy TENANT stands without tenantId; name the tenant, or write PLATFORM");
  }
}

}  // namespace

BudgetCap with_fields(BudgetCap cap, const BudgetFields& fields) {
  if (fields.name) check_text("name", cap.name = *fields.name);
  if (fields.tenant) check_text("tenantId", cap.tenant = *fields.tenant);
  if (fields.api_key) check_text("apiKey", cap.api_key = *fields.api_key);
  if (fields.period) {
    const auto period = parse_budget_period(*fields.period);
    if (!period) {
      refuse(fmt::format("period \"{}\" is none of DAILY, WEEKLY, MONTHLY", shown(*fields.period)));
    }
    cap.period = *period;
  }
  if (fields.limit) cap.limit = limit_of(*fields.limit);
  if (fields.soft_limit_percent) cap.soft_limit_percent = soft_limit_of(*fields.soft_limit_percent);
  if (fields.enabled) cap.enabled = *fields.enabled;
  if (fields.managed_by) {
    const auto managed_by = parse_managed_by(*fields.managed_by);
    if (!managed_by) {
      refuse(
          fmt::format("managedBy \"{}\" is none of PLATFORM, TENANT", shown(*fields.managed_by)));
    }
    cap.managed_by = *managed_by;
  }
  check_scope(cap);
  return cap;
}

std::string describe_changes(const BudgetCap& before, const BudgetCap& after) {
  std::string changes;
  const auto compare = [&](const char* field, const std::string& old_text,
                           const std::string& new_text) {
    if (old_text == new_text) return;
    changes +=
        fmt::format("{}{} {} -> {}", changes.empty() ? "" : ", ", field,
                    old_text.empty() ? "\"\"" : old_text, new_text.empty() ? "\"\"" : new_text);
  };
  const auto yes_or_no = [](bool value) { return value ? "true" : "false"; };
  compare("name", before.name, after.name);
  compare("tenantId", before.tenant, after.tenant);
  compare("apiKey", before.api_key, after.api_key);
  compare("period", name_of(before.period), name_of(after.period));
  compare("limitUsd", format_exact(before.limit), format_exact(after.limit));
  compare("softLimitPct", std::to_string(before.soft_limit_percent),
          std::to_string(after.soft_limit_percent));
  compare("enabled", yes_or_no(before.enabled), yes_or_no(after.enabled));
  compare("managedBy", name_of(before.managed_by), name_of(after.managed_by));
  return changes;
}

void check_version(const BudgetCap& current, std::int64_t given,
                   const std::optional<BudgetCap>& known) {
  if (given == current.version) return;
  std::string since = "version " + std::to_string(given) + " is not on record";
  if (known) {
    const std::string changes = describe_changes(*known, current);
    since = fmt::format("since version {}: {}", given, changes.empty() ? "nothing" : changes);
  }
  throw Error(ErrorCode::conflict,
              fmt::format("version {} of budget {} is not the current one, which is {} ({}); look "
                          "at it again and repeat the change with version {}",
                          given, current.id, current.version, since, current.version));
}

void check_editable(const BudgetCap& cap) {
  if (cap.origin != BudgetOrigin::config) return;
  throw Error(ErrorCode::refused,
              fmt::format("budget \"{}\" ({}) is written in the configuration; change it there "
                          "under budgets: and restart costd",
                          cap.name, cap.id));
}

}  // namespace costd
