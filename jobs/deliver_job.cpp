#include "jobs/deliver_job.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "jobs/alerts/dead_letter_alerts.hpp"
#include "jobs/durable_file.hpp"
#include "jobs/too_large_note.hpp"
#include "ledger/audit_event.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

constexpr std::int64_t messages_per_pass = 100;
constexpr std::chrono::milliseconds look_again{50};

SendResult hand_over(Transport& transport, const OutboxMessage& message) {
  try {
    const std::string bytes = read_file(message.payload_path);
    if (sha256_hex(bytes) != message.payload_sha256) {
      throw Error(ErrorCode::data, message.payload_path + " was changed after it was written");
    }
    return transport.send({message.id, message.sender, message.recipient, message.message_id},
                          bytes);
  } catch (const Error& error) {
    return {SendOutcome::rejected, error.what()};
  }
}

DeliveryAttempt attempt_of(const OutboxMessage& message, const SendResult& sent, Instant now) {
  DeliveryAttempt attempt;
  attempt.message_id = message.id;
  attempt.recipient = message.recipient;
  attempt.outcome = name_of(sent.outcome);
  attempt.reply = sent.reply;
  attempt.started_at = message.updated_at;  // when it was claimed
  attempt.ended_at = now;
  return attempt;
}

void count(RelayResult& result, OutboxState state) {
  if (state == OutboxState::sent) ++result.sent;
  if (state == OutboxState::retry) ++result.retried;
  if (state == OutboxState::ambiguous) ++result.ambiguous;
  if (state == OutboxState::superseded) ++result.superseded;
  if (state == OutboxState::rejected || state == OutboxState::dead) ++result.failed;
}

class DeliverJob : public Job {
 public:
  DeliverJob(std::shared_ptr<OutboxRelay> relay, std::chrono::milliseconds patience)
      : relay_(std::move(relay)), patience_(patience) {}
  std::string name() const override { return "deliver"; }

  JobResult run(JobContext& context) override {
    JobResult result;
    if (!relay_ || relay_->lane_count() == 0) {
      context.monitor.log("deliver_skipped reason=\"no mail is configured\"");
      return result;
    }
    const RelayResult relayed = relay(context);
    result.count("sent", relayed.sent);
    result.count("retried", relayed.retried);
    result.count("failed", relayed.failed);
    result.count("ambiguous", relayed.ambiguous);
    result.count("superseded", relayed.superseded);
    result.count("held", relayed.held);
    if (relayed.held > 0) {
      context.monitor.log(
          fmt::format("mail_held messages={} reason=\"the clock is not trusted\"", relayed.held));
    }
    return result;
  }

 private:
  RelayResult relay(JobContext& context) {
    // Whoever asks for the delivery has mended something and should not wait for the next attempt.
    const bool by_schedule = context.actor.kind == "schedule";
    if (!relay_->has_workers()) {
      return by_schedule ? relay_->relay_due(context.as_of, context.stop)
                         : relay_->relay_waiting(context.as_of, context.stop);
    }
    RelayResult before = relay_->progress();
    before.held = 0;
    if (!by_schedule) relay_->hasten(context.as_of);
    relay_->await_workers(context.as_of, patience_, context.stop);
    RelayResult relayed = relay_->progress();
    relayed -= before;
    if (relay_->is_busy(context.as_of)) {
      context.monitor.log(
          "deliver_goes_on reason=\"not all is sent yet; see costctl outbox list\"");
    }
    return relayed;
  }

  std::shared_ptr<OutboxRelay> relay_;
  std::chrono::milliseconds patience_;
};

}  // namespace

RelayResult& RelayResult::operator+=(const RelayResult& other) {
  sent += other.sent;
  retried += other.retried;
  failed += other.failed;
  ambiguous += other.ambiguous;
  superseded += other.superseded;
  held += other.held;
  return *this;
}

RelayResult& RelayResult::operator-=(const RelayResult& other) {
  sent -= other.sent;
  retried -= other.retried;
  failed -= other.failed;
  ambiguous -= other.ambiguous;
  superseded -= other.superseded;
  held -= other.held;
  return *this;
}

