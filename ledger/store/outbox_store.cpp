#include "ledger/store/outbox_store.hpp"

#include <array>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr std::array state_names{"pending",  "retry", "sending",    "sent",     "ambiguous",
                                 "rejected", "dead",  "superseded", "discarded"};

constexpr const char* insert_message =
    "insert into outbox(id, dedupe_key, kind, report_id, channel, sender, recipient, subject,"
    " message_id, payload_path, payload_sha256, state, attempts, not_before, created_at,"
    " tried_since, updated_at, last_reply, ambiguous_attempts, supersedes) values (:id, :key,"
    " :kind, :report, :channel, :sender, :recipient, :subject, :message_id, :path, :sha, :state,"
    " :attempts, :not_before, :created, :since, :updated, :reply, :ambiguous, :supersedes)"
    " on conflict (dedupe_key) do nothing";

constexpr const char* update_row =
    "update outbox set state = :state, attempts = :attempts, not_before = :not_before,"
    " tried_since = :since, updated_at = :updated, last_reply = :reply,"
    " ambiguous_attempts = :ambiguous where id = :id";

constexpr const char* hasten_rows =
    "update outbox set not_before = :due where state in ('pending', 'retry')"
    " and not_before > :now";

const std::string select_messages =
    "select id, dedupe_key, kind, report_id, channel, sender, recipient, subject, message_id,"
    " payload_path, payload_sha256, state, last_reply, supersedes, attempts, not_before,"
    " created_at, tried_since, updated_at, ambiguous_attempts from outbox ";

constexpr const char* count_states =
    "select state, count(*), coalesce(sum(case when channel = 'mail' then ambiguous_attempts"
    " else 0 end), 0) from outbox group by state";

constexpr const char* insert_attempt =
    "insert into delivery_attempt(message_id, number, recipient, outcome, reply, started_at,"
    " ended_at) select :id, coalesce(max(number), 0) + 1, :recipient, :outcome, :reply, :started,"
    " :ended from delivery_attempt where message_id = :of";

constexpr const char* select_attempts =
    "select number, recipient, outcome, reply, started_at, ended_at from delivery_attempt"
    " where message_id = :id order by number";

OutboxState parse_state(const std::string& text) {
  for (std::size_t n = 0; n < state_names.size(); ++n) {
    if (text == state_names.at(n)) return static_cast<OutboxState>(n);
  }
  throw Error(ErrorCode::data, "the outbox has a message in the unknown state " + text);
}

/// Messages of one query; `bind` adds the values of its where clause.
template <typename Bind>
std::vector<OutboxMessage> read_messages(Connection& connection, const std::string& clause,
                                         Bind bind) {
  OutboxMessage row;
  std::string state;
  std::int64_t not_before = 0;
  std::int64_t created = 0;
  std::int64_t since = 0;
  std::int64_t updated = 0;
  soci::statement statement(connection.sql);
  for (std::string* text :
       {&row.id, &row.dedupe_key, &row.kind, &row.report_id, &row.channel, &row.sender,
        &row.recipient, &row.subject, &row.message_id, &row.payload_path, &row.payload_sha256,
        &state, &row.last_reply, &row.supersedes}) {
    statement.exchange(soci::into(*text));
  }
  for (std::int64_t* number :
       {&row.attempts, &not_before, &created, &since, &updated, &row.ambiguous_attempts}) {
    statement.exchange(soci::into(*number));
  }
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
       soci::use(message.last_reply), soci::use(message.ambiguous_attempts),
       soci::use(message.supersedes));
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
      soci::use(message.ambiguous_attempts), soci::use(message.id);
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
  return read_messages(connection,
                       "where state in ('pending', 'retry') and not_before <= :now"
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
  const bool waits = message->state == OutboxState::pending || message->state == OutboxState::retry;
  return waits ? message : std::nullopt;
}

std::vector<OutboxMessage> load_sending_messages(Connection& connection, const OutboxLane& lane) {
  const int any_recipient = lane.recipient.empty() ? 1 : 0;
  return read_messages(connection,
                       "where state = 'sending' and channel = :channel"
                       " and (:any = 1 or recipient = :recipient) order by created_at, id",
                       [&](soci::statement& statement) {
                         statement.exchange(soci::use(lane.channel));
                         statement.exchange(soci::use(any_recipient));
                         statement.exchange(soci::use(lane.recipient));
                       });
}

std::optional<OutboxMessage> find_outbox_message(Connection& connection, const std::string& id) {
  auto found = read_messages(connection, "where id = :id", [&](soci::statement& statement) {
    statement.exchange(soci::use(id));
  });
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::string find_successor(Connection& connection, const std::string& id) {
  std::string successor;
  connection.sql << "select id from outbox where supersedes = :id", soci::into(successor),
      soci::use(id);
  return connection.sql.got_data() ? successor : "";
}

std::vector<OutboxMessage> load_waiting_messages(Connection& connection,
                                                 const std::string& channel) {
  return read_messages(connection,
                       "where state in ('pending', 'retry', 'sending') and channel = :channel"
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
  return read_messages(connection, "order by created_at desc, id desc limit :limit",
                       [&](soci::statement& statement) { statement.exchange(soci::use(limit)); });
}

OutboxCounts count_outbox(Connection& connection) {
  std::string state;
  std::int64_t messages = 0;
  std::int64_t ambiguous = 0;
  soci::statement statement = (connection.sql.prepare << count_states, soci::into(state),
                               soci::into(messages), soci::into(ambiguous));
  OutboxCounts counts;
  for_each_row(statement, [&] {
    counts.ambiguous_mail_attempts += ambiguous;
    switch (parse_state(state)) {
      case OutboxState::pending:
      case OutboxState::retry:
      case OutboxState::sending:
        counts.waiting += messages;
        break;
      case OutboxState::sent:
        counts.sent += messages;
        break;
      case OutboxState::ambiguous:
        counts.held += messages;
        break;
      case OutboxState::rejected:
      case OutboxState::dead:
        counts.failed += messages;
        break;
      case OutboxState::superseded:
      case OutboxState::discarded:
        break;
    }
  });
  return counts;
}

void store_delivery_attempt(UnitOfWork& unit, const DeliveryAttempt& attempt) {
  const std::int64_t started = to_micros(attempt.started_at);
  const std::int64_t ended = to_micros(attempt.ended_at);
  static_cast<Connection&>(unit).sql << insert_attempt, soci::use(attempt.message_id),
      soci::use(attempt.recipient), soci::use(attempt.outcome), soci::use(attempt.reply),
      soci::use(started), soci::use(ended), soci::use(attempt.message_id);
}

std::vector<DeliveryAttempt> load_delivery_attempts(Connection& connection,
                                                    const std::string& message_id) {
  DeliveryAttempt row;
  row.message_id = message_id;
  std::int64_t started = 0;
  std::int64_t ended = 0;
  soci::statement statement =
      (connection.sql.prepare << select_attempts, soci::into(row.number), soci::into(row.recipient),
       soci::into(row.outcome), soci::into(row.reply), soci::into(started), soci::into(ended),
       soci::use(message_id));
  std::vector<DeliveryAttempt> attempts;
  for_each_row(statement, [&] {
    row.started_at = from_micros(started);
    row.ended_at = from_micros(ended);
    attempts.push_back(row);
  });
  return attempts;
}

}  // namespace costd
