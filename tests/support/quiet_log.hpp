#pragma once
// Keeps the log of what is under test out of the test's output.

#include <spdlog/spdlog.h>

namespace costd::test {

class QuietLog {
 public:
  QuietLog() { spdlog::set_level(spdlog::level::off); }
  ~QuietLog() { spdlog::set_level(before_); }
  QuietLog(const QuietLog&) = delete;
  QuietLog& operator=(const QuietLog&) = delete;

 private:
  spdlog::level::level_enum before_ = spdlog::get_level();
};

}  // namespace costd::test
