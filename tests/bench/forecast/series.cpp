#include "tests/bench/forecast/series.hpp"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <map>
#include <stdexcept>

#include "tests/bench/draw.hpp"

namespace costd::bench {
namespace {

using std::chrono::days;

/// A series while it grows: expected values first, then each effect multiplies or adds.
class Maker {
 public:
  Maker(const Grid& grid, std::uint64_t seed) : grid_(grid), draw_(seed) {
    month_ = Month(std::chrono::year(2024), std::chrono::January);
    for (int n = draw_.whole(0, 35); n > 0; --n) month_ = next_month(month_);
    const DayRange last = days_of(month_);
    first_ = last.from - days(draw_.of(grid.history_days));
    month_at_ = static_cast<int>((last.from - first_).count());
    const int count = static_cast<int>((last.to - first_).count());
    level_ = std::exp(draw_.uniform(std::log(2.0), std::log(3000.0)));
    values_.assign(static_cast<std::size_t>(count), level_);
  }

  Draw& draw() { return draw_; }
  const Grid& grid() const { return grid_; }

  void noise() {
    const double deviation = draw_.of(grid_.noise);
    const double kept = draw_.of(grid_.persistence);
    double state = 0;
    for (double& value : values_) {
      state = kept * state + std::sqrt(1 - kept * kept) * draw_.normal();
      value *= std::exp(deviation * state - deviation * deviation / 2);
    }
  }

  /// Saturday and Sunday at a share of the working days, which differ a little themselves.
  void week(double weekend) {
    double shape[7];
    for (double& factor : shape) factor = draw_.uniform(0.92, 1.08);
    shape[0] *= weekend * draw_.uniform(0.85, 1.15);
    shape[6] *= weekend;
    each([&](int, Day day) { return shape[std::chrono::weekday(day).c_encoding()]; });
  }
  void quiet_weekends() { week(draw_.of(grid_.weekend)); }
  void maybe_week() {
    if (draw_.happens(0.6)) quiet_weekends();
  }

  void growth() {
    const double factor = draw_.of(grid_.growth);
    each([&](int n, Day) { return std::pow(factor, n / 30.0); });
  }

  /// Between 60 days before the month and its tenth day, or the first fifth of a short history.
  void level_change(double factor) {
    const int earliest = std::max(month_at_ - 60, month_at_ / 5);
    const int at = draw_.whole(earliest, month_at_ + 10);
    each([&](int n, Day) { return n >= at ? factor : 1.0; });
  }

  void spikes() {
    const double factor = draw_.of(grid_.spike);
    const double chance = 1.0 / draw_.of(grid_.spike_every_days);
    each([&](int, Day) { return draw_.happens(chance) ? factor * draw_.uniform(0.7, 1.3) : 1.0; });
  }

  /// A batch on the last or the first day of the month, and on the 15th if asked for.
  void batch(std::initializer_list<unsigned> month_days) {
    const double extra = draw_.of(grid_.batch) * level_;
    for (std::size_t n = 0; n < values_.size(); ++n) {
      const std::chrono::year_month_day date(at(static_cast<int>(n)));
      const bool is_last = days_of(month_of(at(static_cast<int>(n)))).to == at(n + 1);
      for (const unsigned wanted : month_days) {
        if (wanted == 31 ? is_last : unsigned(date.day()) == wanted) {
          values_[n] += extra * draw_.uniform(0.85, 1.15);
        }
      }
    }
  }

  void gaps() {
    const double share = draw_.of(grid_.active);
    each([&](int, Day) { return draw_.happens(share) ? draw_.uniform(0.4, 1.6) : 0.0; });
  }

  /// One or two weeks that begin in the 90 days before the month's 15th day.
  void holidays() {
    const double factor = draw_.of(grid_.dip);
    const int from = draw_.whole(std::max(7, month_at_ - 75), month_at_ + 15);
    const int until = from + draw_.whole(6, 14);
    each([&](int n, Day) { return from <= n && n < until ? factor : 1.0; });
  }

  void walk() {
    const double deviation = draw_.of(grid_.walk);
    double state = 0;
    each([&](int, Day) {
      state += deviation * draw_.normal();
      return std::exp(state);
    });
  }