void OutboxRelay::add_lane(OutboxLane lane, std::unique_ptr<Transport> transport,
                           RetryPolicy retries, OnAmbiguous on_ambiguous) {
  auto added = std::make_unique<Lane>();
  added->of = std::move(lane);
  added->transport = std::move(transport);
  added->rules = {retries, on_ambiguous};
  lanes_.push_back(std::move(added));
}

RelayResult OutboxRelay::relay_lane(std::size_t number, Instant now, const std::stop_token& stop) {
  Lane& lane = *lanes_.at(number);
  const std::lock_guard lock(lane.mutex);
  RelayResult result;
  if (is_held(lane, result)) return result;
  settle_lane(lane, now, result);
  for (;;) {
    const auto due = load_due_messages(database_.snapshot(), lane.of, now, messages_per_pass);
    if (due.empty()) return result;
    for (const OutboxMessage& message : due) {
      if (stop.stop_requested() || is_held(lane, result)) return result;
      if (auto claimed = claim(lane.of, message.id, now)) {
        send(lane, std::move(*claimed), now, result);
      }
    }
  }
}

RelayResult OutboxRelay::relay_due(Instant now, const std::stop_token& stop) {
  RelayResult result;
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) result += relay_lane(lane, now, stop);
  return result;
}

RelayResult OutboxRelay::relay_waiting(Instant now, const std::stop_token& stop) {
  hasten(now);
  return relay_due(now, stop);
}

void OutboxRelay::hasten(Instant now) {
  UnitOfWork unit = database_.begin();
  make_waiting_due(unit, now);
  unit.commit();
}

bool OutboxRelay::is_busy(Instant now) {
  const Snapshot snapshot = database_.snapshot();
  return std::ranges::any_of(lanes_, [&](const auto& lane) {
    if (lane->of.channel == "mail" && find_clock_hold(snapshot)) return false;
    return !load_due_messages(snapshot, lane->of, now, 1).empty() ||
           !load_sending_messages(snapshot, lane->of).empty();
  });
}

void OutboxRelay::await_workers(Instant now, std::chrono::milliseconds patience,
                                const std::stop_token& stop) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline && !stop.stop_requested() && is_busy(now)) {
    std::unique_lock lock(progress_mutex_);
    progressed_.wait_for(lock, look_again);
  }
}

RelayResult OutboxRelay::progress() {
  std::int64_t held = 0;
  {
    const Snapshot snapshot = database_.snapshot();
    for (const auto& lane : lanes_) held += count_held(snapshot, lane->of);
  }
  const std::lock_guard lock(progress_mutex_);
  RelayResult result = progress_;
  result.held = held;
  return result;
}

std::int64_t OutboxRelay::reject_orphans(Instant now) {
  std::int64_t rejected = 0;
  for (OutboxMessage& message : load_waiting_messages(database_.snapshot(), "webhook")) {
    const OutboxLane lane{message.channel, message.recipient};
    if (std::ranges::any_of(lanes_, [&](const auto& known) { return known->of == lane; })) continue;
    message.state = OutboxState::rejected;
    message.updated_at = now;
    message.last_reply = "no webhook \"" + message.recipient +
                         "\" is configured; configure it again and retry, or discard the message";
    UnitOfWork unit = database_.begin();
    update_outbox_message(unit, message);
    tell(unit, message, now);
    unit.commit();
    ++rejected;
  }
  return rejected;
}

RelayResult OutboxRelay::settle_interrupted(Instant now) {
  RelayResult result;
  for (const auto& lane : lanes_) {
    const std::lock_guard lock(lane->mutex);
    if (!is_held(*lane, result)) settle_lane(*lane, now, result);
  }
  return result;
}

void OutboxRelay::interrupt() {
  for (const auto& lane : lanes_) lane->transport->interrupt();
}

void OutboxRelay::wait_until_idle() {
  for (const auto& lane : lanes_) const std::lock_guard idle(lane->mutex);
}

std::int64_t OutboxRelay::count_held(Connection& connection, const OutboxLane& lane) const {
  if (lane.channel != "mail" || !find_clock_hold(connection)) return 0;
  return static_cast<std::int64_t>(load_waiting_messages(connection, lane.channel).size());
}

