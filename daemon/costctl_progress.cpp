#include "daemon/costctl_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <vector>

#include "daemon/costctl_text.hpp"
#include "ledger/money.hpp"

namespace costd {
namespace {

constexpr std::int64_t bar_width = 24;

std::string bar_of(std::int64_t done, std::int64_t total) {
  const auto full = std::clamp<std::int64_t>(done * bar_width / total, 0, bar_width);
  std::string bar;
  for (std::int64_t i = 0; i < bar_width; ++i) bar += i < full ? "█" : "░";
  return bar;
}

std::string clock_text(std::int64_t seconds) {
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::vector<std::string> jobs_of(const Json& run) {
  std::vector<std::string> jobs;
  for (const auto& job : run.value("jobs", Json::array())) {
    if (job.is_string()) jobs.push_back(printable(job.get<std::string>()));
  }
  return jobs;
}

std::string member_text(const Json& object, const char* name) {
  const auto value = object.find(name);
  return value != object.end() && value->is_string() ? printable(value->get<std::string>()) : "";
}

std::int64_t number_of(const Json& object, const char* name) {
  const auto value = object.find(name);
  return value != object.end() && value->is_number() ? value->get<std::int64_t>() : 0;
}

JobProgress progress_of(const Json& run) {
  const auto value = run.find("progress");
  if (value == run.end() || !value->is_object()) return {};
  return {member_text(*value, "job"), number_of(*value, "done"), number_of(*value, "total"),
          member_text(*value, "unit"), 0};
}

/// How many jobs of the chain have begun, as far as this news tells.
std::size_t begun_count(const std::vector<std::string>& jobs, const Json& run) {
  if (member_text(run, "state") == "succeeded") return jobs.size();
  const auto current = std::find(jobs.begin(), jobs.end(), progress_of(run).job);
  return current == jobs.end() ? 0 : static_cast<std::size_t>(current - jobs.begin()) + 1;
}

}  // namespace

bool has_ended(const Json& run) {
  const auto state = member_text(run, "state");
  return state != "queued" && state != "running";
}

std::string render_progress(const JobProgress& progress) {
  auto text = fmt::format("{:<12}", progress.job);
  const auto unit = progress.unit.empty() ? "" : " " + progress.unit;
  if (progress.total > 0) {
    const auto percent = std::clamp<std::int64_t>(progress.done * 100 / progress.total, 0, 100);
    text += fmt::format("{}  {:>3}%  {}/{}{}", bar_of(progress.done, progress.total), percent,
                        format_count(progress.done), format_count(progress.total), unit);
  } else {
    text += fmt::format("{}{}", format_count(progress.done), unit);
  }
  if (progress.per_second < 0.5) return text;
  text += fmt::format("  {}/s", format_count(static_cast<std::int64_t>(progress.per_second)));
  if (progress.total > progress.done) {
    const auto left = static_cast<double>(progress.total - progress.done) / progress.per_second;
    text += fmt::format("  {} left", clock_text(static_cast<std::int64_t>(left) + 1));
  }
  return text;
}

void RunDisplay::show(const Json& run, TimePoint now) {
  if (screen_ == Screen::terminal) {
    show_bar(run, now);
  } else {
    show_lines(run);
  }
}

void RunDisplay::show_bar(const Json& run, TimePoint now) {
  auto progress = progress_of(run);
  if (progress.job != job_) {
    job_ = progress.job;
    job_seen_at_ = now;
    job_first_done_ = progress.done;
  }
  const std::chrono::duration<double> elapsed = now - job_seen_at_;
  if (elapsed.count() > 0.2) {
    progress.per_second = static_cast<double>(progress.done - job_first_done_) / elapsed.count();
  }
  if (has_ended(run)) {
    close_bar();
  } else {
    const auto waiting = member_text(run, "state") == "queued";
    out_ << "\r" << (waiting ? "waiting for its turn" : render_progress(progress)) << "\x1b[K"
         << std::flush;
    bar_open_ = true;
  }
}

void RunDisplay::close_bar() {
  if (bar_open_) out_ << "\r\x1b[K" << std::flush;
  bar_open_ = false;
}

void RunDisplay::show_lines(const Json& run) {
  const auto jobs = jobs_of(run);
  const auto begun = begun_count(jobs, run);
  while (started_count_ < begun) {
    if (started_count_ > 0) out_ << jobs[started_count_ - 1] << ": done\n";
    out_ << jobs[started_count_] << ": started\n";
    ++started_count_;
  }
  if (has_ended(run) && started_count_ > 0) {
    const auto state = member_text(run, "state");
    out_ << jobs[started_count_ - 1] << ": " << (state == "succeeded" ? "done" : state) << "\n";
  }
  out_ << std::flush;
}

}  // namespace costd
