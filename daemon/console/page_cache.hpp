#pragma once
// Pages that are finished, kept until what they show has changed.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace costd {

/// A piece of a page; a named one is exchanged by itself when the page is refreshed.
struct PagePart {
  std::string name;  ///< "" = what stands between the named ones
  std::string html;
  std::string hash;  ///< of the html; "" without a name
};
struct BuiltPage {
  std::vector<PagePart> parts;
  std::chrono::microseconds took{};  ///< how long it was made
};

/// While data changes all the time, a page that is dear to make is served so many times as long as
/// it took to make, at most so long: all pages together leave the machine to the ledger.
inline constexpr int served_times_made = 50;
inline constexpr std::chrono::seconds served_at_most{12};

/// Between `<!--part NAME-->` and `<!--/part-->` is the part NAME; those marks are taken out.
BuiltPage split_into_parts(const std::string& html);

/// Thread-safe. One page is made by one thread at a time; the others get the one before it.
class PageCache {
 public:
  struct Freshness {
    std::string version;  ///< of the data
    std::chrono::microseconds now{};
    std::chrono::milliseconds always_for{};   ///< served as it is, whatever has changed
    std::chrono::milliseconds at_most_for{};  ///< made anew then, though nothing has changed
  };
  using Build = std::function<BuiltPage()>;

  /// The kept page or a new one. What `build` throws is thrown, and the page before it stays.
  std::shared_ptr<const BuiltPage> get(const std::string& key, const Freshness& wanted,
                                       const Build& build);
  /// Something was changed from the console: all pages are made anew.
  void forget();

 private:
  struct Entry {
    std::mutex building;
    std::mutex reading;
    std::shared_ptr<const BuiltPage> page;
    std::string version;
    std::chrono::microseconds built_at{};
    std::chrono::microseconds used_at{};  ///< guarded by the cache's mutex
  };
  std::shared_ptr<Entry> entry_of(const std::string& key, std::chrono::microseconds now);

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
};

}  // namespace costd