bool OutboxRelay::is_held(Lane& lane, RelayResult& result) {
  if (lane.of.channel != "mail") return false;
  const Snapshot snapshot = database_.snapshot();
  const auto hold = find_clock_hold(snapshot);
  if (hold && hold != lane.told_hold) {
    spdlog::warn(
        "mail_held reason=\"the clock jumped from {} to {}\" remedy=\"costctl clock confirm\"",
        format_instant(hold->from), format_instant(hold->to));
  }
  lane.told_hold = hold;
  if (!hold) return false;
  result.held += count_held(snapshot, lane.of);
  return true;
}

void OutboxRelay::settle_lane(Lane& lane, Instant now, RelayResult& result) {
  for (OutboxMessage& message : load_sending_messages(database_.snapshot(), lane.of)) {
    const SendResult unknown = interrupted_attempt();
    const DeliveryAttempt attempt = attempt_of(message, unknown, now);
    end_interrupted_attempt(message, lane.rules, now);
    store(message, attempt, nullptr, now);
    spdlog::warn("delivery_interrupted id={} state={}", message.id, name_of(message.state));
    RelayResult done;
    count(done, message.state);
    add_progress(done);
    result += done;
  }
}

std::optional<OutboxMessage> OutboxRelay::claim(const OutboxLane& lane, const std::string& id,
                                                Instant now) {
  UnitOfWork unit = database_.begin();
  // Looked at again in the transaction: it may have become so since the pass began.
  if (lane.channel == "mail" && find_clock_hold(unit)) return std::nullopt;
  auto message = find_due_message(unit, id, now);
  if (!message) return std::nullopt;
  begin_attempt(*message, later_of(now));
  update_outbox_message(unit, *message);
  unit.commit();
  return message;
}

void OutboxRelay::send(Lane& lane, OutboxMessage message, Instant now, RelayResult& result) {
  const SendResult sent = hand_over(*lane.transport, message);
  end(lane, message, sent, later_of(now), result);
}

void OutboxRelay::end(Lane& lane, OutboxMessage& message, SendResult sent, Instant now,
                      RelayResult& result) {
  std::optional<OutboxMessage> note;
  const DeliveryAttempt attempt = attempt_of(message, sent, now);
  if (sent.outcome == SendOutcome::too_large) {
    message.last_reply = sent.reply;
    try {
      note = prepare_too_large_note(database_.snapshot(), message, options_.notes, now);
    } catch (const Error& error) {
      // The disk, most likely: the refusal comes again, and the note with it.
      sent = {SendOutcome::retry, sent.reply + "; the note could not be stored: " + error.what()};
    }
  }
  end_attempt(message, sent, lane.rules, now);
  if (note) supersede(message, *note);
  store(message, attempt, note ? &*note : nullptr, now);
  if (note) spdlog::info("message_superseded id={} reason=\"{}\"", message.id, sent.reply);
  RelayResult done;
  count(done, message.state);
  add_progress(done);
  result += done;
}

void OutboxRelay::store(OutboxMessage& message, const DeliveryAttempt& attempt, OutboxMessage* note,
                        Instant now) {
  UnitOfWork unit = database_.begin();
  update_outbox_message(unit, message);
  store_delivery_attempt(unit, attempt);
  if (note != nullptr) store_outbox_message(unit, *note);
  tell(unit, message, now);
  unit.commit();
}

void OutboxRelay::tell(UnitOfWork& unit, const OutboxMessage& message, Instant now) const {
  if (needs_a_person(message) && options_.alerts != nullptr) {
    raise_dead_letter(unit, *options_.alerts, message, now);
  }
}

void OutboxRelay::add_progress(const RelayResult& done) {
  const std::lock_guard lock(progress_mutex_);
  progress_ += done;
  progressed_.notify_all();
}

Instant OutboxRelay::later_of(Instant pass) const {
  return options_.now ? std::max(pass, options_.now()) : pass;
}

std::unique_ptr<Job> make_deliver_job(std::shared_ptr<OutboxRelay> relay,
                                      std::chrono::milliseconds patience) {
  return std::make_unique<DeliverJob>(std::move(relay), patience);
}

}  // namespace costd
