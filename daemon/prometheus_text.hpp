#pragma once
// Figures in the text format of Prometheus, version 0.0.4.

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace costd {

inline constexpr const char* prometheus_content_type = "text/plain; version=0.0.4; charset=utf-8";

class PrometheusText {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;
  enum class Type { counter, gauge, histogram };

  /// Begins a family; its samples follow.
  void begin(const std::string& name, Type type, const std::string& help);
  /// `suffix` is "" but for the parts of a histogram.
  void add(const Labels& labels, std::int64_t value, const std::string& suffix = "");
  void add_seconds(const Labels& labels, std::chrono::microseconds value,
                   const std::string& suffix = "");

  const std::string& text() const { return text_; }

 private:
  void add_text(const Labels& labels, const std::string& value, const std::string& suffix);

  std::string name_;
  std::string text_;
};

/// "0.25", "10": without zeros at the end.
std::string seconds_text(std::chrono::microseconds time);

}  // namespace costd
