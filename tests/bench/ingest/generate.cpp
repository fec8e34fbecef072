// Writes a month of usage records as the gateway writes them, one JSON object a line. The same
// arguments give the same bytes.

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "tests/bench/ingest/traffic.hpp"

namespace costd::bench {
namespace {

constexpr std::int64_t month_ms = std::int64_t{31} * 24 * 3600 * 1000;  // October 2026
constexpr std::int64_t disorder_ms = 2'000;
constexpr std::int64_t late_ms_max = 30'000;
constexpr std::size_t write_bytes = 4 << 20;

// Shares of the records, per million.
constexpr std::int64_t late_share = 50'000;
constexpr std::int64_t cache_hit_share = 50'000;
constexpr std::int64_t estimated_share = 10'000;
constexpr std::int64_t cached_input_share = 330'000;
constexpr std::int64_t cache_write_share = 300'000;
constexpr std::int64_t long_input_share = 500;

constexpr LogNormal input_counts{630, 115};       // median 940, two thirds within 270 to 3,300
constexpr LogNormal output_counts{510, 95};       // median 250
constexpr LogNormal long_input_counts{1112, 50};  // median 180,000

struct Options {
  std::string models_path;
  std::string out_path;
  std::int64_t records = 10'000'000;
  std::int64_t seed = 1;
  std::int64_t repeats_per_million = 100;
};

struct Counts {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::int64_t cached_input = 0;
  std::int64_t cache_write = 0;
  std::int64_t reasoning = 0;
};

Counts draw_counts(const Offering& offering, Random& random) {
  Counts counts;
  counts.input =
      random.happens(long_input_share) ? long_input_counts.draw(random) : input_counts.draw(random);
  counts.output = output_counts.draw(random);
  if (offering.has_cache_read && random.happens(cached_input_share)) {
    counts.cached_input = counts.input * (1 + random.below(15)) / 16;
  }
  if (offering.has_cache_write && random.happens(cache_write_share)) {
    counts.cache_write = (counts.input - counts.cached_input) * (1 + random.below(8)) / 8;
  }
  if (offering.has_reasoning) counts.reasoning = counts.output * random.below(15) / 16;
  return counts;
}

/// Text that grows to a batch of lines and is then written.
class Output {
 public:
  explicit Output(const std::string& path) : file_(std::fopen(path.c_str(), "wb"), &std::fclose) {
    if (!file_) throw std::runtime_error("cannot write " + path);
    text_.reserve(write_bytes + 4096);
  }

  void add(std::string_view text) { text_ += text; }
  void add(std::int64_t number) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    text_.append(digits.data(), end);
  }
  void write_when_full() {
    if (text_.size() >= write_bytes) write();
  }
  void finish() {
    write();
    if (std::fclose(file_.release()) != 0) throw std::runtime_error("the disk is full");
  }
  std::size_t size() const { return text_.size(); }
  std::string_view since(std::size_t start) const { return std::string_view(text_).substr(start); }

