// The cron engine against cron_oracle.py, which tries every minute. The long mode is to give it
// other options, such as COSTD_CRON_ORACLE="--seed 2 --count 1000000 --all-zones".

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/cron.hpp"

namespace costd {
namespace {

std::vector<std::string> split_tabs(const std::string& line) {
  std::vector<std::string> parts;
  std::istringstream stream(line);
  for (std::string part; std::getline(stream, part, '\t');) parts.push_back(part);
  return parts;
}

const Zone& zone_named(const std::string& name) {
  static std::map<std::string, Zone> zones;
  return zones.try_emplace(name, name).first->second;
}

/// The engine's answer in the oracle's words.
std::string answer(const std::vector<std::string>& question) {
  const auto& text = question.at(0);
  const auto words = std::count(text.begin(), text.end(), ' ') + 1;
  const auto seconds = words == 6 ? CronSeconds::leading_field : CronSeconds::absent;
  const auto gap = question.at(2) == "run" ? DstGap::run : DstGap::skip;
  const auto slot =
      CronExpression::parse(text, seconds)
          .next_after(parse_instant(question.at(3)).value(), zone_named(question.at(1)), gap);
  const auto end = parse_instant("2037-01-01T00:00:00Z").value();
  return slot && *slot < end ? format_instant(*slot) : "later";
}

}  // namespace

TEST_CASE("the next slot is what trying every minute finds", "[cron]") {
  const char* options = std::getenv("COSTD_CRON_ORACLE");
  const auto command =
      std::string("/usr/bin/python3 " COSTD_SOURCE_DIR "/tests/daemon/cron_oracle.py ") +
      (options != nullptr ? options : "--seed 20261101 --count 1500");
  const auto close = [](FILE* pipe) { pclose(pipe); };
  const std::unique_ptr<FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
  REQUIRE(pipe);
  std::array<char, 1024> buffer{};
  int questions = 0;
  while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) {
    std::string line(buffer.data());
    line.erase(line.find_last_not_of('\n') + 1);
    const auto question = split_tabs(line);
    REQUIRE(question.size() == 5);
    INFO(line);
    CHECK(answer(question) == question.at(4));
    ++questions;
  }
  CHECK(questions >= 1000);
}

}  // namespace costd
