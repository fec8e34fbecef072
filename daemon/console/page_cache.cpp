#include "daemon/console/page_cache.hpp"

#include <algorithm>

#include "ledger/audit_event.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

constexpr std::size_t pages_max = 200;
constexpr std::size_t hash_letters = 16;
constexpr std::string_view part_begin = "<!--part ";
constexpr std::string_view part_end = "<!--/part-->";

}  // namespace

BuiltPage split_into_parts(const std::string& html) {
  BuiltPage page;
  std::size_t at = 0;
  while (at < html.size()) {
    const std::size_t begin = html.find(part_begin, at);
    const std::size_t name_end = begin == std::string::npos ? begin : html.find("-->", begin);
    const std::size_t end =
        name_end == std::string::npos ? name_end : html.find(part_end, name_end);
    if (end == std::string::npos) break;
    page.parts.push_back({"", html.substr(at, begin - at), ""});
    PagePart part;
    part.name = html.substr(begin + part_begin.size(), name_end - begin - part_begin.size());
    part.html = html.substr(name_end + 3, end - name_end - 3);
    part.hash = sha256_hex(part.html).substr(0, hash_letters);
    page.parts.push_back(std::move(part));
    at = end + part_end.size();
  }
  page.parts.push_back({"", html.substr(at), ""});
  return page;
}

std::shared_ptr<PageCache::Entry> PageCache::entry_of(const std::string& key,
                                                      std::chrono::microseconds now) {
  const std::lock_guard lock(mutex_);
  auto& entry = entries_[key];
  if (!entry) entry = std::make_shared<Entry>();
  entry->used_at = now;
  const auto kept = entry;
  if (entries_.size() > pages_max) {
    entries_.erase(std::ranges::min_element(entries_, {},
                                            [](const auto& one) { return one.second->used_at; }));
  }
  return kept;
}

std::shared_ptr<const BuiltPage> PageCache::get(const std::string& key, const Freshness& wanted,
                                                const Build& build) {
  const auto entry = entry_of(key, wanted.now);
  std::shared_ptr<const BuiltPage> last;
  const auto find_fresh = [&] {
    const std::lock_guard lock(entry->reading);
    last = entry->page;
    const auto age = wanted.now - entry->built_at;
    if (!last) return false;
    if (entry->version == wanted.version) return age < wanted.at_most_for;
    const std::chrono::microseconds by_cost =
        std::min<std::chrono::microseconds>(last->took * served_times_made, served_at_most);
    return age < std::max<std::chrono::microseconds>(wanted.always_for, by_cost);
  };
  if (find_fresh()) return last;
  std::unique_lock building(entry->building, std::try_to_lock);
  if (!building) {
    if (last) return last;
    building.lock();
    if (find_fresh()) return last;
  }
  auto page = std::make_shared<const BuiltPage>(build());
  const std::lock_guard lock(entry->reading);
  entry->page = page;
  entry->version = wanted.version;
  entry->built_at = wanted.now;
  return page;
}

void PageCache::forget() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

}  // namespace costd
