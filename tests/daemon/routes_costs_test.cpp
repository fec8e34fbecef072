#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/daemon/access_world.hpp"

namespace costd {
namespace {

using nlohmann::json;

struct CostsWorld : test::AccessWorld {
  HttpResponse summary(const std::string& group_by) {
    HttpRequest request;
    request.method = "GET";
    request.path = "/v1/admin/costs/summary";
    request.query = {{"groupBy", group_by}, {"from", "2026-10-01"}, {"to", "2026-11-01"}};
    return ask({Role::viewer, std::nullopt, {"token", "t1"}}, request);
  }
};

}  // namespace

TEST_CASE("several groupings in one answer are what each is alone", "[costs]") {
  CostsWorld world;
  const json several = json::parse(world.summary("provider,model,tenant,apiKey,day").body);
  CHECK_FALSE(several.contains("groups"));
  REQUIRE(several.at("groupings").size() == 5);
  for (const auto& [name, rows] : several.at("groupings").items()) {
    INFO(name);
    const json alone = json::parse(world.summary(name).body);
    // 19 days of October, two tenants with a model, a provider and a key each.
    CHECK(rows.size() == (name == "day" ? 19 : 2));
    CHECK(rows == alone.at("groups"));
    for (const char* sum : {"totalCost", "requests", "inputTokens"}) {
      CHECK(several.at(sum) == alone.at(sum));
    }
  }
  CHECK(several.at("requests") == 38);
}

TEST_CASE("a grouping that is none is refused with those there are", "[costs]") {
  CostsWorld world;
  for (const char* wrong : {"colour", "provider,colour", "provider,,model", ",model"}) {
    INFO(wrong);
    const HttpResponse answer = world.summary(wrong);
    CHECK(answer.status == 400);
    CHECK_THAT(answer.body, Catch::Contains("is none of tenant, apiKey, model, provider, day"));
  }
}

TEST_CASE("the dimensions are the models and providers of the usage, of a tenant its own",
          "[costs]") {
  CostsWorld world;
  const auto dimensions = [&](const std::map<std::string, std::string>& query) {
    HttpRequest request;
    request.method = "GET";
    request.path = "/v1/admin/costs/dimensions";
    request.query = query;
    return json::parse(world.ask({Role::viewer, std::nullopt, {"token", "t1"}}, request).body);
  };
  const json rows = json::parse(world.summary("tenant,model,provider").body).at("groupings");
  const json all = dimensions({});
  CHECK(all.at("models").size() == 2);
  for (const char* name : {"model", "provider"}) {
    for (const json& row : rows.at(name)) {
      const json& named = all.at(std::string(name) + "s");
      CHECK(std::ranges::find(named, row.at("key")) != named.end());
    }
  }
  const json own = dimensions({{"tenantId", test::own_tenant}});
  CHECK(own.at("models").size() == 1);
  CHECK(own.at("providers").size() == 1);
  CHECK(dimensions({{"tenantId", "nobody"}}).at("models").empty());
}

}  // namespace costd