 private:
  void write() {
    if (std::fwrite(text_.data(), 1, text_.size(), file_.get()) != text_.size()) {
      throw std::runtime_error("the disk is full");
    }
    text_.clear();
  }

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::string text_;
};

void put_hex(char* to, std::uint64_t value, int digits) {
  for (int n = 0; n < digits; ++n, value >>= 4) to[n] = "0123456789abcdef"[value & 15];
}

/// A random UUID, version 4.
void add_id(Output& out, Random& random) {
  std::array<char, 36> id;
  id.fill('-');
  const std::uint64_t high = random.next();
  const std::uint64_t low = random.next();
  put_hex(&id[0], high, 8);
  put_hex(&id[9], high >> 32, 4);
  put_hex(&id[14], high >> 48, 4);
  put_hex(&id[19], low, 4);
  put_hex(&id[24], low >> 16, 12);
  id[14] = '4';
  id[19] = "89ab"[low & 3];
  out.add({id.data(), id.size()});
}

void put_decimal(char* to, std::int64_t value, int digits) {
  for (int n = digits; n > 0; --n, value /= 10) to[n - 1] = static_cast<char>('0' + value % 10);
}

/// Milliseconds since the month began.
void add_timestamp(Output& out, std::int64_t ms) {
  std::array<char, 25> text;
  std::memcpy(text.data(), "2026-10-00T00:00:00.000Z", text.size());
  put_decimal(&text[8], ms / 86'400'000 + 1, 2);
  put_decimal(&text[11], ms / 3'600'000 % 24, 2);
  put_decimal(&text[14], ms / 60'000 % 60, 2);
  put_decimal(&text[17], ms / 1000 % 60, 2);
  put_decimal(&text[20], ms % 1000, 3);
  out.add({text.data(), text.size() - 1});
}

/// When a call took place whose record is line `n` of `records`: nearly in order, some are late.
std::int64_t draw_time(std::int64_t n, std::int64_t records, Random& random) {
  std::int64_t ms = n * month_ms / records + random.below(2 * disorder_ms + 1) - disorder_ms;
  if (random.happens(late_share)) ms -= random.below(late_ms_max);
  return std::clamp<std::int64_t>(ms, 0, month_ms - 1);
}

void add_line(Output& out, const Series& series, std::int64_t ms, Random& random) {
  const bool hit = random.happens(cache_hit_share);
  const bool estimated = !hit && random.happens(estimated_share);
  const Counts counts = draw_counts(*series.offering, random);
  out.add(R"({"id":")");
  add_id(out, random);
  out.add(series.names);
  out.add(counts.input);
  out.add(R"(,"outputTokens":)");
  out.add(counts.output);
  out.add(R"(,"totalTokens":)");
  out.add(counts.input + counts.output);
  out.add(estimated ? R"(,"estimated":true,"credentialFingerprint":)"
                    : R"(,"estimated":false,"credentialFingerprint":)");
  if (hit) {
    out.add(R"(null,"cacheStatus":"HIT","timestamp":")");
  } else {
    out.add("\"");
    out.add(series.fingerprint);
    out.add(R"(","cacheStatus":"MISS","timestamp":")");
  }
  add_timestamp(out, ms);
  out.add(R"(","cachedInputTokens":)");
  out.add(counts.cached_input);
  out.add(R"(,"cacheWriteTokens":)");
  out.add(counts.cache_write);
  out.add(R"(,"reasoningTokens":)");
  out.add(counts.reasoning);
  out.add("}\n");
}

/// The last lines, of which one is written again where a record repeats.
class RecentLines {
 public:
  void keep(std::string_view line) { lines_[next_++ % lines_.size()] = line; }
  const std::string& draw(Random& random) const {
    const auto count = static_cast<std::int64_t>(std::min(next_, lines_.size()));
    return lines_[static_cast<std::size_t>(random.below(count))];
  }
  bool is_empty() const { return next_ == 0; }

 private:
  std::vector<std::string> lines_ = std::vector<std::string>(16'384);
  std::size_t next_ = 0;
};

void generate(const Options& options) {
  const std::vector<Offering> offerings = read_offerings(options.models_path);
  Random random(static_cast<std::uint64_t>(options.seed));
  const Traffic traffic(offerings, random);
  Output out(options.out_path);
  RecentLines recent;
  std::int64_t repeats = 0;
  for (std::int64_t n = 0; n < options.records; ++n) {
    if (random.happens(options.repeats_per_million) && !recent.is_empty()) {
      out.add(recent.draw(random));
      ++repeats;
    } else {
      const std::size_t start = out.size();
      add_line(out, traffic.draw(random), draw_time(n, options.records, random), random);
      if (options.repeats_per_million > 0) recent.keep(out.since(start));
    }
    out.write_when_full();
  }
  out.finish();
  std::cout << "{\"lines\":" << options.records << ",\"repeats\":" << repeats
            << ",\"series\":" << traffic.series_count() << "}\n";
}

Options parse_options(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t n = 0; n + 1 < words.size(); n += 2) {
    const std::string& value = words[n + 1];
    if (words[n] == "--models") {
      options.models_path = value;
    } else if (words[n] == "--out") {
      options.out_path = value;
    } else if (words[n] == "--records") {
      options.records = std::stoll(value);
    } else if (words[n] == "--seed") {
      options.seed = std::stoll(value);
    } else if (words[n] == "--duplicates") {
      options.repeats_per_million = std::stoll(value);
    } else {
      throw std::runtime_error("no option " + words[n]);
    }
  }
  if (words.size() % 2 != 0 || options.models_path.empty() || options.out_path.empty()) {
    throw std::runtime_error(
        "bench_generate --models FILE --out FILE [--records N] [--seed N] "
        "[--duplicates PER_MILLION]");
  }
  return options;
}

}  // namespace
}  // namespace costd::bench

int main(int argc, char** argv) {
  try {
    costd::bench::generate(costd::bench::parse_options({argv + 1, argv + argc}));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_generate: " << error.what() << "\n";
    return 1;
  }
}
