#include "jobs/deliver_job.hpp"

#include <algorithm>
#include <charconv>

#include "jobs/alerts/dead_letter_alerts.hpp"
#include "jobs/durable_file.hpp"
#include "ledger/audit_event.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::int64_t messages_per_pass = 100;

/// 0 to 200, thousandths: the same for the same attempt of the same message.
std::int64_t chance_of(const OutboxMessage& message) {
  const std::string hash = sha256_hex(message.id + "/" + std::to_string(message.attempts));
  std::uint32_t number = 0;
  std::from_chars(hash.data(), hash.data() + 8, number, 16);
  return number % 201;
}

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

class DeliverJob : public Job {
 public:
  explicit DeliverJob(std::shared_ptr<OutboxRelay> relay) : relay_(std::move(relay)) {}
  std::string name() const override { return "deliver"; }

  JobResult run(JobContext& context) override {
    JobResult result;
    if (!relay_ || relay_->lane_count() == 0) {
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

RelayResult& RelayResult::operator+=(const RelayResult& other) {
  sent += other.sent;
  retried += other.retried;
  failed += other.failed;
  return *this;
}

RetryPolicy webhook_retries(std::int64_t attempts) {
  RetryPolicy policy;
  policy.first = std::chrono::seconds(10);
  policy.factor = 4;
  policy.longest = std::chrono::hours(6);
  policy.attempts_max = attempts;
  return policy;
}

std::optional<std::chrono::seconds> retry_delay(const RetryPolicy& policy,
                                                const OutboxMessage& message, Instant now,
                                                std::optional<std::chrono::seconds> retry_after) {
  if (message.attempts >= policy.attempts_max) return std::nullopt;
  if (now - message.first_try() >= policy.give_up_after) return std::nullopt;
  std::chrono::seconds delay = policy.first;
  for (std::int64_t n = 1; n < message.attempts && delay < policy.longest; ++n) {
    delay *= policy.factor;
  }
  delay = std::min(delay, policy.longest);
  delay += delay * chance_of(message) / 1'000;
  if (retry_after) {
    const std::chrono::seconds longest = retry_after_max;
    delay = std::max(delay, std::min(*retry_after, longest));
  }
  return delay;
}

void OutboxRelay::add_lane(OutboxLane lane, std::unique_ptr<Transport> transport,
                           RetryPolicy retries) {
  auto added = std::make_unique<Lane>();
  added->of = std::move(lane);
  added->transport = std::move(transport);
  added->retries = retries;
  lanes_.push_back(std::move(added));
}

RelayResult OutboxRelay::relay_lane(std::size_t number, Instant now, const std::stop_token& stop) {
  Lane& lane = *lanes_.at(number);
  const std::lock_guard lock(lane.mutex);
  RelayResult result;
  for (;;) {
    const auto due = load_due_messages(database_.snapshot(), lane.of, now, messages_per_pass);
    if (due.empty()) return result;
    for (const OutboxMessage& message : due) {
      if (stop.stop_requested()) return result;
      if (auto claimed = claim(message.id, now)) send(lane, std::move(*claimed), now, result);
    }
  }
}

RelayResult OutboxRelay::relay_due(Instant now, const std::stop_token& stop) {
  RelayResult result;
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) result += relay_lane(lane, now, stop);
  return result;
}

RelayResult OutboxRelay::relay_waiting(Instant now, const std::stop_token& stop) {
  {
    UnitOfWork unit = database_.begin();
    make_waiting_due(unit, now);
    unit.commit();
  }
  return relay_due(now, stop);
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
    store(message);
    ++rejected;
  }
  return rejected;
}

void OutboxRelay::interrupt() {
  for (const auto& lane : lanes_) lane->transport->interrupt();
}

void OutboxRelay::wait_until_idle() {
  for (const auto& lane : lanes_) const std::lock_guard idle(lane->mutex);
}

std::optional<OutboxMessage> OutboxRelay::claim(const std::string& id, Instant now) {
  UnitOfWork unit = database_.begin();
  auto message = find_due_message(unit, id, now);
  if (!message) return std::nullopt;
  message->state = OutboxState::sending;
  message->updated_at = now;
  ++message->attempts;
  update_outbox_message(unit, *message);
  unit.commit();
  return message;
}

void OutboxRelay::send(Lane& lane, OutboxMessage message, Instant now, RelayResult& result) {
  const SendResult sent = hand_over(*lane.transport, message);
  message.last_reply = sent.reply;
  switch (sent.outcome) {
    case SendOutcome::sent:
      message.state = OutboxState::sent;
      ++result.sent;
      break;
    case SendOutcome::retry:
    case SendOutcome::ambiguous:  // sent again under the same Message-ID: better twice than never
      if (const auto delay = retry_delay(lane.retries, message, now, sent.retry_after)) {
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
  store(message);
}

void OutboxRelay::store(const OutboxMessage& message) {
  UnitOfWork unit = database_.begin();
  update_outbox_message(unit, message);
  const bool is_given_up =
      message.state == OutboxState::rejected || message.state == OutboxState::dead;
  if (is_given_up && alerts_ != nullptr) {
    raise_dead_letter(unit, *alerts_, message, message.updated_at);
  }
  unit.commit();
}

std::unique_ptr<Job> make_deliver_job(std::shared_ptr<OutboxRelay> relay) {
  return std::make_unique<DeliverJob>(std::move(relay));
}

}  // namespace costd
