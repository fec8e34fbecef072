#include "ledger/gateway_payload.hpp"

#include <catch2/catch.hpp>

namespace costd {

TEST_CASE("the members that reports need are read where they stand", "[audit]") {
  const GatewayPayload payload =
      read_gateway_payload(R"({"api_key":"key_1","error_code":null,"latency_ms":812,"model":"m",)"
                           R"("policy_decision":"DENY",)"
                           R"("policy_id":"p1","policy_rule_id":"r1","provider":"openai",)"
                           R"("status":403,"tokens_total":0})");
  CHECK(payload.api_key == "key_1");
  CHECK(payload.error_code.empty());
  CHECK(payload.latency_ms == 812);
  CHECK(payload.model == "m");
  CHECK(payload.policy_decision == "DENY");
  CHECK(payload.policy_id == "p1");
  CHECK(payload.policy_rule_id == "r1");
  CHECK(payload.provider == "openai");
  CHECK(payload.status == 403);
  CHECK(payload.tokens_total == 0);
}

TEST_CASE("members of the same names that stand deeper are not read", "[audit]") {
  const GatewayPayload payload =
      read_gateway_payload(R"({"a":{"model":"wrong","list":[{"status":1}]},"b":["model",)"
                           R"({"model":"x"}],"model":"right"})");
  CHECK(payload.model == "right");
  CHECK_FALSE(payload.status);
}

TEST_CASE("lists are kept as they are written, quotes and braces in texts end nothing", "[audit]") {
  const GatewayPayload payload =
      read_gateway_payload(R"({"reason":"a \"quoted\" } , {","categories":["PII","x,y"],)"
                           R"("entity_types":[],"status":200})");
  CHECK(payload.reason == R"(a \"quoted\" } , {)");
  CHECK(payload.categories == R"(["PII","x,y"])");
  CHECK(payload.entity_types == "[]");
  CHECK(payload.status == 200);
}

TEST_CASE("a value of another type is not taken for one", "[audit]") {
  const GatewayPayload payload =
      read_gateway_payload(R"({"status":"200","model":5,"tokens_total":1.5e3,"latency_ms":true})");
  CHECK_FALSE(payload.status);
  CHECK(payload.model.empty());
  CHECK_FALSE(payload.latency_ms);
}

TEST_CASE("what is no object, or ends early, gives what was read until there", "[audit]") {
  CHECK(read_gateway_payload("").model.empty());
  CHECK(read_gateway_payload("{}").model.empty());
  CHECK(read_gateway_payload("[1]").model.empty());
  CHECK(read_gateway_payload(R"({"model":"m","status":2)").model == "m");
  CHECK(read_gateway_payload(R"({"model":"m","reason":"abc\)").model == "m");
}

}  // namespace costd
