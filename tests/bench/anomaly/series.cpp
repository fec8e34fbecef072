#include "tests/bench/anomaly/series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "tests/bench/draw.hpp"

namespace costd::bench {
namespace {

using std::chrono::days;

constexpr int shift_days = 14;
constexpr int events_apart = 28;

const std::string& draw_kind(Draw& draw, const std::vector<KindShare>& kinds) {
  int sum = 0;
  for (const KindShare& share : kinds) sum += share.weight;
  int at = draw.whole(0, sum - 1);
  for (const KindShare& share : kinds) {
    if (at < share.weight) return share.kind;
    at -= share.weight;
  }
  return kinds.back().kind;
}

struct TenantDays {
  int number = 0;
  Day first{};
  int history = 0;
  int count() const { return history + judged_days; }
};

/// One series while it grows: usual costs, then events, then noise.
class Maker {
 public:
  Maker(const WatchGrid& grid, const TenantDays& tenant, std::uint64_t seed)
      : grid_(grid), tenant_(tenant), draw_(seed) {
    usual_.assign(static_cast<std::size_t>(tenant.count()), draw_.log_uniform(20, 3000));
    effect_.assign(usual_.size(), 1);
    is_batch_.assign(usual_.size(), false);
    noise_ = draw_.of(grid.noise);
  }

  WatchedSeries make(int number) {
    const std::string kind = draw_kind(draw_, grid_.kinds);
    shape(kind);
    if (kind != "cents" && kind != "intermittent" && draw_.happens(0.65)) {
      add_events(draw_.happens(0.25) ? 2 : 1);
    }
    return finish(kind, number);
  }

 private:
  Day day_at(int n) const { return tenant_.first + days(n); }
  template <class Factor>
  void each(Factor factor) {
    for (int n = 0; n < tenant_.count(); ++n) usual_[std::size_t(n)] *= factor(n);
  }

  void shape(const std::string& kind) {
    if (kind == "weekly") return week(draw_.of(grid_.weekend));
    if (kind == "weekend-heavy") return week(draw_.uniform(1.3, 2.2));
    if (kind == "steady") return;
    if (kind == "cents") return cents();
    if (kind == "intermittent") return gaps();
    if (draw_.happens(0.6)) week(draw_.of(grid_.weekend));
    if (kind == "growing") growth();
    if (kind == "wandering") walk();
    if (kind == "saturating") saturation();
    if (kind == "month-end-batch") batch(draw_.happens(0.7) ? 31 : 1);
    if (kind == "mid-month") batch(15);
  }

  void week(double weekend) {
    double shape[7];
    for (double& factor : shape) factor = draw_.uniform(0.92, 1.08);
    shape[0] *= weekend * draw_.uniform(0.85, 1.15);
    shape[6] *= weekend;
    each([&](int n) { return shape[std::chrono::weekday(day_at(n)).c_encoding()]; });
  }
  void growth() {
    const double factor = draw_.of(grid_.growth);
    each([&](int n) { return std::pow(factor, n / 30.0); });
  }
  void walk() {
    const double deviation = draw_.of(grid_.walk);
    double state = 0;
    each([&](int) {
      state += deviation * draw_.normal();
      return std::exp(state);
    });
  }
  void saturation() {
    const double middle = draw_.uniform(0.2, 0.8) * tenant_.count();
    const double width = draw_.uniform(15, 30);
    each([&](int n) { return 0.125 + 0.875 / (1 + std::exp((middle - n) / width)); });
  }
  /// Cents a day, as a developer's trial costs, of very uneven size.
  void cents() {
    const double level = draw_.log_uniform(0.02, 3) / usual_[0];
    each([&](int) { return level; });
    noise_ = draw_.uniform(0.3, 0.8);
  }
  void gaps() {
    const double share = draw_.of(grid_.active);
    each([&](int) { return draw_.happens(share) ? draw_.uniform(0.4, 1.6) : 0.0; });
  }
  void batch(unsigned month_day) {
    const double extra = draw_.of(grid_.batch) * usual_[0];
    for (int n = 0; n < tenant_.count(); ++n) {
      const std::chrono::year_month_day date(day_at(n));
      const bool is_last = days_of(month_of(day_at(n))).to == day_at(n + 1);
      if (month_day == 31 ? !is_last : unsigned(date.day()) != month_day) continue;
      usual_[std::size_t(n)] += extra * draw_.uniform(0.85, 1.15);
      is_batch_[std::size_t(n)] = true;
    }
  }

  void add_events(int count) {
    for (int n = 0; n < count; ++n) {
      const double at = draw_.uniform();
      const EventClass kind = at < 0.40            ? EventClass::spike
                              : at < 0.60          ? EventClass::drop
                              : at < 0.85 || n > 0 ? EventClass::level_shift
                                                   : EventClass::new_spend;
      add_event(kind);
    }
  }

  bool is_free(int from, int to) const {
    for (int n = std::max(0, from - 1); n <= std::min(to + 1, tenant_.count() - 1); ++n) {
      if (is_batch_[std::size_t(n)]) return false;
    }
    return std::ranges::all_of(events_, [&](const LabelledEvent& event) {
      return day_at(from) - event.last >= days(events_apart) ||
             event.first - day_at(to) >= days(events_apart);
    });
  }

