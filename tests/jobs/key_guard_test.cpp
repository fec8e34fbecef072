#include "jobs/ingest/key_guard.hpp"

#include <catch2/catch.hpp>

namespace costd {
namespace {

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int n = 0; n < times; ++n) all += text;
  return all;
}

}  // namespace

TEST_CASE("secrets are told from opaque ids", "[ingest]") {
  struct Row {
    std::string key;
    bool is_secret;
  };
  const auto row = GENERATE(values<Row>({
      {"sk-proj-aB3dE5fG7hJ9kL1mN3pQ5rS7tU9v", true},
      {"sk-ant-api03-abcdefghijklmnopqrstuvwxyz", true},
      {"AIzaSyA1bC2dE3fG4hI5jK6lM7nO8pQ9rS0tU1v", true},
      {"gsk_abcdefghijklmnop1234567890", true},
      {"xai-abcdefghijklmnop1234567890", true},
      {"hf_abcdefghijklmnopqrstuvwxyz", true},
      {"AKIAIOSFODNN7EXAMPLE", true},
      {repeated("aB3", 14), true},
      {repeated("x9K-", 10), true},
      {"", false},
      {"key_one", false},
      {"sk-short", false},
      {"unknown", false},
      {"6e41b0c2-1f5a-4d0e-9c3b-2a7d56f01c9e", false},
      {"6E41B0C2-1F5A-4D0E-9C3B-2A7D56F01C9E", false},
      {repeated("0a1b2c3d", 4), false},
      {repeated("0a1b2c3d", 8), false},
      {"key_" + repeated("0a1b2c3d", 4), false},
      {"01JBQ5V8ZC3E8K4T9W2XR7MDHP", false},
      {repeated("search-ranking-production-", 4).substr(0, 90), false},
      {"Search Ranking Production Key Of The Team In Building 7, Second Floor On The Left", false},
  }));
  CAPTURE(row.key);
  CHECK(looks_like_secret(row.key) == row.is_secret);
  if (row.is_secret) {
    CHECK(guard_key(row.key, "install secret").starts_with("hmac_"));
    CHECK(guard_key(row.key, "install secret").size() == 5 + 32);
  } else {
    CHECK(guard_key(row.key, "install secret") == row.key);
  }
}

TEST_CASE("the hash of a key is HMAC-SHA256, and each installation's own", "[ingest]") {
  // printf %s KEY | openssl dgst -sha256 -hmac secret: the first 32 digits.
  const std::string key = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz";
  CHECK(guard_key(key, "secret") == "hmac_cb234f7869987ca68eed043e7d0bfbd3");
  CHECK(guard_key(key, "secret") != guard_key(key, "other"));
  CHECK(guard_key(key, "secret") != guard_key(key + "x", "secret"));
}

}  // namespace costd
