#include "ledger/time/zone.hpp"

#include <date/tz.h>

#include <algorithm>
#include <fstream>

#include "ledger/error.hpp"

namespace costd {
namespace {

date::sys_time<std::chrono::microseconds> to_date(Instant instant) {
  return date::sys_time<std::chrono::microseconds>(instant.time_since_epoch());
}

/// tzdata also installs files that are no zones, and the library takes some names that are offsets.
bool is_iana_name(std::string_view name) {
  if (name == "UTC") return true;
  return name.find('/') != std::string_view::npos && name.find("..") == std::string_view::npos &&
         !name.starts_with("posix/") && !name.starts_with("right/");
}

const date::time_zone* find_zone(std::string_view name) {
  if (is_iana_name(name)) {
    try {
      return date::locate_zone(std::string(name));
    } catch (const std::exception&) {
      // Falls through to the refusal below, which says what to write instead.
    }
  }
  throw Error(ErrorCode::config, "time zone \"" + std::string(name) +
                                     "\" is not an IANA name of this machine; write one like "
                                     "Europe/Zurich or UTC");
}

}  // namespace

Zone::Zone(std::string_view name) : name_(name), zone_(find_zone(name)) {}

Zone Zone::utc() {
  return Zone("UTC");
}

LocalTime Zone::local(Instant instant) const {
  return LocalTime(instant.time_since_epoch() + offset_at(instant).seconds);
}

Day Zone::day_of(Instant instant) const {
  return std::chrono::floor<std::chrono::days>(local(instant));
}

Instant Zone::start_of(Day day) const {
  const Instants found = instants_of(LocalTime(day));
  if (!found.first) return found.gap_end;
  return *found.first;  // a repeated midnight begins the date at its first occurrence
}

Zone::Instants Zone::instants_of(LocalTime local) const {
  const auto info =
      zone_->get_info(date::local_time<std::chrono::microseconds>(local.time_since_epoch()));
  const auto at = [&](std::chrono::seconds offset) {
    return Instant(local.time_since_epoch() - offset);
  };
  Instants instants;
  if (info.result == date::local_info::nonexistent) {
    instants.gap_end = Instant(info.first.end.time_since_epoch());
    return instants;
  }
  instants.first = at(info.first.offset);
  if (info.result == date::local_info::ambiguous) instants.second = at(info.second.offset);
  return instants;
}

Zone::Offset Zone::offset_at(Instant instant) const {
  const auto info = zone_->get_info(to_date(instant));
  // The library's first and last pieces reach beyond what microseconds can hold.
  const auto clamp = [](date::sys_seconds edge) {
    const auto micros_max = std::chrono::floor<std::chrono::seconds>(Instant::max());
    const auto micros_min = std::chrono::ceil<std::chrono::seconds>(Instant::min());
    const auto seconds = std::chrono::sys_seconds(edge.time_since_epoch());
    return Instant(std::clamp(seconds, micros_min, micros_max));
  };
  return {clamp(info.begin), clamp(info.end), info.offset};
}

InstantRange instants_of(const DayRange& range, const Zone& zone) {
  return {zone.start_of(range.from), zone.start_of(range.to)};
}

std::string format_local_minute(LocalTime local) {
  return format_instant(Instant(local.time_since_epoch())).substr(0, 16);
}

std::string installed_time_zone_version() {
  std::ifstream rules("/usr/share/zoneinfo/tzdata.zi");
  std::string word;
  if (rules >> word >> word && word == "version" && rules >> word) return word;
  return "unknown";
}

std::string time_zone_version() {
  static const std::string at_first = installed_time_zone_version();
  return at_first;
}

}  // namespace costd
