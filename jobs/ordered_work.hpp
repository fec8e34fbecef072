#pragma once
// Work on numbered things by several threads, whose results are taken one by one and in order.

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace costd {

/// Where the threads of work_in_order meet.
template <typename Result>
class OrderedResults {
 public:
  OrderedResults(std::size_t count, std::size_t ahead_max) : count_(count), ahead_max_(ahead_max) {}

  /// What to work on next; waits while too many results have not been taken. Nothing at the end.
  std::optional<std::size_t> begin_next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_over() || begun_ - taken_ < ahead_max_; });
    return is_over() ? std::nullopt : std::optional(begun_++);
  }
  void put(std::size_t number, Result result) {
    const std::lock_guard lock(mutex_);
    results_.emplace(number, std::move(result));
    changed_.notify_all();
  }
  void fail(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    changed_.notify_all();
  }
  /// Throws what a worker has thrown.
  Result take(std::size_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return error_ || results_.contains(number); });
    if (error_) std::rethrow_exception(error_);
    ++taken_;
    changed_.notify_all();
    return std::move(results_.extract(number).mapped());
  }
  /// Nothing more is begun.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  bool is_over() const { return closed_ || error_ || begun_ == count_; }

  const std::size_t count_;
  const std::size_t ahead_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t begun_ = 0;
  std::size_t taken_ = 0;
  std::map<std::size_t, Result> results_;
  std::exception_ptr error_;
  bool closed_ = false;
};

/// Calls `work(n)` for each n below `count`, on `threads` threads, and `take(result)` for each on
/// the calling one, in the order of n. What either throws ends the work and is thrown here.
template <typename Work, typename Take>
void work_in_order(std::size_t count, std::size_t threads, const Work& work, const Take& take) {
  constexpr std::size_t results_ahead = 4;  // for each thread
  OrderedResults<std::invoke_result_t<Work, std::size_t>> results(count, threads * results_ahead);
  const auto run = [&] {
    try {
      while (const auto number = results.begin_next()) results.put(*number, work(*number));
    } catch (...) {
      results.fail(std::current_exception());
    }
  };
  std::vector<std::jthread> workers;
  struct Close {
    decltype(results)& to_close;
    ~Close() { to_close.close(); }
  };
  const Close close_before_the_workers_are_joined{results};
  for (std::size_t n = 0; n < threads; ++n) workers.emplace_back(run);
  for (std::size_t number = 0; number < count; ++number) take(results.take(number));
}

}  // namespace costd
