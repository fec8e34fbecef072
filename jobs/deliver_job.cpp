#include "jobs/deliver_job.hpp"

#include <algorithm>

#include "jobs/durable_file.hpp"
#include "ledger/audit_event.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::int64_t messages_per_pass = 100;
constexpr std::chrono::minutes delay_max{30};
constexpr std::chrono::hours give_up_after{96};

void store(Database& database, const OutboxMessage& message) {
  UnitOfWork unit = database.begin();
  update_outbox_message(unit, message);
  unit.commit();
}

class DeliverJob : public Job {
 public:
  explicit DeliverJob(std::shared_ptr<OutboxRelay> relay) : relay_(std::move(relay)) {}
  std::string name() const override { return "deliver"; }

  JobResult run(JobContext& context) override {
    JobResult result;
    if (!relay_) {
      context.monitor.log("deliver_skipped reason=\"no mail is configured\"");
      return result;
    }
    // Whoever asks for the delivery has mended something and should not wait for the next attempt.
    const RelayResult relayed = context.actor.kind == "schedule"
                                    ? relay_->relay_due(context.as_of, context.stop)
                                    : relay_->relay_waiting(context.as_of, context.stop);
    result.count("sent", relayed.sent);
    result.count("retried", relayed.retried);
    result.count("failed", relayed.failed);
    return result;
  }

 private:
  std::shared_ptr<OutboxRelay> relay_;
};

}  // namespace

std::optional<std::chrono::minutes> retry_delay(std::int64_t attempts, Instant first_try,
                                                Instant now) {
  if (now - first_try >= give_up_after) return std::nullopt;
  const auto doublings = std::clamp<std::int64_t>(attempts - 1, 0, 5);
  return std::min(std::chrono::minutes(1 << doublings), delay_max);
}

RelayResult OutboxRelay::relay_due(Instant now, const std::stop_token& stop) {
  const std::lock_guard lock(mutex_);
  RelayResult result;
  for (;;) {
    const auto due = load_due_messages(database_.snapshot(), now, messages_per_pass);
    if (due.empty()) return result;
    for (const OutboxMessage& message : due) {
      if (stop.stop_requested()) return result;
      send(message, now, result);
    }
  }
}

RelayResult OutboxRelay::relay_waiting(Instant now, const std::stop_token& stop) {
  {
    UnitOfWork unit = database_.begin();
    make_waiting_due(unit, now);
    unit.commit();
  }
  return relay_due(now, stop);
}

void OutboxRelay::send(OutboxMessage message, Instant now, RelayResult& result) {
  message.state = OutboxState::sending;
  message.updated_at = now;
  ++message.attempts;
  store(database_, message);
  SendResult sent;
  try {
    const std::string bytes = read_file(message.payload_path);
    if (sha256_hex(bytes) != message.payload_sha256) {
      throw Error(ErrorCode::data, message.payload_path + " was changed after it was written");
    }
    sent = transport_->send({message.id, message.sender, message.recipient}, bytes);
  } catch (const Error& error) {
    sent = {SendOutcome::rejected, error.what()};
  }
  message.last_reply = sent.reply;
  switch (sent.outcome) {
    case SendOutcome::sent:
      message.state = OutboxState::sent;
      ++result.sent;
      break;
    case SendOutcome::retry:
    case SendOutcome::ambiguous:  // sent again under the same Message-ID: better twice than never
      if (const auto delay = retry_delay(message.attempts, message.created_at, now)) {
        message.state = OutboxState::pending;
        message.not_before = now + *delay;
        ++result.retried;
      } else {
        message.state = OutboxState::dead;
        ++result.failed;
      }
      break;
    case SendOutcome::rejected:
      message.state = OutboxState::rejected;
      ++result.failed;
      break;
  }
  store(database_, message);
}

std::unique_ptr<Job> make_deliver_job(std::shared_ptr<OutboxRelay> relay) {
  return std::make_unique<DeliverJob>(std::move(relay));
}

}  // namespace costd
