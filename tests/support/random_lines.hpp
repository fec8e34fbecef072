#pragma once
// Random lines of the gateway: right ones in changing layouts, odd ones, and damaged ones.

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace costd::test {

class RandomLines {
 public:
  explicit RandomLines(std::uint64_t seed) : random_(seed) {
    for (int n = 0; n < 9; ++n) layouts_.push_back(a_layout());
  }

  /// Lines with their ends, most of them in one of a few layouts; the last one may have none.
  std::string chunk(std::size_t lines) {
    const bool any_bytes = one_in(5);  // else only ASCII, since one wrong byte slows all others
    std::string text;
    for (std::size_t n = 0; n < lines; ++n) {
      std::string line = one_in(40) ? odd_line() : a_line(pick(layouts_));
      if (one_in(12)) damage(line, any_bytes);
      text += line;
      if (n + 1 < lines || one_in(2)) text += one_in(6) ? "\r\n" : "\n";
    }
    if (one_in(4)) layouts_[random_() % layouts_.size()] = a_layout();
    return text;
  }

 private:
  using Texts = std::vector<std::string>;
  struct Layout {
    Texts keys;
    Texts before;  ///< white space before each key, and at the end
    Texts after;   ///< around each colon
    bool wild = false;
  };

  bool one_in(unsigned n) { return random_() % n == 0; }
  template <typename List>
  const typename List::value_type& pick(const List& list) {
    return list[random_() % list.size()];
  }

  std::string white() {
    static const Texts some{" ", "  ", "\t", " \t ", "\r"};
    return one_in(8) ? pick(some) : "";
  }

  Layout a_layout() {
    static const Texts optional{"totalTokens",
                                "cachedInputTokens",
                                "cacheWriteTokens",
                                "reasoningTokens",
                                "cacheWrite1hTokens",
                                "estimated",
                                "cacheStatus",
                                "serviceTier",
                                "provider",
                                "apiKey",
                                "workspaceId",
                                "credentialFingerprint",
                                "a.key-nobody_has",
                                "extra",
                                "tags"};
    Layout layout;
    layout.keys = {"model", "inputTokens", "outputTokens", "timestamp"};
    if (!one_in(8)) layout.keys.push_back("id");
    if (!one_in(6)) layout.keys.push_back("tenantId");
    for (const std::string& key : optional) {
      const bool has_whole = std::ranges::count(layout.keys, "cacheWriteTokens") > 0;
      if (key == "cacheWrite1hTokens" && !has_whole) continue;
      if (one_in(key == "tags" || key == "workspaceId" ? 12 : 2)) layout.keys.push_back(key);
    }
    if (one_in(30)) layout.keys.push_back(std::string(random_() % 70, 'k'));
    if (one_in(30)) layout.keys.push_back(pick(layout.keys));
    if (one_in(30)) layout.keys.push_back("\\u006dodel");
    std::ranges::shuffle(layout.keys, random_);
    for (std::size_t n = 0; n <= layout.keys.size(); ++n) {
      layout.before.push_back(white());
      layout.after.push_back(one_in(20) ? " : " : ":");
    }
    layout.wild = one_in(3);
    return layout;
  }

  std::string a_line(const Layout& layout) {
    std::string line = "{";
    for (std::size_t n = 0; n < layout.keys.size(); ++n) {
      line += (n == 0 ? "" : ",") + layout.before[n] + "\"" + layout.keys[n] + "\"";
      line += layout.after[n] + value(layout.keys[n], layout.wild && one_in(15));
    }
    return line + layout.before.back() + "}";
  }

  std::string value(const std::string& key, bool wild) {
    if (wild) return wild_value();
    if (key.ends_with("Tokens")) return count(key);
    if (key == "estimated") return one_in(2) ? "true" : "false";
    if (key == "tags") return one_in(2) ? R"({"team":"search"})" : "null";
    if (key == "timestamp") return "\"" + timestamp() + "\"";
    if (key == "cacheStatus") {
      static const Texts some{"\"HIT\"", "\"MISS\"", "null", "\"\""};
      return pick(some);
    }
    if (key == "serviceTier") {
      static const Texts some{"\"standard\"", "\"batch\"", "null", "\"flex\"", "\"priority\""};
      return pick(some);
    }
    if (key == "id") return one_in(20) ? "null" : "\"" + id() + "\"";
    if (key == "credentialFingerprint") return one_in(4) ? "null" : "\"fp-" + digits(2) + "\"";
    if (key == "apiKey" && one_in(10)) return R"("sk-proj-aB3dE5fG7hJ9kL1mN3pQ5rS7tU9v")";
    return "\"" + key.substr(0, 6) + "-" + digits(3) + "\"";
  }

  std::string count(const std::string& key) {
    static const Texts edges{
        "0",    "2147483647",         "1000000000000",      "1000000000001",
        "null", "2147483646",         "999999999999999999", "1000000000000000000",
        "1",    "9223372036854775807"};
    if (one_in(25)) return pick(edges);
    // Parts are mostly smaller than their wholes.
    if (key == "inputTokens") return std::to_string(2'000 + random_() % 100'000);
    if (key == "outputTokens") return std::to_string(1'000 + random_() % 5'000);
    if (key == "totalTokens") return std::to_string(random_() % 1'000'000);
    if (key == "cacheWrite1hTokens") return std::to_string(random_() % 100);
    return std::to_string(100 + random_() % 800);
  }

  std::string timestamp() {
    static const Texts dates{"2026-10-05", "2026-10-05", "2026-10-05", "2026-10-06", "2000-01-01",
                             "2099-12-31", "1999-12-31", "2100-01-01", "2026-02-29", "2024-02-29"};
    static const Texts ends{"Z",           "Z",       "Z",      "Z",      ".123Z", ".123456Z",
                            ".5Z",         ".1234Z",  "+02:00", "-23:59", "z",     ".12345678Z",
                            ".999999999Z", ".12345Z", "",       ".Z",     ".12aZ", ".12345xZ"};
    const std::string& date = one_in(12) ? pick(dates) : dates.front();
    const auto two = [&](unsigned below) {
      const std::uint64_t number = random_() % (one_in(60) ? 100 : below);
      return (number < 10 ? "0" : "") + std::to_string(number);
    };
    const std::string& end = one_in(4) ? pick(ends) : ends.front();
    return date + (one_in(60) ? "t" : "T") + two(24) + ":" + two(60) + ":" + two(60) + end;
  }

  std::string id() {
    if (one_in(3)) return "chatcmpl-" + digits(1 + random_() % 40);
    std::string text = "00000000-0000-0000-0000-000000000000";
    for (char& c : text) {
      if (c == '0') c = "0123456789abcdef"[random_() % 16];
    }
    if (one_in(15)) std::ranges::transform(text, text.begin(), ::toupper);
    return text;
  }

  std::string digits(std::size_t count) {
    std::string text;
    while (text.size() < count) text += static_cast<char>('0' + random_() % 10);
    return text;
  }

  std::string wild_value() {
    static const Texts some{"null",
                            "true",
                            "false",
                            "0",
                            "-1",
                            "-0",
                            "00",
                            "007",
                            "1.0",
                            "1e3",
                            "1E400",
                            "+1",
                            ".5",
                            "1.",
                            "[]",
                            "{}",
                            "[1,2]",
                            R"("")",
                            R"({"model":"x"})",
                            R"([{"id":"x"}])",
                            R"("a\nb")",
                            "tru",
                            "nulll",
                            R"("\ud800")",
                            R"("a\u0000")",
                            R"("\"")",
                            R"("a\\")",
                            "\"\t\"",
                            "\"\x7f\"",
                            "\"open",
                            "",
                            " ",
                            "\"\xc3\xbc\"",
                            R"("\u00fc")",
                            "12345678901234567890123"};
    if (one_in(12)) return "\"" + std::string(505 + random_() % 20, 'x') + "\"";
    return pick(some);
  }

  std::string odd_line() {
    static const Texts some{"", " ", "\t\r", "{}", "[]", "null", "{", "}", "7", "\"text\"", "{}{}"};
    return pick(some);
  }

  void damage(std::string& line, bool any_bytes) {
    for (std::uint64_t n = random_() % 3 + 1; n > 0 && !line.empty(); --n) {
      const std::size_t at = random_() % line.size();
      const char byte = static_cast<char>(any_bytes ? random_() % 256 : random_() % 127 + 1);
      switch (random_() % 5) {
        case 0:
          line[at] = byte;
          break;
        case 1:
          line.insert(at, 1, byte);
          break;
        case 2:
          line.erase(at, 1 + random_() % 3);
          break;
        case 3:
          line.resize(at);
          break;
        default:
          line.insert(at, line.substr(at, random_() % 30));
          break;
      }
    }
  }

  std::mt19937_64 random_;
  std::vector<Layout> layouts_;
};

}  // namespace costd::test
