#include "ledger/store/outbox_store.hpp"

#include <array>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr std::array state_names{"pending", "sending", "sent", "rejected", "dead", "discarded"};

constexpr const char* insert_message =
    "insert into outbox(id, dedupe_key, kind, report_id, channel, sender, recipient, subject,"
    " message_id, payload_path, payload_sha256, state, attempts, not_before, created_at,"
    " tried_since, updated_at, last_reply) values (:id, :key, :kind, :report, :channel, :sender,"
    " :recipient, :subject, :message_id, :path, :sha, :state, :attempts, :not_before, :created,"
    " :since, :updated, :reply)"
    " on conflict (dedupe_key) do nothing";

constexpr const char* update_row =
    "update outbox set state = :state, attempts = :attempts, not_before = :not_before,"
    " tried_since = :since, updated_at = :updated, last_reply = :reply where id = :id";

constexpr const char* hasten_rows =
    "update outbox set not_before = :due where state in ('pending', 'sending')"
    " and not_before > :now";

const std::string select_messages =
    "select id, dedupe_key, kind, report_id, channel, sender, recipient, subject, message_id,"
    " payload_path, payload_sha256, state, attempts, not_before, created_at, tried_since,"
    " updated_at, last_reply from outbox ";

OutboxState parse_state(const std::string& text) {
  for (std::size_t n = 0; n < state_names.size(); ++n) {
    if (text == state_names.at(n)) return static_cast<OutboxState>(n);
  }
  throw Error(ErrorCode::data, "the outbox has a message in the unknown state " + text);
}

/// Messages of one query; `bind` adds the values of its where clause.
template <typename Bind>
std::vector<OutboxMessage> load(Connection& connection, const std::string& clause, Bind bind) {
  OutboxMessage row;
  std::string state;
  std::int64_t not_before = 0;
  std::int64_t created = 0;
  std::int64_t since = 0;
  std::int64_t updated = 0;
  soci::statement statement(connection.sql);
  for (std::string* text : {&row.id, &row.dedupe_key, &row.kind, &row.report_id, &row.channel,
                            &row.sender, &row.recipient, &row.subject, &row.message_id,
                            &row.payload_path, &row.payload_sha256, &state}) {
    statement.exchange(soci::into(*text));
  }
  for (std::int64_t* number : {&row.attempts, &not_before, &created, &since, &updated}) {
    statement.exchange(soci::into(*number));
  }
  statement.exchange(soci::into(row.last_reply));
  bind(statement);
  statement.alloc();
  statement.prepare(select_messages + clause);
  statement.define_and_bind();
  std::vector<OutboxMessage> messages;
  for_each_row(statement, [&] {
    row.state = parse_state(state);
    row.not_before = from_micros(not_before);
    row.created_at = from_micros(created);
    row.tried_since = from_micros(since);
    row.updated_at = from_micros(updated);
    messages.push_back(row);
  });
  return messages;
}

}  // namespace

const char* name_of(OutboxState state) {
  return state_names.at(static_cast<std::size_t>(state));
}

bool store_outbox_message(UnitOfWork& unit, const OutboxMessage& message) {
  const std::string state = name_of(message.state);
  const std::int64_t not_before = to_micros(message.not_before);
  const std::int64_t created = to_micros(message.created_at);
  const std::int64_t since = to_micros(message.tried_since);
  const std::int64_t updated = to_micros(message.updated_at);
  soci::statement statement =
      (static_cast<Connection&>(unit).sql.prepare << insert_message, soci::use(message.id),
       soci::use(message.dedupe_key), soci::use(message.kind), soci::use(message.report_id),
       soci::use(message.channel), soci::use(message.sender), soci::use(message.recipient),
       soci::use(message.subject), soci::use(message.message_id), soci::use(message.payload_path),
       soci::use(message.payload_sha256), soci::use(state), soci::use(message.attempts),
       soci::use(not_before), soci::use(created), soci::use(since), soci::use(updated),
       soci::use(message.last_reply));
  statement.execute(true);
  return statement.get_affected_rows() == 1;
}