  void add_event(EventClass kind) {
    const bool lasts = kind == EventClass::level_shift || kind == EventClass::new_spend;
    const int length = lasts                       ? shift_days
                       : kind == EventClass::spike ? draw_.whole(1, 3)
                                                   : draw_.whole(1, 4);
    // A shift ends what came before it; one that came before it would change its meaning.
    int earliest = tenant_.history + 3;
    for (const LabelledEvent& event : events_) {
      earliest = std::max(earliest, int((event.last - tenant_.first).count()) + events_apart);
    }
    const int latest = tenant_.count() - length - 7;
    if (earliest > latest) return;
    for (int tries = 0; tries < 50; ++tries) {
      const int from = draw_.whole(earliest, latest);
      if (!is_free(from, from + length - 1)) continue;
      return place(kind, from, length);
    }
  }

  void place(EventClass kind, int from, int length) {
    LabelledEvent event{kind, 0, day_at(from), day_at(from + length - 1)};
    if (kind == EventClass::new_spend) {
      for (int n = 0; n < from; ++n) effect_[std::size_t(n)] = 0;
      // A pilot finds its level within ten days or so.
      const double start = draw_.uniform(0.4, 1.2);
      for (int n = 0; n < 10; ++n) {
        effect_[std::size_t(from + n)] *= start + (1 - start) * n / 10.0;
      }
      need(usual_[std::size_t(from)] * start);
      new_from_ = from;
    } else {
      event.strength = draw_.of(strengths);
      const bool is_up =
          kind == EventClass::spike || (kind == EventClass::level_shift && draw_.happens(0.7));
      const double factor = is_up ? event.strength : 1 / event.strength;
      const bool stays = kind == EventClass::level_shift;
      for (int n = from; n < (stays ? tenant_.count() : from + length); ++n) {
        effect_[std::size_t(n)] *= factor * (stays ? 1 : draw_.uniform(0.95, 1.05));
      }
      if (stays) shifts_.push_back({from, factor});
      need(usual_[std::size_t(from)] * std::fabs(factor - 1));
    }
    events_.push_back(event);
  }

  void need(double impact) { scale_ = std::max(scale_, event_usd_min / std::max(impact, 1e-6)); }

  WatchedSeries finish(const std::string& kind, int number) {
    WatchedSeries series;
    series.id = fmt::format("t{:03}-{}", tenant_.number, number);
    series.tenant = tenant_.number;
    series.kind = kind;
    series.judged_from = day_at(tenant_.history);
    series.known_since = tenant_.first;
    series.costs.first = tenant_.first;
    series.events = events_;
    series.noise = noise_;
    const double kept = draw_.of(grid_.persistence);
    double state = 0;
    for (int n = 0; n < tenant_.count(); ++n) {
      state = kept * state + std::sqrt(1 - kept * kept) * draw_.normal();
      const double level = usual_[std::size_t(n)] * scale_;
      const double cost =
          level * effect_[std::size_t(n)] * std::exp(noise_ * state - noise_ * noise_ / 2);
      series.costs.amounts.push_back(
          Money::from_picos(int128{std::llround(cost * 1e6)} * 1'000'000));
      series.usual.push_back(level * known_effect(n));
    }
    return series;
  }

  double known_effect(int n) const {
    if (new_from_ && n < *new_from_ + shift_days) return 0;
    double effect = 1;
    for (const auto& [from, factor] : shifts_) effect *= n >= from + shift_days ? factor : 1;
    return effect;
  }

  const WatchGrid& grid_;
  const TenantDays& tenant_;
  Draw draw_;
  std::vector<double> usual_;
  std::vector<double> effect_;
  std::vector<bool> is_batch_;
  std::vector<LabelledEvent> events_;
  std::vector<std::pair<int, double>> shifts_;
  std::optional<int> new_from_;
  double noise_ = 0;
  double scale_ = 1;
};

}  // namespace

const char* name_of(EventClass kind) {
  switch (kind) {
    case EventClass::spike:
      return "spike";
    case EventClass::drop:
      return "drop";
    case EventClass::level_shift:
      return "level shift";
    case EventClass::new_spend:
      return "new spend";
  }
  return "";
}

std::vector<WatchedSeries> make_watched_series(const WatchGrid& grid) {
  std::vector<WatchedSeries> all;
  for (int number = 0; number < grid.tenants; ++number) {
    const std::uint64_t seed = grid.first_seed + static_cast<std::uint64_t>(number) * 100;
    Draw draw(seed);
    Month month(std::chrono::year(2024), std::chrono::January);
    for (int n = draw.whole(0, 30); n > 0; --n) month = next_month(month);
    const Day judged = days_of(month).from + days(draw.whole(0, 27));
    const int history = draw.of(grid.history_days);
    const TenantDays tenant{number, judged - days(history), history};
    for (int n = 0; n < series_of_a_tenant; ++n) {
      Maker maker(grid, tenant, seed + 1 + static_cast<std::uint64_t>(n));
      all.push_back(maker.make(n));
    }
  }
  return all;
}

}  // namespace costd::bench
