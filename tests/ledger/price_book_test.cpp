#include "ledger/price_book.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/ledger/price_entries.hpp"

namespace costd {
namespace {

using test::a_price;

Day day(const std::string& text) {
  return parse_day(text).value();
}

PriceQuestion question(std::string model, std::string provider = "acme",
                       const std::string& on = "2026-10-15") {
  return {std::move(model), std::move(provider), ServiceTier::standard, day(on)};
}

/// The id of the entry that prices the question; 0 if it is unpriced.
std::int64_t winner(const std::vector<PriceEntry>& entries, const PriceQuestion& asked) {
  const PriceBook book(entries);
  const PriceEntry* entry = book.find(asked);
  const auto explained = book.explain(asked).winner;
  CHECK((entry == nullptr ? 0 : entry->id) == (explained ? explained->id : 0));
  return entry == nullptr ? 0 : entry->id;
}

/// The glob rule word by word, without any cleverness.
bool matches_by_trying(const char* pattern, const char* text) {
  if (*pattern == '\0') return *text == '\0';
  if (*pattern == '*') {
    return matches_by_trying(pattern + 1, text) ||
           (*text != '\0' && matches_by_trying(pattern, text + 1));
  }
  if (*text == '\0') return false;
  return (*pattern == '?' || *pattern == *text) && matches_by_trying(pattern + 1, text + 1);
}

bool is_literal(char c) {
  return c != '*' && c != '?';
}

std::int64_t literals_of(const PriceEntry& entry) {
  return std::ranges::count_if(entry.model_pattern, is_literal);
}

/// Keeps the entries whose property is the best one of all.
template <typename Property>
void keep_best(std::vector<PriceEntry>& entries, Property property) {
  if (entries.empty()) return;
  auto best = property(entries.front());
  for (const PriceEntry& entry : entries) best = std::max(best, property(entry));
  std::erase_if(entries, [&](const PriceEntry& entry) { return property(entry) != best; });
}

/// The rule of resolution as a row of sieves, each as it stands in the design.
std::int64_t winner_by_sieves(std::vector<PriceEntry> entries, const PriceQuestion& asked) {
  std::erase_if(entries, [&](const PriceEntry& entry) {
    return entry.tier != asked.tier || entry.effective_from > asked.day ||
           (!entry.provider.empty() && entry.provider != asked.provider) ||
           !matches_by_trying(entry.model_pattern.c_str(), asked.model.c_str());
  });
  keep_best(entries, [](const PriceEntry& entry) { return !entry.provider.empty(); });
  keep_best(entries, [](const PriceEntry& entry) {
    return std::ranges::all_of(entry.model_pattern, is_literal);
  });
  keep_best(entries, literals_of);
  keep_best(entries, [](const PriceEntry& entry) { return entry.effective_from; });
  std::ranges::sort(entries, {}, [](const PriceEntry& entry) {
    return std::make_pair(entry.model_pattern, entry.id);
  });
  return entries.empty() ? 0 : entries.front().id;
}

std::string random_word(std::mt19937_64& random, const std::string& letters, std::size_t longest) {
  std::string word(random() % (longest + 1), ' ');
  for (char& letter : word) letter = letters[random() % letters.size()];
  return word;
}

PriceCandidate candidate(const PriceExplanation& explanation, std::int64_t id) {
  const auto found = std::ranges::find(explanation.candidates, id,
                                       [](const PriceCandidate& c) { return c.entry.id; });
  REQUIRE(found != explanation.candidates.end());
  return *found;
}

bool mentions(const std::string& text, const std::string& word) {
  return text.find(word) != std::string::npos;
}

}  // namespace

TEST_CASE("a glob's star is any run of characters, its question mark exactly one", "[prices]") {
  struct Row {
    const char* pattern;
    const char* text;
    bool matches;
  };
  const std::vector<Row> rows{
      {"gpt-4o", "gpt-4o", true},
      {"gpt-4o", "gpt-4o-mini", false},
      {"gpt-4o*", "gpt-4o", true},
      {"gpt-4o*", "gpt-4o-mini", true},
      {"gpt-4o*", "GPT-4o", false},
      {"*", "", true},
      {"*", "anything", true},
      {"", "", true},
      {"", "a", false},
      {"?", "", false},
      {"?", "a", true},
      {"?", "ab", false},
      {"*-mini", "gpt-4o-mini", true},
      {"*-mini", "gpt-4o-mini-2", false},
      {"*mini*", "gpt-4o-mini-2", true},
      {"claude-?-sonnet", "claude-3-sonnet", true},
      {"claude-?-sonnet", "claude-35-sonnet", false},
      {"a*b*c", "aXbXbXc", true},
      {"a*b*c", "aXcXb", false},
      {"**a", "a", true},
      {"a**", "a", true},
      {"*a*a", "aa", true},
      {"*a*a", "a", false},
      {"m.large", "mxlarge", false},  // no regular expression
      {"m[ab]", "ma", false},         // no character class
      {"m[ab]", "m[ab]", true},
      {"m+", "mm", false},
      {"m\\*", "m*", false},  // no escape
  };
  for (const Row& row : rows) {
    INFO(row.pattern << " on " << row.text);
    CHECK(matches_glob(row.pattern, row.text) == row.matches);
  }
}

TEST_CASE("globs match what trying every way matches", "[prices]") {
  std::mt19937_64 random(20'261'015);
  int matched = 0;
  for (int n = 0; n < 50'000; ++n) {
    const std::string pattern = random_word(random, "ab*?", 8);
    const std::string text = random_word(random, "ab", 8);
    const bool expected = matches_by_trying(pattern.c_str(), text.c_str());
    matched += expected ? 1 : 0;
    INFO(pattern << " on " << text);
    REQUIRE(matches_glob(pattern, text) == expected);
  }
  CHECK(matched > 5'000);
  CHECK(matched < 45'000);
}

TEST_CASE("a hostile glob takes no exponential time", "[prices]") {
  std::string pattern;
  for (int n = 0; n < 60; ++n) pattern += "a*";
  CHECK_FALSE(matches_glob(pattern + "b", std::string(2'000, 'a')));
}

TEST_CASE("only stars and question marks make a glob", "[prices]") {
  CHECK(is_glob("gpt-4o*"));
  CHECK(is_glob("claude-?"));
  CHECK_FALSE(is_glob("gpt-4o"));
  CHECK_FALSE(is_glob("m[ab].+\\"));
  CHECK_FALSE(is_glob(""));
}

TEST_CASE("of two prices the more specific wins", "[prices]") {
  struct Row {
    const char* about;
    PriceEntry winner;
    PriceEntry loser;
  };
  const std::vector<Row> rows{
      {"a provider's own price beats one for all", a_price("m*").of("acme"), a_price("m*")},
      {"even where the other is the exact name", a_price("*").of("acme"), a_price("m-large")},
      {"even where the other is later", a_price("m*").of("acme"), a_price("m*").from("2026-09-01")},
      {"the exact name beats a glob", a_price("m-large"), a_price("m-larg?")},
      {"even where the glob has as many letters", a_price("m-large"), a_price("m-large*")},
      {"even where the glob is later", a_price("m-large"), a_price("m-*").from("2026-10-15")},
      {"more letters beat fewer", a_price("m-l*"), a_price("m-*")},
      {"stars and question marks are no letters", a_price("m-l*"), a_price("m-?????")},
      {"more letters beat a later date", a_price("m-l*"), a_price("m-*").from("2026-10-15")},
      {"the later date wins", a_price("m*").from("2026-10-01"), a_price("m*")},
      {"the same day is in effect", a_price("m*").from("2026-10-15"), a_price("m*")},
      {"then the pattern's text", a_price("m*large"), a_price("m-larg*")},
  };
  for (const Row& row : rows) {
    INFO(row.about);
    std::vector<PriceEntry> entries{row.winner, row.loser};
    // Neither age nor order in the book decides: each of the two is once older, once first.
    for (const bool winner_is_older : {true, false}) {
      entries[0].id = winner_is_older ? 1 : 2;
      entries[1].id = winner_is_older ? 2 : 1;
      const std::int64_t expected = entries[0].id;
      CHECK(winner(entries, question("m-large")) == expected);
      CHECK(winner({entries[1], entries[0]}, question("m-large")) == expected);
    }
  }
}

TEST_CASE("a price of another provider, tier or later day does not apply", "[prices]") {
  const auto asked = question("m-large");
  CHECK(winner({a_price("m-large").id(1).of("other")}, asked) == 0);
  CHECK(winner({a_price("m-large").id(1).from("2026-10-16")}, asked) == 0);
  CHECK(winner({a_price("m-large").id(1).from("2026-10-15")}, asked) == 1);
  CHECK(winner({a_price("m-small").id(1)}, asked) == 0);
  CHECK(winner({}, asked) == 0);
  CHECK(winner({a_price("m-large").id(1).of("unknown")}, question("m-large", "unknown")) == 1);
  CHECK(winner({a_price("m-large").id(1).of("acme")}, question("m-large", "ACME")) == 0);
}

TEST_CASE("a tier without a price is unpriced, never the standard price", "[prices]") {
  const std::vector<PriceEntry> entries{a_price("m*").id(1),
                                        a_price("m-large").id(2).tier(ServiceTier::batch)};
  for (const ServiceTier tier : {ServiceTier::priority, ServiceTier::flex}) {
    auto asked = question("m-large");
    asked.tier = tier;
    CHECK(winner(entries, asked) == 0);
  }
  auto batch = question("m-large");
  batch.tier = ServiceTier::batch;
  CHECK(winner(entries, batch) == 2);
  CHECK(winner(entries, question("m-large")) == 1);  // and no other tier's price for standard
  batch.model = "m-small";
  CHECK(winner(entries, batch) == 0);
}

TEST_CASE("a price holds from its first day until the next one's", "[prices]") {
  const std::vector<PriceEntry> entries{a_price("m*").id(1).from("2026-01-01"),
                                        a_price("m*").id(2).from("2026-10-15"),
                                        a_price("m*").id(3).from("2026-12-01")};
  CHECK(winner(entries, question("m", "acme", "2025-12-31")) == 0);
  CHECK(winner(entries, question("m", "acme", "2026-01-01")) == 1);
  CHECK(winner(entries, question("m", "acme", "2026-10-14")) == 1);
  CHECK(winner(entries, question("m", "acme", "2026-10-15")) == 2);
  CHECK(winner(entries, question("m", "acme", "2026-11-30")) == 2);
  CHECK(winner(entries, question("m", "acme", "2026-12-01")) == 3);
}

TEST_CASE("random books resolve as the sieves of the design do", "[prices]") {
  std::mt19937_64 random(4);
  const std::vector<std::string> providers{"", "acme", "bolt"};
  const std::vector<std::string> dates{"2026-01-01", "2026-10-01", "2026-10-15", "2026-11-01"};
  int priced = 0;
  for (int n = 0; n < 3'000; ++n) {
    std::vector<PriceEntry> entries;
    for (std::uint64_t count = random() % 10; count > 0; --count) {
      entries.push_back(a_price(random_word(random, "aab*?", 4))
                            .id(static_cast<std::int64_t>(entries.size()) + 1)
                            .of(providers[random() % providers.size()])
                            .from(dates[random() % dates.size()])
                            .tier(random() % 4 == 0 ? ServiceTier::batch : ServiceTier::standard));
    }
    auto asked = question(random_word(random, "ab", 3), providers[1 + random() % 2]);
    const std::int64_t expected = winner_by_sieves(entries, asked);
    std::ranges::shuffle(entries, random);
    priced += expected == 0 ? 0 : 1;
    REQUIRE(winner(entries, asked) == expected);
  }
  CHECK(priced > 500);
}

TEST_CASE("a tie that only the text or the age decides is warned about", "[prices]") {
  // Both have six letters and one star.
  const PriceBook by_text({a_price("m-larg*").id(1), a_price("m*large").id(2)});
  CHECK(by_text.explain(question("m-large")).winner->id == 2);
  CHECK_FALSE(by_text.explain(question("m-large")).warnings.empty());
  CHECK(mentions(candidate(by_text.explain(question("m-large")), 1).why, "pattern"));

  const PriceBook by_age({a_price("m*").id(9), a_price("m*").id(4)});
  CHECK(by_age.explain(question("m-large")).winner->id == 4);
  CHECK_FALSE(by_age.explain(question("m-large")).warnings.empty());
  CHECK(mentions(candidate(by_age.explain(question("m-large")), 9).why, "older"));
}

TEST_CASE("a price that wins by the rules is not warned about", "[prices]") {
  const PriceBook book({a_price("m*").id(1), a_price("m-large").id(2), a_price("m*").id(3).of("x"),
                        a_price("m*").id(4).from("2026-05-01")});
  CHECK(book.explain(question("m-large")).warnings.empty());
  CHECK(book.explain(question("none")).warnings.empty());
}

TEST_CASE("an explanation names every candidate and why it lost", "[prices]") {
  const PriceBook book({
      a_price("m-large").id(1).of("acme"),
      a_price("m-large").id(2),
      a_price("m-l*").id(3).of("acme"),
      a_price("m-*").id(4).of("acme"),
      a_price("m-large").id(5).of("other"),
      a_price("m-large").id(6).of("acme").tier(ServiceTier::batch),
      a_price("m-large").id(7).of("acme").from("2026-12-01"),
  });
  const auto explanation = book.explain(question("m-large"));
  REQUIRE(explanation.winner);
  CHECK(explanation.winner->id == 1);
  REQUIRE_FALSE(explanation.candidates.empty());
  CHECK(explanation.candidates.front().entry.id == 1);
  for (const PriceCandidate& one : explanation.candidates) {
    INFO(one.entry.id << ": " << one.why);
    CHECK_FALSE(one.why.empty());
    CHECK(one.eligible == (one.entry.id <= 4));
  }
  CHECK(mentions(candidate(explanation, 2).why, "provider"));
  CHECK(mentions(candidate(explanation, 3).why, "exact"));
  CHECK(mentions(candidate(explanation, 5).why, "provider"));
  CHECK(mentions(candidate(explanation, 6).why, "tier"));
  CHECK(mentions(candidate(explanation, 7).why, "2026-12-01"));
}

TEST_CASE("a book of thousands of entries answers as a plain scan of it does", "[prices]") {
  std::mt19937_64 random(17);
  const std::vector<std::string> dates{"2026-01-01", "2026-10-01", "2026-10-15", "2026-11-01"};
  const std::vector<std::string> providers{"", "acme", "bolt"};
  std::vector<PriceEntry> entries;
  for (int n = 0; n < 3'000; ++n) {
    std::string pattern = "m-" + std::to_string(random() % 1'500);
    if (random() % 3 == 0) pattern = pattern.substr(0, 2 + random() % 4) + "*";
    if (random() % 20 == 0) pattern = "*" + pattern;
    entries.push_back(a_price(pattern)
                          .id(n + 1)
                          .of(providers[random() % providers.size()])
                          .from(dates[random() % dates.size()])
                          .tier(random() % 4 == 0 ? ServiceTier::batch : ServiceTier::standard));
  }
  const PriceBook book(entries);
  int priced = 0;
  for (int n = 0; n < 5'000; ++n) {
    auto asked = question("m-" + std::to_string(random() % 2'000), providers[1 + random() % 2],
                          dates[random() % dates.size()]);
    if (random() % 4 == 0) asked.tier = ServiceTier::batch;
    const auto scanned = std::ranges::find_if(book.entries(), [&](const PriceEntry& entry) {
      return entry.tier == asked.tier && entry.effective_from <= asked.day &&
             (entry.provider.empty() || entry.provider == asked.provider) &&
             matches_by_trying(entry.model_pattern.c_str(), asked.model.c_str());
    });
    const PriceEntry* const found = book.find(asked);
    REQUIRE((found == nullptr ? 0 : found->id) ==
            (scanned == book.entries().end() ? 0 : scanned->id));
    priced += found == nullptr ? 0 : 1;
  }
  CHECK(priced > 1'000);
}

TEST_CASE("a glob that sets the price of a model listed at another price is warned of",
          "[prices]") {
  const PriceEntry glob = a_price("gpt-4o*").id(1).of("openai").input("2.5").output("10");
  const PriceEntry mini = a_price("gpt-4o-mini").of("openai").input("0.15").output("0.6");
  const auto warnings = [](std::vector<PriceEntry> book, std::vector<PriceEntry> listed) {
    return warn_of_swallowed_models(PriceBook(book), book, listed);
  };
  const auto found = warnings({glob}, {mini});
  REQUIRE(found.size() == 1);
  CHECK(found[0] ==
        "the pattern \"gpt-4o*\" (2.50 in, 10.00 out) also prices gpt-4o-mini (0.15 in, 0.60 out), "
        "which has a list price of its own; add an entry that names it exactly");
  // A pattern such as gpt-4o-mini* in the list stands for gpt-4o-mini.
  PriceEntry variants = mini;
  variants.model_pattern = "gpt-4o-mini*";
  CHECK(warnings({glob}, {variants}).size() == 1);
  // Not swallowed: the book prices it itself, it costs the same, it is another tier or provider.
  CHECK(warnings({glob, mini}, {mini}).empty());
  CHECK(warnings({glob}, {a_price("gpt-4o-2024").of("openai").input("2.5").output("10")}).empty());
  CHECK(warnings({glob}, {a_price("gpt-4o-mini").of("openai").tier(ServiceTier::batch)}).empty());
  CHECK(warnings({glob}, {a_price("gpt-4o-mini").of("azure")}).empty());
  CHECK(warnings({glob}, {a_price("claude").of("openai")}).empty());
  CHECK(warnings({a_price("gpt-4o").of("openai")}, {mini}).empty());
}

TEST_CASE("the candidates stand in the order of precedence", "[prices]") {
  const PriceBook book({a_price("*").id(1), a_price("m-*").id(2), a_price("m-l*").id(3),
                        a_price("m-large").id(4), a_price("*").id(5).of("acme")});
  std::vector<std::int64_t> ids;
  for (const auto& one : book.explain(question("m-large")).candidates) ids.push_back(one.entry.id);
  CHECK(ids == std::vector<std::int64_t>{5, 4, 3, 2, 1});
}

TEST_CASE("an unpriced question has no winner and says what was looked at", "[prices]") {
  const PriceBook book({a_price("m-large").id(1).of("other")});
  const auto explanation = book.explain(question("m-large"));
  CHECK_FALSE(explanation.winner);
  REQUIRE(explanation.candidates.size() == 1);
  CHECK_FALSE(explanation.candidates.front().eligible);
  CHECK(PriceBook({}).explain(question("m-large")).candidates.empty());
}

}  // namespace costd
