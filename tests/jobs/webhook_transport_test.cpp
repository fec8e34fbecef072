// What the webhook transport decides before it connects. The rest needs a receiver, see
// tests/end_to_end/alerts_test.py.

#include <catch2/catch.hpp>

#include "jobs/delivery/transport.hpp"
#include "ledger/error.hpp"
#include "tests/support/ledger_builders.hpp"

namespace costd {
namespace {

using Catch::Matchers::Contains;

const Envelope envelope{"01J", "", "pager", "01K"};

WebhookSettings settings_for(std::vector<std::vector<std::string>> answers) {
  WebhookSettings settings;
  settings.name = "pager";
  settings.url = "https://hooks.example.com/t0ken";
  settings.keys = {std::string(24, 'k')};
  settings.total_timeout = std::chrono::milliseconds(2'000);
  settings.now = [] { return test::at("2026-11-04T06:00:00Z"); };
  settings.resolve = [answers, asked = std::size_t{0}](const std::string& host) mutable {
    CHECK(host == "hooks.example.com");
    return answers.at(std::min(asked++, answers.size() - 1));
  };
  return settings;
}

}  // namespace

TEST_CASE("a host with a private address gets nothing", "[webhook]") {
  const auto transport = make_webhook_transport(settings_for({{"1.1.1.1", "192.168.0.1"}}));
  const SendResult result = transport->send(envelope, "{}");
  CHECK(result.outcome == SendOutcome::rejected);
  CHECK_THAT(result.reply, Contains("192.168.0.1") && !Contains("t0ken"));
}

TEST_CASE("a host that is re-pointed inside is refused at the next attempt", "[webhook]") {
  // The first answer is a loopback address that nobody listens at, the second one is inside.
  WebhookSettings settings = settings_for({{"127.0.0.1"}, {"10.0.0.1"}});
  settings.url = "https://hooks.example.com:1/";
  settings.loopback = Loopback::allowed;
  const auto transport = make_webhook_transport(settings);
  const SendResult first = transport->send(envelope, "{}");
  CHECK(first.outcome == SendOutcome::retry);
  // Pinned: it went to the address that was checked and asked nobody else for the name.
  CHECK_THAT(first.reply, Contains("hooks.example.com port 1"));
  CHECK(transport->send(envelope, "{}").outcome == SendOutcome::rejected);
}

TEST_CASE("a host that cannot be resolved is tried again", "[webhook]") {
  WebhookSettings settings = settings_for({{}});
  settings.resolve = [](const std::string& host) -> std::vector<std::string> {
    throw Error(ErrorCode::network, "cannot resolve " + host);
  };
  const SendResult result = make_webhook_transport(settings)->send(envelope, "{}");
  CHECK(result.outcome == SendOutcome::retry);
  CHECK(result.reply == "cannot resolve hooks.example.com");
}

TEST_CASE("the system resolves numbers in every spelling to what they are", "[webhook]") {
  CHECK(resolve_host("127.0.0.1") == std::vector<std::string>{"127.0.0.1"});
  CHECK(resolve_host("2130706433") == std::vector<std::string>{"127.0.0.1"});
  CHECK(resolve_host("0x7f.1") == std::vector<std::string>{"127.0.0.1"});
  CHECK(resolve_host("::ffff:10.0.0.1") == std::vector<std::string>{"::ffff:10.0.0.1"});
}

TEST_CASE("a webhook that cannot sign is refused", "[webhook]") {
  WebhookSettings settings = settings_for({{"1.1.1.1"}});
  settings.keys.clear();
  CHECK_THROWS_WITH(make_webhook_transport(settings), Contains("webhook pager has no secret"));
}

}  // namespace costd
