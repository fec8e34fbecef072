#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "jobs/delivery/mail.hpp"
#include "jobs/delivery/mime_encoding.hpp"
#include "ledger/error.hpp"
#include "tests/jobs/mail_fixtures.hpp"

using namespace costd;
using namespace costd::test;
using Catch::Matchers::Contains;

namespace {

std::string header_of(const nlohmann::json& parsed, const std::string& name) {
  for (const auto& header : parsed.at("headers")) {
    if (header.at(0) == name) return header.at(1);
  }
  return "(no " + name + ")";
}

/// What the message says, and that it is well-formed down to the line ends.
nlohmann::json parse_clean(const Mail& mail) {
  auto parsed = parse_with_python(render_message(mail));
  CHECK(parsed.at("defects").empty());
  CHECK(parsed.at("raw").at("bare_line_ends") == 0);
  CHECK(parsed.at("raw").at("beyond_ascii") == 0);
  return parsed;
}

std::string base64_of(const std::string& bytes) {
  std::string text = encode_base64_lines(bytes);
  text.erase(
      std::remove_if(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; }),
      text.end());
  return text;
}

std::string error_of(const Mail& mail) {
  try {
    render_message(mail);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::data);
    return error.what();
  }
  return "(no error)";
}

/// Random text that is hard on encodings: line ends of all kinds, dots, blanks, several scripts.
std::string hard_text(std::mt19937& random) {
  const std::vector<std::string> pieces{"a",     "Z",  ".",    "\r\n.",  "\n", "\r",
                                        " ",     "\t", "=",    "=3",     "--", "=_",
                                        "From ", "λ",  "請求", "\u00e9", "🎉",  "\r\n"};
  std::string text;
  for (int count = static_cast<int>(random() % 400); count > 0; --count) {
    text += pieces[random() % pieces.size()];
  }
  return text;
}

/// Every line end as CRLF, and one at the end: what a reader makes of a text part.
std::string on_the_wire(const std::string& text) {
  std::string wire;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool line_end = text[i] == '\r' || text[i] == '\n';
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    wire += line_end ? "\r\n" : std::string(1, text[i]);
  }
  if (!wire.empty() && wire.back() != '\n') wire += "\r\n";
  return wire;
}

}  // namespace

TEST_CASE("a plain mail is one text part with the headers a receiver expects", "[mail]") {
  const auto parsed = parse_clean(a_mail());
  CHECK(parsed.at("structure") == "text/plain");
  CHECK(header_of(parsed, "From") == "costd@example.com");
  CHECK(header_of(parsed, "To") == "finance@example.com");
  CHECK(header_of(parsed, "Subject") == "Chargeback October 2026");
  CHECK(header_of(parsed, "Date") == "Wed, 04 Nov 2026 06:00:00 +0000");
  CHECK(header_of(parsed, "Message-ID") ==
        "<01JBQ5V8ZC3E8K4T9W2XR7MDHP.9f86d081884c7d65@costd.example.com>");
  CHECK(header_of(parsed, "Auto-Submitted") == "auto-generated");
  CHECK(header_of(parsed, "MIME-Version") == "1.0");
  CHECK(parsed.at("text") == "The statement is attached.\r\n");
}

TEST_CASE("the parts nest as mixed(alternative(text, html), attachments)", "[mail]") {
  Mail mail = a_mail();
  mail.html = "<p>Attached.</p>";
  CHECK(parse_clean(mail).at("structure") == "multipart/alternative(text/plain, text/html)");
  mail.attachments = {{"a.pdf", "application/pdf", "%PDF"}, {"a.csv", "text/csv", "x\r\n"}};
  CHECK(parse_clean(mail).at("structure") ==
        "multipart/mixed(multipart/alternative(text/plain, text/html), application/pdf, text/csv)");
  mail.html = "";
  CHECK(parse_clean(mail).at("structure") ==
        "multipart/mixed(text/plain, application/pdf, text/csv)");
}

