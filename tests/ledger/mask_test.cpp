#include "ledger/mask.hpp"

#include <catch2/catch.hpp>

namespace costd {

TEST_CASE("a masked key shows its prefix, four characters and the last four", "[mask]") {
  struct Example {
    const char* key;
    const char* shown;
  };
  const auto example = GENERATE(values<Example>({
      {"key_6e41c0ffee7d56", "key_6e41…7d56"},
      {"sk-proj-abcdefghijkl", "sk-proj-abcd…ijkl"},  // the hyphen is the eighth character
      {"gateway_0123456789", "gateway_0123…6789"},
      {"longprefix_0123456789", "long…6789"},  // the separator comes too late
      {"0123456789abcdef", "0123…cdef"},
      {"клю_абвгдежзийклмн", "клю_абвг…клмн"},  // characters, not bytes
      {"鍵-0123456789", "鍵-0123…6789"},
  }));
  CHECK(mask_key(example.key) == example.shown);
}

TEST_CASE("a key that masking would not shorten is unchanged", "[mask]") {
  CHECK(mask_key("").empty());
  CHECK(mask_key("ci") == "ci");
  CHECK(mask_key("012345678") == "012345678");  // 4 + 1 + 4 characters: nothing gained
  CHECK(mask_key("0123456789") == "0123…6789");
  CHECK(mask_key("key_123456789") == "key_123456789");  // 4 + 4 + 1 + 4
  CHECK(mask_key("key_1234567890") == "key_1234…7890");
}

}  // namespace costd
