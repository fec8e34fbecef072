#include "ledger/store/run_store.hpp"

#include <nlohmann/json.hpp>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* insert_run =
    "insert into run(id, slot_key, schedule, slot_at, trigger_kind, actor, jobs, parameters, state,"
    " revision, attempt, queued_at, started_at, finished_at, progress, counts, outputs, error, log,"
    " policy, after_previous, not_before, inputs)"
    " values (:id, :slot_key, :schedule, :slot, :trigger, :actor, :jobs, :parameters, :state,"
    " :revision, :attempt, :queued, :started, :finished, :progress, :counts, :outputs, :error,"
    " :log, :policy, :after_previous, :not_before, :inputs) on conflict (slot_key) do nothing";

constexpr const char* update_run_row =
    "update run set state = :state, revision = :revision, attempt = :attempt,"
    " started_at = :started, finished_at = :finished, progress = :progress, counts = :counts,"
    " outputs = :outputs, error = :error, log = :log, jobs_done = :jobs_done,"
    " not_before = :not_before, attempts_before = :before, inputs = :inputs,"
    " discarded_at = :discarded, discarded_by = :discarded_by, discarded_reason = :reason"
    " where id = :id";

const std::string select_run =
    "select id, slot_key, schedule, slot_at, trigger_kind, actor, jobs, parameters, state,"
    " revision, attempt, queued_at, started_at, finished_at, progress, counts, outputs, error, log,"
    " policy, after_previous, jobs_done, not_before, attempts_before, inputs, discarded_at, "
    "discarded_by,"
    " discarded_reason from run ";

/// A run that goes after the earlier ones of its schedule waits until each of them has succeeded,
/// was passed over, or was decided about by a person.
constexpr const char* startable_run =
    "where state = 'queued' and not_before <= :now and (after_previous = 0 or not exists ("
    "select 1 from run earlier where earlier.schedule = run.schedule"
    " and earlier.slot_at > 0 and earlier.slot_at < run.slot_at and (earlier.state in"
    " ('queued', 'running') or (earlier.state = 'failed' and earlier.discarded_at = 0))))"
    " order by queued_at, slot_at, id limit 1";

const std::string old_runs =
    " from (select id, queued_at from run where queued_at < :before"
    " and state not in ('queued', 'running') order by queued_at, id limit :limit)";

std::string progress_to_json(const RunProgress& progress) {
  return nlohmann::json{{"job", progress.job},
                        {"done", progress.done},
                        {"total", progress.total},
                        {"unit", progress.unit}}
      .dump();
}

std::string policy_to_json(const RunPolicy& policy) {
  nlohmann::json json{{"timeout", policy.timeout.count()}};
  if (policy.start_deadline) json["startDeadline"] = policy.start_deadline->count();
  return json.dump();
}

RunPolicy policy_from_json(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  RunPolicy policy;
  policy.timeout = std::chrono::seconds(json.value("timeout", policy.timeout.count()));
  if (const auto deadline = json.find("startDeadline"); deadline != json.end()) {
    policy.start_deadline = std::chrono::seconds(deadline->get<std::int64_t>());
  }
  return policy;
}

/// A run as its row: composite values as JSON text.
struct RunRow {
  Run run;
  std::int64_t slot = 0, queued = 0, started = 0, finished = 0, not_before = 0, discarded = 0;
  int after_previous = 0;
  std::string jobs, parameters, state, progress, counts, outputs, log, policy, inputs;

  RunRow() = default;
  explicit RunRow(const Run& from)
      : run(from),
        slot(to_micros(from.slot_at)),
        queued(to_micros(from.queued_at)),
        started(to_micros(from.started_at)),
        finished(to_micros(from.finished_at)),
        not_before(to_micros(from.not_before)),
        discarded(to_micros(from.discarded_at)),
        after_previous(from.policy.after_previous ? 1 : 0),
        jobs(nlohmann::json(from.jobs).dump()),
        parameters(nlohmann::json(from.parameters).dump()),
        state(name_of(from.state)),
        progress(progress_to_json(from.progress)),
        counts(nlohmann::json(from.counts).dump()),
        outputs(nlohmann::json(from.outputs).dump()),
        log(nlohmann::json(from.log).dump(-1, ' ', false,
                                          nlohmann::json::error_handler_t::replace)),
        policy(policy_to_json(from.policy)),
        inputs(nlohmann::json(from.inputs).dump()) {}

  Run to_run() const {
    Run result = run;
    result.slot_at = from_micros(slot);
    result.queued_at = from_micros(queued);
    result.started_at = from_micros(started);
    result.finished_at = from_micros(finished);
    result.not_before = from_micros(not_before);
    result.discarded_at = from_micros(discarded);
    result.policy = policy_from_json(policy);
    result.policy.after_previous = after_previous != 0;
    result.inputs = nlohmann::json::parse(inputs).get<std::vector<std::string>>();
    result.jobs = nlohmann::json::parse(jobs).get<std::vector<std::string>>();
    result.parameters = nlohmann::json::parse(parameters).get<RunParameters>();
    result.state = parse_run_state(state);
    const auto p = nlohmann::json::parse(progress);
    result.progress = {p.at("job"), p.at("done"), p.at("total"), p.at("unit")};
    result.counts = nlohmann::json::parse(counts).get<std::map<std::string, std::int64_t>>();
    result.outputs = nlohmann::json::parse(outputs).get<std::vector<std::string>>();
    result.log = nlohmann::json::parse(log).get<std::vector<std::string>>();
    return result;
  }
};

