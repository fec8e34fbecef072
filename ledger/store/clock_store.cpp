#include "ledger/store/clock_store.hpp"

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* store_state =
    "insert into clock_state(id, seen_at, held_from, held_to) values (1, :seen, :from, :to)"
    " on conflict (id) do update set seen_at = excluded.seen_at, held_from = excluded.held_from,"
    " held_to = excluded.held_to";

}  // namespace

std::optional<ClockState> find_clock_state(Connection& connection) {
  std::int64_t seen = 0;
  std::int64_t from = 0;
  std::int64_t to = 0;
  connection.sql << "select seen_at, held_from, held_to from clock_state where id = 1",
      soci::into(seen), soci::into(from), soci::into(to);
  if (!connection.sql.got_data()) return std::nullopt;
  ClockState state{from_micros(seen), std::nullopt};
  if (to != 0) state.hold = {from_micros(from), from_micros(to)};
  return state;
}

void store_clock_state(UnitOfWork& unit, const ClockState& state) {
  const std::int64_t seen = to_micros(state.seen_at);
  const std::int64_t from = state.hold ? to_micros(state.hold->from) : 0;
  const std::int64_t to = state.hold ? to_micros(state.hold->to) : 0;
  static_cast<Connection&>(unit).sql << store_state, soci::use(seen), soci::use(from),
      soci::use(to);
}

std::optional<ClockHold> find_clock_hold(Connection& connection) {
  const auto state = find_clock_state(connection);
  return state ? state->hold : std::nullopt;
}

}  // namespace costd