void update_outbox_message(UnitOfWork& unit, const OutboxMessage& message) {
  const std::string state = name_of(message.state);
  const std::int64_t not_before = to_micros(message.not_before);
  const std::int64_t since = to_micros(message.tried_since);
  const std::int64_t updated = to_micros(message.updated_at);
  static_cast<Connection&>(unit).sql << update_row, soci::use(state), soci::use(message.attempts),
      soci::use(not_before), soci::use(since), soci::use(updated), soci::use(message.last_reply),
      soci::use(message.id);
}

void update_payload_path(UnitOfWork& unit, const std::string& id, const std::string& path) {
  static_cast<Connection&>(unit).sql << "update outbox set payload_path = :path where id = :id",
      soci::use(path), soci::use(id);
}

void make_waiting_due(UnitOfWork& unit, Instant now) {
  const std::int64_t due = to_micros(now);
  static_cast<Connection&>(unit).sql << hasten_rows, soci::use(due), soci::use(due);
}

std::vector<OutboxMessage> load_due_messages(Connection& connection, const OutboxLane& lane,
                                             Instant now, std::int64_t limit) {
  const std::int64_t now_at = to_micros(now);
  const int any_recipient = lane.recipient.empty() ? 1 : 0;
  return load(connection,
              "where state in ('pending', 'sending') and not_before <= :now"
              " and channel = :channel and (:any = 1 or recipient = :recipient)"
              " order by created_at, id limit :limit",
              [&](soci::statement& statement) {
                statement.exchange(soci::use(now_at));
                statement.exchange(soci::use(lane.channel));
                statement.exchange(soci::use(any_recipient));
                statement.exchange(soci::use(lane.recipient));
                statement.exchange(soci::use(limit));
              });
}

std::optional<OutboxMessage> find_due_message(Connection& connection, const std::string& id,
                                              Instant now) {
  auto message = find_outbox_message(connection, id);
  if (!message || message->not_before > now) return std::nullopt;
  const bool waits =
      message->state == OutboxState::pending || message->state == OutboxState::sending;
  return waits ? message : std::nullopt;
}

std::optional<OutboxMessage> find_outbox_message(Connection& connection, const std::string& id) {
  auto found = load(connection, "where id = :id",
                    [&](soci::statement& statement) { statement.exchange(soci::use(id)); });
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<OutboxMessage> load_waiting_messages(Connection& connection,
                                                 const std::string& channel) {
  return load(connection,
              "where state in ('pending', 'sending') and channel = :channel"
              " order by created_at, id",
              [&](soci::statement& statement) { statement.exchange(soci::use(channel)); });
}

std::vector<std::string> load_payload_paths(Connection& connection) {
  std::string path;
  soci::statement statement =
      (connection.sql.prepare << "select payload_path from outbox", soci::into(path));
  std::vector<std::string> paths;
  for_each_row(statement, [&] { paths.push_back(path); });
  return paths;
}

std::vector<OutboxMessage> load_outbox(Connection& connection, std::int64_t limit) {
  return load(connection, "order by created_at desc, id desc limit :limit",
              [&](soci::statement& statement) { statement.exchange(soci::use(limit)); });
}

OutboxCounts count_outbox(Connection& connection) {
  std::string state;
  std::int64_t messages = 0;
  soci::statement statement =
      (connection.sql.prepare << "select state, count(*) from outbox group by state",
       soci::into(state), soci::into(messages));
  OutboxCounts counts;
  for_each_row(statement, [&] {
    switch (parse_state(state)) {
      case OutboxState::pending:
      case OutboxState::sending:
        counts.waiting += messages;
        break;
      case OutboxState::sent:
        counts.sent += messages;
        break;
      case OutboxState::discarded:
        break;
      default:
        counts.failed += messages;
        break;
    }
  });
  return counts;
}

}  // namespace costd