/// Runs of one query; `bind` adds the values of its where clause.
template <typename Bind>
std::vector<Run> read_runs(Connection& connection, const std::string& clause, Bind bind) {
  RunRow row;
  Run& run = row.run;
  soci::statement statement(connection.sql);
  statement.exchange(soci::into(run.id));
  statement.exchange(soci::into(run.slot_key));
  statement.exchange(soci::into(run.schedule));
  statement.exchange(soci::into(row.slot));
  statement.exchange(soci::into(run.trigger));
  statement.exchange(soci::into(run.actor));
  statement.exchange(soci::into(row.jobs));
  statement.exchange(soci::into(row.parameters));
  statement.exchange(soci::into(row.state));
  statement.exchange(soci::into(run.revision));
  statement.exchange(soci::into(run.attempt));
  statement.exchange(soci::into(row.queued));
  statement.exchange(soci::into(row.started));
  statement.exchange(soci::into(row.finished));
  statement.exchange(soci::into(row.progress));
  statement.exchange(soci::into(row.counts));
  statement.exchange(soci::into(row.outputs));
  statement.exchange(soci::into(run.error));
  statement.exchange(soci::into(row.log));
  statement.exchange(soci::into(row.policy));
  statement.exchange(soci::into(row.after_previous));
  statement.exchange(soci::into(run.jobs_done));
  statement.exchange(soci::into(row.not_before));
  statement.exchange(soci::into(run.attempts_before));
  statement.exchange(soci::into(row.inputs));
  statement.exchange(soci::into(row.discarded));
  statement.exchange(soci::into(run.discarded_by));
  statement.exchange(soci::into(run.discarded_reason));
  bind(statement);
  statement.alloc();
  statement.prepare(select_run + clause);
  statement.define_and_bind();
  std::vector<Run> runs;
  for_each_row(statement, [&] { runs.push_back(row.to_run()); });
  return runs;
}

}  // namespace

bool store_new_run(UnitOfWork& unit, const Run& run) {
  const RunRow row(run);
  soci::statement statement =
      (static_cast<Connection&>(unit).sql.prepare << insert_run, soci::use(run.id),
       soci::use(run.slot_key), soci::use(run.schedule), soci::use(row.slot),
       soci::use(run.trigger), soci::use(run.actor), soci::use(row.jobs), soci::use(row.parameters),
       soci::use(row.state), soci::use(run.revision), soci::use(run.attempt), soci::use(row.queued),
       soci::use(row.started), soci::use(row.finished), soci::use(row.progress),
       soci::use(row.counts), soci::use(row.outputs), soci::use(run.error), soci::use(row.log),
       soci::use(row.policy), soci::use(row.after_previous), soci::use(row.not_before),
       soci::use(row.inputs));
  statement.execute(true);
  return statement.get_affected_rows() == 1;
}

void update_run(UnitOfWork& unit, Run& run) {
  ++run.revision;
  const RunRow row(run);
  static_cast<Connection&>(unit).sql << update_run_row, soci::use(row.state),
      soci::use(run.revision), soci::use(run.attempt), soci::use(row.started),
      soci::use(row.finished), soci::use(row.progress), soci::use(row.counts),
      soci::use(row.outputs), soci::use(run.error), soci::use(row.log), soci::use(run.jobs_done),
      soci::use(row.not_before), soci::use(run.attempts_before), soci::use(row.inputs),
      soci::use(row.discarded), soci::use(run.discarded_by), soci::use(run.discarded_reason),
      soci::use(run.id);
}

std::optional<Run> find_run(Connection& connection, const std::string& id) {
  auto runs = read_runs(connection, "where id = :id",
                        [&](soci::statement& statement) { statement.exchange(soci::use(id)); });
  return runs.empty() ? std::nullopt : std::optional(std::move(runs.front()));
}

std::vector<Run> load_runs(Connection& connection, const RunFilter& filter, std::int64_t limit) {
  const int any_schedule = filter.schedule.empty() ? 1 : 0;
  const int any_state = filter.state ? 0 : 1;
  const std::string state = name_of(filter.state.value_or(RunState::queued));
  return read_runs(connection,
                   "where (:any_schedule = 1 or schedule = :schedule)"
                   " and (:any_state = 1 or state = :state) order by queued_at desc, id desc"
                   " limit :limit",
                   [&](soci::statement& statement) {
                     statement.exchange(soci::use(any_schedule));
                     statement.exchange(soci::use(filter.schedule));
                     statement.exchange(soci::use(any_state));
                     statement.exchange(soci::use(state));
                     statement.exchange(soci::use(limit));
                   });
}