TEST_CASE("subject, names and attachments beyond ASCII arrive as they were", "[mail]") {
  Mail mail = a_mail();
  mail.from = "Τμήμα Κόστους <costd@example.com>";
  mail.to = "\"Finance, EU \\\"West\\\"\" <finance@example.com>";
  mail.subject =
      "Χρέωση Οκτωβρίου 2026 · 検索ランキングと請求書の部門別コスト配賦レポート · $1,234.56 "
      "(FINAL)";
  mail.html = "<p>Κόστος: 1 €</p>";
  mail.attachments = {
      {"請求書 2026年10月.pdf", "application/pdf", std::string("\x00\xff\r\n.\r\n", 7)},
      {"Χρέωση \"Οκτώβριος\".csv", "text/csv", "a,b\r\n.\r\n"}};
  mail.headers = {{"X-Report-Id", "01JBQ5V8ZC3E8K4T9W2XR7MDHP"}, {"X-Team", "Ελληνικά Desk"}};
  const auto parsed = parse_clean(mail);
  CHECK(header_of(parsed, "From") == "Τμήμα Κόστους <costd@example.com>");
  CHECK(header_of(parsed, "To") == "\"Finance, EU \\\"West\\\"\" <finance@example.com>");
  CHECK(header_of(parsed, "Subject") == mail.subject);
  CHECK(header_of(parsed, "X-Team") == "Ελληνικά Desk");
  REQUIRE(parsed.at("attachments").size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(parsed.at("attachments")[i].at("name") == mail.attachments[i].file_name);
    CHECK(parsed.at("attachments")[i].at("base64") == base64_of(mail.attachments[i].bytes));
  }
  CHECK(parsed.at("html") == "<p>Κόστος: 1 €</p>\r\n");
}

TEST_CASE("lines stay within 78 characters, folded headers too", "[mail]") {
  Mail mail = a_mail();
  mail.subject = std::string(400, 'x') + " " + std::string(120, ' ') + "end";
  mail.text = std::string(5000, 'y') + "\n" + std::string(3000, ' ');
  const auto parsed = parse_clean(mail);
  CHECK(header_of(parsed, "Subject") == mail.subject);
  CHECK(parsed.at("text") == on_the_wire(mail.text));
  CHECK(parsed.at("raw").at("line_max") <= 78);
}

TEST_CASE("a subject that looks like an encoded word is not decoded by the receiver", "[mail]") {
  Mail mail = a_mail();
  mail.subject = "team =?UTF-8?B?aGFja2Vk?= costs";
  CHECK(header_of(parse_clean(mail), "Subject") == mail.subject);
}

TEST_CASE("any text arrives as one message with the same words and attachments", "[mail]") {
  std::mt19937 random(20261104);
  for (int round = 0; round < 25; ++round) {
    Mail mail = a_mail();
    mail.text = hard_text(random);
    mail.html = hard_text(random);
    mail.attachments = {{"data.bin", "application/octet-stream", hard_text(random)}};
    const auto parsed = parse_clean(mail);
    INFO("round " << round);
    CHECK(parsed.at("text") == on_the_wire(mail.text));
    if (!mail.html.empty()) CHECK(parsed.at("html") == on_the_wire(mail.html));
    REQUIRE(parsed.at("attachments").size() == 1);
    CHECK(parsed.at("attachments")[0].at("base64") == base64_of(mail.attachments[0].bytes));
    CHECK(parsed.at("raw").at("line_max") <= 78);
  }
}

TEST_CASE("the same mail is the same bytes, another Message-ID other boundaries", "[mail]") {
  Mail mail = a_mail();
  mail.html = "<p>x</p>";
  mail.attachments = {{"a.pdf", "application/pdf", "%PDF"}};
  const std::string first = render_message(mail);
  CHECK(render_message(mail) == first);
  const auto boundary = first.substr(first.find("boundary="), 46);
  mail.message_id = "other@costd.example.com";
  CHECK_THAT(render_message(mail), !Contains(boundary));
}

TEST_CASE("base64 and quoted-printable agree with the examples of the standards", "[mail]") {
  // RFC 4648, section 10.
  CHECK(encode_base64_lines("foobar") == "Zm9vYmFy\r\n");
  CHECK(encode_base64_lines("foob") == "Zm9vYg==\r\n");
  CHECK(encode_base64_lines("") == "");
  // 57 bytes fill one line of 76; the 58th begins the next.
  CHECK(encode_base64_lines(std::string(57, 'a')).size() == 78);
  CHECK(encode_base64_lines(std::string(58, 'a')).size() == 78 + 6);
  CHECK(encode_quoted_printable("a=b \nc\td\t") == "a=3Db=20\r\nc\td=09\r\n");
  // 76 characters need no soft break, 77 do.
  CHECK(encode_quoted_printable(std::string(76, 'a')) == std::string(76, 'a') + "\r\n");
  CHECK(encode_quoted_printable(std::string(77, 'a')) == std::string(75, 'a') + "=\r\naa\r\n");
}

