#include "daemon/prometheus_text.hpp"

#include <fmt/format.h>

namespace costd {
namespace {

const char* name_of(PrometheusText::Type type) {
  switch (type) {
    case PrometheusText::Type::counter:
      return "counter";
    case PrometheusText::Type::gauge:
      return "gauge";
    case PrometheusText::Type::histogram:
      return "histogram";
  }
  return "untyped";
}

std::string escaped(const std::string& value) {
  std::string text;
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
    } else {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text;
}

}  // namespace

std::string seconds_text(std::chrono::microseconds time) {
  constexpr std::int64_t micros_per_second = 1'000'000;
  std::string text =
      fmt::format("{}.{:06}", time.count() / micros_per_second, time.count() % micros_per_second);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

void PrometheusText::begin(const std::string& name, Type type, const std::string& help) {
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, name_of(type));
}

void PrometheusText::add(const Labels& labels, std::int64_t value, const std::string& suffix) {
  add_text(labels, std::to_string(value), suffix);
}

void PrometheusText::add_seconds(const Labels& labels, std::chrono::microseconds value,
                                 const std::string& suffix) {
  add_text(labels, seconds_text(value), suffix);
}

void PrometheusText::add_text(const Labels& labels, const std::string& value,
                              const std::string& suffix) {
  std::string list;
  for (const auto& [label, text] : labels) {
    list += fmt::format("{}{}=\"{}\"", list.empty() ? "" : ",", label, escaped(text));
  }
  text_ += name_ + suffix + (list.empty() ? "" : "{" + list + "}") + " " + value + "\n";
}

}  // namespace costd