  /// Adoption along an S: an eighth of the final level at first, its middle around the month.
  void saturation() {
    const double middle = month_at_ - draw_.uniform(0, 50);
    const double width = draw_.uniform(8, 25);
    each([&](int n, Day) { return 0.125 + 0.875 / (1 + std::exp((middle - n) / width)); });
  }

  BenchSeries finish(const std::string& kind, int number) const {
    BenchSeries series{.id = fmt::format("{}-{:02}", kind, number),
                       .kind = kind,
                       .month = month_,
                       .costs = {.first = first_, .amounts = {}}};
    for (const double value : values_) {
      series.costs.amounts.push_back(
          Money::from_picos(int128{std::llround(value * 1e6)} * 1'000'000));
    }
    return series;
  }

 private:
  Day at(std::size_t n) const { return first_ + days(static_cast<int>(n)); }
  Day at(int n) const { return first_ + days(n); }
  void each(const std::function<double(int, Day)>& factor) {
    for (int n = 0; n < static_cast<int>(values_.size()); ++n) {
      values_[static_cast<std::size_t>(n)] *= factor(n, at(n));
    }
  }

  const Grid& grid_;
  Draw draw_;
  Month month_{};
  Day first_{};
  int month_at_ = 0;
  double level_ = 0;
  std::vector<double> values_;
};

/// Two to four effects at once, as a busy tenant shows them.
void mix(Maker& maker) {
  maker.maybe_week();
  if (maker.draw().happens(0.5)) maker.growth();
  if (maker.draw().happens(0.3)) maker.level_change(maker.draw().of(maker.grid().step));
  if (maker.draw().happens(0.4)) maker.batch({31});
  if (maker.draw().happens(0.4)) maker.spikes();
}

using Effect = void (*)(Maker&);
const std::map<std::string, Effect>& effects() {
  static const std::map<std::string, Effect> all{
      {"steady", [](Maker&) {}},
      {"growing", [](Maker& m) { m.maybe_week(), m.growth(); }},
      {"weekly", [](Maker& m) { m.quiet_weekends(); }},
      {"launch-step", [](Maker& m) { m.maybe_week(), m.level_change(m.draw().of(m.grid().step)); }},
      {"spikes", [](Maker& m) { m.maybe_week(), m.spikes(); }},
      {"month-end-batch",
       [](Maker& m) { m.maybe_week(), m.batch({m.draw().happens(0.7) ? 31U : 1U}); }},
      {"intermittent", [](Maker& m) { m.gaps(); }},
      {"holiday-dip", [](Maker& m) { m.maybe_week(), m.holidays(); }},
      {"level-drop", [](Maker& m) { m.maybe_week(), m.level_change(m.draw().of(m.grid().drop)); }},
      {"random-walk", [](Maker& m) { m.maybe_week(), m.walk(); }},
      {"mixed", mix},
      {"saturating", [](Maker& m) { m.maybe_week(), m.saturation(); }},
      {"weekend-heavy", [](Maker& m) { m.week(m.draw().uniform(1.3, 2.2)); }},
      {"mid-month", [](Maker& m) { m.maybe_week(), m.batch({15}); }},
  };
  return all;
}

}  // namespace

BenchSeries make_one(const Grid& grid, const std::string& kind, int number) {
  const auto effect = effects().find(kind);
  if (effect == effects().end()) throw std::runtime_error("no kind of series \"" + kind + "\"");
  // Neighbouring seeds give unrelated series: SplitMix64 mixes each of them.
  std::uint64_t seed = grid.first_seed + static_cast<std::uint64_t>(number);
  for (const char c : kind) seed = seed * 131 + static_cast<unsigned char>(c);
  Maker maker(grid, seed);
  effect->second(maker);
  maker.noise();
  return maker.finish(kind, number);
}

std::vector<BenchSeries> make_series(const Grid& grid) {
  std::vector<BenchSeries> all;
  for (const std::string& kind : grid.kinds) {
    for (int n = 0; n < grid.series_of_a_kind; ++n) all.push_back(make_one(grid, kind, n));
  }
  return all;
}

}  // namespace costd::bench