TEST_CASE("no character is cut in two where an encoded header is folded", "[mail]") {
  const auto lambdas = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "λ";
    return text;
  };
  // After "Subject: " 76 - 9 - 12 = 55 columns are left: 52 of base64 are 39 bytes, 19 whole
  // letters of two bytes. A further line has room for 45 bytes, 22 letters.
  CHECK(encode_header_text(lambdas(45), 9) ==
        "=?UTF-8?B?" + base64_of(lambdas(19)) + "?=\r\n =?UTF-8?B?" + base64_of(lambdas(22)) +
            "?=\r\n =?UTF-8?B?" + base64_of(lambdas(4)) + "?=");
}

TEST_CASE("CR, LF and NUL are refused in every header, with the header's name", "[mail]") {
  for (const std::string& bad : {std::string("x\rBcc: evil@example.com"),
                                 std::string("x\nBcc: evil@example.com"), std::string("x\0y", 3)}) {
    Mail mail = a_mail();
    mail.subject = bad;
    CHECK_THAT(error_of(mail), Contains("mail header Subject"));
    mail = a_mail();
    mail.from = bad + " <costd@example.com>";
    CHECK_THAT(error_of(mail), Contains("mail header From"));
    mail = a_mail();
    mail.to = bad + "@example.com";
    CHECK_THAT(error_of(mail), Contains("mail header To"));
    mail = a_mail();
    mail.message_id = bad + "@example.com";
    CHECK_THAT(error_of(mail), Contains("mail header Message-ID"));
    mail = a_mail();
    mail.headers = {{"X-Report-Id", bad}};
    CHECK_THAT(error_of(mail), Contains("mail header X-Report-Id"));
    mail.headers = {{"X-" + bad, "1"}};
    CHECK_THAT(error_of(mail), Contains("not a header name"));
    mail = a_mail();
    mail.attachments = {{bad, "text/csv", ""}};
    CHECK_THAT(error_of(mail), Contains("mail header Content-Disposition"));
    mail.attachments = {{"a.csv", "text/csv" + bad, ""}};
    CHECK_THAT(error_of(mail), Contains("mail header Content-Type"));
  }
}

TEST_CASE("a further header cannot double one of the mail's own", "[mail]") {
  for (const char* name :
       {"Bcc", "to", "SUBJECT", "Content-Type", "Message-Id", "", "X Y", "X:Y"}) {
    Mail mail = a_mail();
    mail.headers = {{name, "x"}};
    INFO(name);
    CHECK_THAT(error_of(mail), Contains("mail header"));
  }
}

TEST_CASE("an address is taken out of a mailbox or refused", "[mail]") {
  CHECK(address_of("a@b") == "a@b");
  CHECK(address_of(" Finance <finance+eu@mail.example.com> ") == "finance+eu@mail.example.com");
  CHECK(address_of("\"A <b@c>\" <d@e.example>") == "d@e.example");
  for (const char* bad : {"",
                          "finance",
                          "@example.com",
                          "a@",
                          "a@b@",
                          "a b@c",
                          "a@b c",
                          "a..b@c",
                          ".a@c",
                          "a@-b",
                          "a@b.",
                          "a@b,c@d",
                          "a@b\r\nRCPT TO:<c@d>",
                          "λ@example.com",
                          "a@bücher.example",
                          "<a@b",
                          "a@b>",
                          "Name <a@b> x",
                          "a@b, c@d <e@f>",
                          "A, B <a@b>",
                          "a@[127.0.0.1]",
                          "\"a b\"@c"}) {
    INFO(bad);
    CHECK_THROWS_AS(address_of(bad), Error);
  }
  CHECK_THROWS_AS(address_of(std::string(65, 'a') + "@example.com"), Error);
  CHECK_NOTHROW(address_of(std::string(64, 'a') + "@example.com"));
}

TEST_CASE("a file name outside the limit and a wrong media type are refused", "[mail]") {
  Mail mail = a_mail();
  mail.attachments = {{"", "text/csv", ""}};
  CHECK_THAT(error_of(mail), Contains("1 to 255 bytes"));
  mail.attachments = {{std::string(256, 'a'), "text/csv", ""}};
  CHECK_THAT(error_of(mail), Contains("this one has 256"));
  for (const char* type : {"", "pdf", "/pdf", "a/", "a/b; x=y", "a/b c"}) {
    mail.attachments = {{"a", type, ""}};
    CHECK_THAT(error_of(mail), Contains("not a media type"));
  }
}
