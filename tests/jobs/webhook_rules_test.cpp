#include "jobs/delivery/webhook_rules.hpp"

#include <catch2/catch.hpp>

#include "ledger/error.hpp"

namespace costd {
namespace {

using Catch::Matchers::Contains;

// The example that the Standard Webhooks libraries are tested with.
const std::string published_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string published_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const std::string published_body = R"({"test": 2432232314})";
const std::string published_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr std::int64_t published_seconds = 1614265330;

std::string complaint(const std::string& url, Loopback loopback = Loopback::refused) {
  try {
    check_webhook_url(url, loopback);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::config);
    CHECK_THAT(error.what(), !Contains("token"));
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the signature is the one Standard Webhooks publishes", "[webhook]") {
  const std::string key = parse_webhook_secret(published_secret);
  CHECK(sign_webhook(published_id, published_seconds, published_body, {key}) ==
        published_signature);
}

TEST_CASE("each secret of a rotation signs, in their order", "[webhook]") {
  const std::string key = parse_webhook_secret(published_secret);
  const std::string other = "another secret of enough bytes";
  const std::string both =
      sign_webhook(published_id, published_seconds, published_body, {other, key});
  CHECK(both == sign_webhook(published_id, published_seconds, published_body, {other}) + " " +
                    published_signature);
}

TEST_CASE("a secret is text, or base64 behind whsec_", "[webhook]") {
  CHECK(parse_webhook_secret("0123456789abcdef01234567") == "0123456789abcdef01234567");
  // 24 bytes of zero are 32 letters A; 25 bytes are 33 and a third: AA== or without its padding.
  CHECK(parse_webhook_secret("whsec_" + std::string(32, 'A')) == std::string(24, '\0'));
  CHECK(parse_webhook_secret("whsec_" + std::string(34, 'A') + "==") == std::string(25, '\0'));
  CHECK(parse_webhook_secret("whsec_" + std::string(34, 'A')) == std::string(25, '\0'));
}

TEST_CASE("a weak or broken secret is refused without being shown", "[webhook]") {
  for (const std::string& secret :
       {std::string(), std::string("hunter2hunter2hunter2x"), std::string("whsec_"),
        "whsec_" + std::string(28, 'A'), "whsec_hunter2!" + std::string(30, 'A')}) {
    try {
      parse_webhook_secret(secret);
      FAIL(secret);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::config);
      CHECK_THAT(error.what(), !Contains("hunter2"));
    }
  }
}

TEST_CASE("a webhook is https, or http to loopback where that is allowed", "[webhook]") {
  CHECK(complaint("https://hooks.example.com/path?token=x").empty());
  CHECK(complaint("https://hooks.example.com:8443/").empty());
  CHECK(complaint("http://127.0.0.1:8080/", Loopback::allowed).empty());
  CHECK(complaint("http://[::1]:8080/", Loopback::allowed).empty());
  CHECK_THAT(complaint("http://hooks.example.com/token"), Contains("not https://"));
  CHECK_THAT(complaint("http://hooks.example.com/token", Loopback::allowed),
             Contains("not https://"));
  CHECK_THAT(complaint("http://127.0.0.1/token"), Contains("not https://"));
  CHECK_THAT(complaint("ftp://127.0.0.1/token", Loopback::allowed), Contains("not https://"));
  CHECK_THAT(complaint("https://user:token@example.com/"), Contains("user or a password"));
  CHECK_THAT(complaint("https://token@example.com/"), Contains("user or a password"));
  CHECK_THAT(complaint("https://example.com/#token"), Contains("#fragment"));
  CHECK_THAT(complaint("token"), Contains("https://"));
  CHECK_THAT(complaint(""), Contains("https://"));
  const WebhookAddress address = check_webhook_url("https://[2606:4700::1]/", Loopback::refused);
  CHECK(address.host == "2606:4700::1");
  CHECK(address.port == 443);
}

TEST_CASE("one private address among public ones is enough to refuse a host", "[webhook]") {
  const auto refused = Loopback::refused;
  CHECK(complaint_about_addresses("h", {"1.1.1.1", "2606:4700::1"}, refused).empty());
  CHECK_THAT(complaint_about_addresses("h", {"1.1.1.1", "10.0.0.1"}, refused),
             Contains("h is 10.0.0.1, a private or reserved address"));
  CHECK_THAT(complaint_about_addresses("h", {"127.0.0.1"}, refused), Contains("loopback"));
  CHECK(complaint_about_addresses("h", {"127.0.0.1"}, Loopback::allowed).empty());
  CHECK_THAT(complaint_about_addresses("h", {"::1", "fe80::1"}, Loopback::allowed),
             Contains("reserved"));
  CHECK_THAT(complaint_about_addresses("h", {}, refused), Contains("no address"));
}

TEST_CASE("2xx is sent, 410 is for good, and all else is tried again", "[webhook]") {
  for (const long status : {200, 201, 202, 204, 299}) {
    CHECK(outcome_of_status(status) == SendOutcome::sent);
  }
  CHECK(outcome_of_status(410) == SendOutcome::rejected);
  for (const long status : {100, 300, 301, 302, 307, 308, 400, 401, 404, 408, 413, 425, 429, 500,
                            502, 503, 504}) {
    INFO(status);
    CHECK(outcome_of_status(status) == SendOutcome::retry);
  }
}

TEST_CASE("an answer is told in one line, without what could steer a terminal", "[webhook]") {
  CHECK(describe_answer(200, "", "") == "200");
  CHECK(describe_answer(500, "", "boom\r\n\x1b[31m") == "500: boom??\?[31m");
  CHECK(describe_answer(503, "", std::string(1000, 'x')) == "503: " + std::string(200, 'x'));
  CHECK_THAT(describe_answer(302, "http://169.254.169.254/", ""),
             Contains("redirects are not followed") && !Contains("169.254"));
  CHECK_THAT(describe_answer(410, "", ""), Contains("remove the webhook"));
}

}  // namespace costd
