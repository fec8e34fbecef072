#include "ledger/run.hpp"

#include <array>

#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::array state_names{"queued",    "running", "succeeded", "failed",
                                 "cancelled", "skipped", "missed",    "abandoned"};

}  // namespace

const char* name_of(RunState state) { return state_names.at(static_cast<std::size_t>(state)); }

RunState parse_run_state(const std::string& text) {
  for (std::size_t n = 0; n < state_names.size(); ++n) {
    if (text == state_names.at(n)) return static_cast<RunState>(n);
  }
  throw Error(ErrorCode::data, "\"" + text + "\" is no run state");
}

bool is_ended(RunState state) { return state != RunState::queued && state != RunState::running; }

}  // namespace costd
