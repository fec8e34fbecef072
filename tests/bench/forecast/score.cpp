#include "tests/bench/forecast/score.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

namespace costd::bench {
namespace {

using std::chrono::days;

double usd(Money amount) {
  return static_cast<double>(amount.picos()) * 1e-12;
}

/// What became of one series' month.
struct Truth {
  const BenchSeries* series;
  double total;
  std::map<int, double> remaining;    ///< by as-of day
  std::map<int, double> naive_error;  ///< mean |day - the day a week before| until then
};

Truth truth_of(const BenchSeries& series) {
  const DayRange month = days_of(series.month);
  Truth truth{&series, usd(series.costs.sum(month)), {}, {}};
  for (const int day : as_of_days) {
    const Day end = month.from + days(day);
    truth.remaining[day] = usd(series.costs.sum({end, month.to}));
    double error = 0;
    for (Day at = series.costs.first + days(7); at < end; at += days(1)) {
      error += std::fabs(usd(series.costs.on(at) - series.costs.on(at - days(7))));
    }
    truth.naive_error[day] = error / static_cast<double>((end - series.costs.first).count() - 7);
  }
  return truth;
}

double median(std::vector<double> values) {
  if (values.empty()) return std::nan("");
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// The errors of one method over some series, all in percent of the month's total but MASE.
struct Errors {
  std::vector<double> ape, mase, in80, in95, score80;

  void add(const Projection& projection, const Truth& truth) {
    // A month without any cost has no percentage error.
    if (truth.total <= 0) return;
    const double actual = truth.remaining.at(projection.as_of_day);
    ape.push_back(100 * std::fabs(projection.remaining - actual) / truth.total);
    const double scale = truth.naive_error.at(projection.as_of_day);
    if (scale > 0) mase.push_back(projection.path_mae / scale);
    if (std::isnan(projection.low80)) return;
    const auto covers = [&](double low, double high) {
      return low <= actual && actual <= high ? 100.0 : 0.0;
    };
    in80.push_back(covers(projection.low80, projection.high80));
    in95.push_back(covers(projection.low95, projection.high95));
    // Gneiting and Raftery 2007: the width, and 2 / 0.2 times what lies outside.
    const double outside = std::max({0.0, projection.low80 - actual, actual - projection.high80});
    score80.push_back(100 * (projection.high80 - projection.low80 + 10 * outside) / truth.total);
  }

  std::string line() const {
    std::string text = fmt::format("{:6.2f} {:7.1f} {:6.2f}", median(ape), mean(ape), mean(mase));
    if (in80.empty()) return text + "     –     –      –      –";
    return text + fmt::format(" {:5.1f} {:5.1f} {:6.2f} {:6.1f}", mean(in80), mean(in95),
                              median(score80), mean(score80));
  }
};

using Key = std::pair<std::string, int>;

class Scores {
 public:
  Scores(const std::vector<BenchSeries>& series, const std::vector<Projection>& all) {
    for (const BenchSeries& one : series) truths_.emplace(one.id, truth_of(one));
    for (const Projection& projection : all) {
      const auto truth = truths_.find(projection.id);
      if (truth == truths_.end()) {
        throw std::runtime_error("no series " + projection.id + "; is this another set's field?");
      }
      if (!by_method_.contains(projection.method)) methods_.push_back(projection.method);
      by_method_[projection.method][{projection.id, projection.as_of_day}] = projection;
    }
  }

  const std::vector<std::string>& methods() const { return methods_; }
  std::set<Key> keys_of(const std::string& method) const {
    std::set<Key> keys;
    for (const auto& [key, projection] : by_method_.at(method)) keys.insert(key);
    return keys;
  }

  template <class Wanted>
  Errors errors(const std::string& method, Wanted wanted) const {
    Errors errors;
    for (const auto& [key, projection] : by_method_.at(method)) {
      const Truth& truth = truths_.at(key.first);
      if (wanted(key, *truth.series)) errors.add(projection, truth);
    }
    return errors;
  }

  template <class Wanted>
  void table(const std::string& title, Wanted wanted) const {
    fmt::print("\n{}\n{:<12}    n  medAPE meanAPE   MASE cov80 cov95   IS80 meanIS\n", title,
               "method");
    for (const std::string& method : methods_) {
      const Errors found = errors(method, wanted);
      if (!found.ape.empty()) {
        fmt::print("{:<12} {:4} {}\n", method, found.ape.size(), found.line());
      }
    }
  }

 private:
  std::map<std::string, Truth> truths_;
  std::vector<std::string> methods_;
  std::map<std::string, std::map<Key, Projection>> by_method_;
};

bool is_common(const std::string& kind) {
  return std::ranges::find(common_kinds, kind) != common_kinds.end();
}

void print_by_kind(const Scores& scores, const std::vector<BenchSeries>& series) {
  std::vector<std::string> kinds;
  for (const BenchSeries& one : series) {
    if (kinds.empty() || kinds.back() != one.kind) kinds.push_back(one.kind);
  }
  fmt::print("\nmedian APE by kind\n{:<16}", "");
  for (const std::string& method : scores.methods()) fmt::print(" {:>10}", method);
  fmt::print("\n");
  for (const std::string& kind : kinds) {
    fmt::print("{:<16}", kind);
    for (const std::string& method : scores.methods()) {
      const Errors found = scores.errors(
          method, [&](const Key&, const BenchSeries& one) { return one.kind == kind; });
      fmt::print(" {:10.2f}", median(found.ape));
    }
    fmt::print("\n");
  }
}

}  // namespace

std::vector<Projection> read_field(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error(path + ": cannot be read, or is empty");
  std::vector<Projection> projections;
  while (std::getline(file, line)) {
    std::vector<std::string> fields;
    std::istringstream text(line);
    for (std::string field; std::getline(text, field, ',');) fields.push_back(field);
    if (fields.size() != 9) throw std::runtime_error(path + ": not nine fields: " + line);
    const auto number = [&](std::size_t n) {
      return fields[n] == "NA" ? std::nan("") : std::stod(fields[n]);
    };
    projections.push_back({fields[0], std::stoi(fields[1]), fields[2], number(3), number(4),
                           number(5), number(6), number(7), number(8)});
  }
  return projections;
}

void print_scores(const std::vector<BenchSeries>& series, const std::vector<Projection>& all) {
  const Scores scores(series, all);
  scores.table("all series", [](const Key&, const BenchSeries&) { return true; });
  scores.table("the kinds of both sets",
               [](const Key&, const BenchSeries& one) { return is_common(one.kind); });
  scores.table("the kinds held out",
               [](const Key&, const BenchSeries& one) { return !is_common(one.kind); });
  for (const std::string& method : scores.methods()) {
    if (method != "auto.arima") continue;
    const std::set<Key> sample = scores.keys_of(method);
    scores.table("the sample of auto.arima",
                 [&](const Key& key, const BenchSeries&) { return sample.contains(key); });
  }
  for (const int day : as_of_days) {
    scores.table(fmt::format("as of day {}", day),
                 [&](const Key& key, const BenchSeries&) { return key.second == day; });
  }
  print_by_kind(scores, series);
}

}  // namespace costd::bench
