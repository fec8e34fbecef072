#include "tests/bench/ingest/traffic.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

namespace costd::bench {
namespace {

constexpr int tenants = 50;
constexpr int keys_per_tenant = 10;
constexpr int pairs_per_key_max = 10;
constexpr std::uint64_t credentials_per_provider = 3;
constexpr std::size_t slot_count = 1 << 17;
constexpr const char* columns =
    "model,provider,weight,reasoning,input,output,cache_read,cache_write,long_above,long_input,"
    "long_output,long_cache_read";

std::string hex(std::uint64_t value, std::size_t digits) {
  std::string text(digits, '0');
  for (char& c : text) {
    c = "0123456789abcdef"[value & 15];
    value >>= 4;
  }
  return text;
}

std::string names_of(const std::string& tenant, const std::string& key, const Offering& offering) {
  return R"(","tenantId":")" + tenant + R"(","apiKey":")" + key + R"(","model":")" +
         offering.model + R"(","provider":")" + offering.provider + R"(","inputTokens":)";
}

/// The same for all offerings of a provider.
std::string fingerprint_of(const Offering& offering, std::uint64_t seed) {
  for (const char letter : offering.provider) {
    seed = Random(seed + static_cast<unsigned char>(letter)).next();
  }
  return hex(seed, 8);
}

/// The offerings that one API key uses; popular ones are drawn more often.
std::set<std::size_t> draw_pairs(const std::vector<Offering>& offerings, Random& random) {
  std::int64_t sum = 0;
  for (const Offering& offering : offerings) sum += offering.weight;
  std::set<std::size_t> pairs;
  const std::int64_t draws = 1 + random.below(pairs_per_key_max);
  for (std::int64_t n = 0; n < draws; ++n) {
    std::int64_t at = random.below(sum);
    std::size_t pair = 0;
    while (at >= offerings[pair].weight) at -= offerings[pair++].weight;
    pairs.insert(pair);
  }
  return pairs;
}

/// Numbers 0 to count - 1, mixed.
std::vector<std::uint32_t> mixed_order(std::size_t count, Random& random) {
  std::vector<std::uint32_t> order(count);
  for (std::size_t n = 0; n < count; ++n) order[n] = static_cast<std::uint32_t>(n);
  for (std::size_t n = count; n > 1; --n) {
    const auto other = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(n)));
    std::swap(order[n - 1], order[other]);
  }
  return order;
}

/// The series of rank r takes 1 / (r + 20) of the slots: the first over 100 times the last.
std::vector<std::uint32_t> share_out(std::size_t series_count, Random& random) {
  constexpr std::size_t scale = 1 << 20;
  std::size_t sum = 0;
  for (std::size_t rank = 0; rank < series_count; ++rank) sum += scale / (rank + 20);
  std::vector<std::uint32_t> slots;
  const std::vector<std::uint32_t> order = mixed_order(series_count, random);
  for (std::size_t rank = 0; rank < series_count; ++rank) {
    slots.insert(slots.end(), std::max<std::size_t>(1, slot_count * (scale / (rank + 20)) / sum),
                 order[rank]);
  }
  return slots;
}

}  // namespace

std::vector<Offering> read_offerings(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line != columns) {
    throw std::runtime_error(path + " does not begin with the columns " + columns);
  }
  std::vector<Offering> offerings;
  while (std::getline(file, line)) {
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    cells.resize(12);  // getline drops an empty last cell
    offerings.push_back({cells[0], cells[1], std::stoll(cells[2]), !cells[3].empty(),
                         !cells[6].empty(), !cells[7].empty()});
  }
  return offerings;
}

Traffic::Traffic(const std::vector<Offering>& offerings, Random& random) {
  const std::uint64_t credential_seed = random.next();
  for (int tenant = 0; tenant < tenants; ++tenant) {
    const std::string tenant_id = std::string("tenant-") + static_cast<char>('0' + tenant / 10) +
                                  static_cast<char>('0' + tenant % 10);
    for (int key = 0; key < keys_per_tenant; ++key) {
      const std::string key_id = "key_" + hex(random.next(), 12);
      const std::uint64_t credential = random.next() % credentials_per_provider;
      for (const std::size_t pair : draw_pairs(offerings, random)) {
        series_.push_back({&offerings[pair], names_of(tenant_id, key_id, offerings[pair]),
                           fingerprint_of(offerings[pair], credential_seed + credential)});
      }
    }
  }
  slots_ = share_out(series_.size(), random);
}

}  // namespace costd::bench