std::optional<Run> find_startable_run(Connection& connection, Instant now) {
  const std::int64_t now_at = to_micros(now);
  auto runs = read_runs(connection, startable_run,
                        [&](soci::statement& statement) { statement.exchange(soci::use(now_at)); });
  return runs.empty() ? std::nullopt : std::optional(std::move(runs.front()));
}

std::optional<Instant> find_next_start(Connection& connection, Instant now) {
  const std::int64_t now_at = to_micros(now);
  std::int64_t at = 0;
  soci::indicator found = soci::i_null;
  connection.sql << "select min(not_before) from run where state = 'queued'"
                    " and not_before > :now",
      soci::into(at, found), soci::use(now_at);
  if (found == soci::i_null) return std::nullopt;
  return from_micros(at);
}

bool has_unfinished_run(Connection& connection, const std::string& schedule) {
  std::int64_t runs = 0;
  connection.sql << "select count(*) from run where state in ('queued', 'running')"
                    " and schedule = :schedule",
      soci::into(runs), soci::use(schedule);
  return runs > 0;
}

std::int64_t count_undecided_failures(Connection& connection) {
  std::int64_t runs = 0;
  connection.sql << "select count(*) from run where state = 'failed' and slot_at > 0"
                    " and discarded_at = 0",
      soci::into(runs);
  return runs;
}

std::optional<Instant> find_last_success(Connection& connection, const std::string& schedule) {
  std::int64_t at = 0;
  soci::indicator found = soci::i_null;
  connection.sql << "select max(finished_at) from run where schedule = :schedule"
                    " and state = 'succeeded'",
      soci::into(at, found), soci::use(schedule);
  if (found == soci::i_null) return std::nullopt;
  return from_micros(at);
}

std::vector<Run> load_runs_in(Connection& connection, RunState state) {
  const std::string name = name_of(state);
  return read_runs(connection, "where state = :state order by queued_at, slot_at, id",
                   [&](soci::statement& statement) { statement.exchange(soci::use(name)); });
}

std::int64_t thin_idle_runs(UnitOfWork& unit, Instant before) {
  const std::int64_t before_at = to_micros(before);
  soci::statement statement =
      (static_cast<Connection&>(unit).sql.prepare
           << "delete from run where queued_at < :before and state in ('succeeded', 'skipped')"
              " and attempt = 1 and counts = '{}' and outputs = '[]'",
       soci::use(before_at));
  statement.execute(true);
  return statement.get_affected_rows();
}

RemovedRuns remove_old_runs(UnitOfWork& unit, Instant before, std::int64_t limit) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  const std::int64_t before_at = to_micros(before);
  RemovedRuns removed;
  std::int64_t first = 0;
  std::int64_t last = 0;
  sql << "select count(*), coalesce(min(queued_at), 0), coalesce(max(queued_at), 0)" + old_runs,
      soci::into(removed.count), soci::into(first), soci::into(last), soci::use(before_at),
      soci::use(limit);
  removed.first_at = from_micros(first);
  removed.last_at = from_micros(last);
  if (removed.count == 0) return removed;
  sql << "delete from run where id in (select id" + old_runs + ")", soci::use(before_at),
      soci::use(limit);
  return removed;
}

void rewind_runs(UnitOfWork& unit, Instant now) {
  const std::int64_t now_at = to_micros(now);
  soci::session& sql = static_cast<Connection&>(unit).sql;
  sql << "update schedule_state set looked_until = :until where looked_until > :now",
      soci::use(now_at), soci::use(now_at);
  sql << "update run set state = 'skipped', finished_at = :finished, revision = revision + 1,"
         " error = 'decided by a clock that was not right' where state = 'queued'"
         " and slot_at > :now",
      soci::use(now_at), soci::use(now_at);
  sql << "update run set not_before = :start, revision = revision + 1 where state = 'queued'"
         " and not_before > :now",
      soci::use(now_at), soci::use(now_at);
}

std::optional<ScheduleState> find_schedule_state(Connection& connection, const std::string& name) {
  int paused = 0;
  std::int64_t looked_until = 0;
  std::string definition;
  connection.sql << "select paused, looked_until, definition from schedule_state"
                    " where name = :name",
      soci::into(paused), soci::into(looked_until), soci::into(definition), soci::use(name);
  if (!connection.sql.got_data()) return std::nullopt;
  return ScheduleState{paused != 0, from_micros(looked_until), definition};
}

void store_schedule_state(UnitOfWork& unit, const std::string& name, const ScheduleState& state) {
  const int paused = state.paused ? 1 : 0;
  const std::int64_t looked_until = to_micros(state.looked_until);
  static_cast<Connection&>(unit).sql
      << "insert into schedule_state(name, paused, looked_until, definition)"
         " values (:name, :paused, :until, :definition)"
         " on conflict (name) do update set paused = excluded.paused,"
         " looked_until = excluded.looked_until, definition = excluded.definition",
      soci::use(name), soci::use(paused), soci::use(looked_until), soci::use(state.definition);
}

}  // namespace costd
