// The cron engine against cron_oracle.py, which looks at clocks. The long mode, of hours, is to
// give it other options: COSTD_CRON_ORACLE="--seed 2 --count 1000000 --all-zones --all-changes".

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
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

/// A question of the oracle for the engine.
struct Question {
  CronExpression cron;
  const Zone& zone;
  DstGap gap;
  Instant after;

  std::optional<Instant> next_after(Instant instant) const {
    return cron.next_after(instant, zone, gap);
  }
  std::optional<Instant> previous_before(Instant instant) const {
    return cron.previous_before(instant, zone, gap);
  }
};

Question parse_question(const std::vector<std::string>& parts) {
  const auto& text = parts.at(0);
  const auto words = std::count(text.begin(), text.end(), ' ') + 1;
  const auto seconds = words == 6 ? CronSeconds::leading_field : CronSeconds::absent;
  return {CronExpression::parse(text, seconds), zone_named(parts.at(1)),
          parts.at(2) == "run" ? DstGap::run : DstGap::skip, parse_instant(parts.at(3)).value()};
}

/// The engine's answer in the oracle's words.
std::string answer(const std::optional<Instant>& slot) {
  const auto end = parse_instant("2038-01-01T00:00:00Z").value();
  return slot && *slot < end ? format_instant(*slot) : "later";
}

/// Why the slots before the one that follows the instant are not those of the way forward; or "".
std::string complaint_about_previous(const Question& question, std::optional<Instant> slot) {
  if (!slot) return "";
  if (question.previous_before(*slot + std::chrono::microseconds(1)) != slot) {
    return "the slot is not the last one at its own end";
  }
  const auto previous = question.previous_before(*slot);
  if (!previous) return "";
  if (*previous > question.after) return format_instant(*previous) + " was left out";
  if (question.next_after(*previous) != slot) {
    return format_instant(*previous) + " has another next slot";
  }
  return "";
}

}  // namespace

TEST_CASE("the next slot is what a naive search of clocks finds, and back again", "[cron]") {
  const char* options = std::getenv("COSTD_CRON_ORACLE");
  const auto command =
      std::string("/usr/bin/python3 " COSTD_SOURCE_DIR "/tests/daemon/cron_oracle.py ") +
      (options != nullptr ? options : "--seed 20261101 --count 20000");
  const auto close = [](FILE* pipe) { pclose(pipe); };
  const std::unique_ptr<FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
  REQUIRE(pipe);
  std::array<char, 1024> buffer{};
  int questions = 0;
  int differences = 0;
  while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) {
    std::string line(buffer.data());
    line.erase(line.find_last_not_of('\n') + 1);
    const auto parts = split_tabs(line);
    REQUIRE(parts.size() == 5);
    const auto question = parse_question(parts);
    const auto slot = question.next_after(question.after);
    const auto complaint = complaint_about_previous(question, slot);
    ++questions;
    if (answer(slot) == parts.at(4) && complaint.empty()) continue;
    ++differences;
    INFO(command << "\n" << line);
    CHECK(answer(slot) == parts.at(4));
    CHECK(complaint.empty());
  }
  std::printf("%s: %d questions, %d differences\n", command.c_str(), questions, differences);
  CHECK(questions >= 20'000);
}

}  // namespace costd
