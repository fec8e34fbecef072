#include <catch2/catch.hpp>

#include <vector>

#include "jobs/delivery/smtp_rules.hpp"
#include "ledger/error.hpp"

using namespace costd;

namespace {

SmtpReplies replies(const std::vector<std::string>& lines) {
  SmtpReplies taken;
  for (const std::string& line : lines) taken.take_line(line + "\r\n");
  return taken;
}

SmtpSettings server(const std::string& url) {
  SmtpSettings settings;
  settings.url = url;
  return settings;
}

}  // namespace

TEST_CASE("the end of an attempt has one meaning", "[mail]") {
  using enum SendOutcome;
  struct Row {
    CURLcode result;
    std::vector<std::string> lines;
    Handover handover;
    SendOutcome outcome;
  };
  const std::vector<Row> rows{
      {CURLE_OK, {"220 x", "250 x", "354 go", "250 queued"}, Handover::whole, sent},
      {CURLE_COULDNT_CONNECT, {}, Handover::partial, retry},
      {CURLE_WEIRD_SERVER_REPLY, {"421 busy"}, Handover::partial, retry},
      {CURLE_WEIRD_SERVER_REPLY, {"554 no mail here"}, Handover::partial, rejected},
      {CURLE_LOGIN_DENIED, {"220 x", "250 x", "535 no"}, Handover::partial, rejected},
      {CURLE_LOGIN_DENIED, {"220 x", "250 x", "454 later"}, Handover::partial, retry},
      {CURLE_SEND_ERROR, {"220 x", "250 x", "450 later"}, Handover::partial, retry},
      {CURLE_SEND_ERROR, {"220 x", "250 x", "550 never", "221 bye"}, Handover::partial, rejected},
      {CURLE_USE_SSL_FAILED, {"220 x", "250 no starttls"}, Handover::partial, retry},
      {CURLE_PEER_FAILED_VERIFICATION, {"220 x", "250 x", "220 go"}, Handover::partial, retry},
      // EHLO was refused and got over with HELO; the lost connection is no refusal.
      {CURLE_RECV_ERROR, {"220 x", "502 no EHLO"}, Handover::partial, retry},
      {CURLE_SEND_ERROR, {"220 x", "354 go"}, Handover::partial, retry},
      {CURLE_SEND_ERROR, {"220 x", "354 go"}, Handover::whole, retry},
      {CURLE_RECV_ERROR, {"220 x", "354 go"}, Handover::whole, ambiguous},
      {CURLE_OPERATION_TIMEDOUT, {"220 x", "354 go"}, Handover::whole, ambiguous},
      {CURLE_OPERATION_TIMEDOUT, {"220 x", "354 go"}, Handover::partial, retry},
      {CURLE_WEIRD_SERVER_REPLY, {"354 go", "452 full"}, Handover::whole, retry},
      {CURLE_WEIRD_SERVER_REPLY, {"354 go", "552 too large"}, Handover::whole, too_large},
      {CURLE_SEND_ERROR, {"220 x", "250 x", "552 5.3.4 too large"}, Handover::partial, too_large},
      {CURLE_SEND_ERROR, {"220 x", "250 x", "552 5.2.2 full"}, Handover::partial, rejected},
      {CURLE_WEIRD_SERVER_REPLY, {"354 go", "251 will forward"}, Handover::whole, sent},
      // Half an answer is none.
      {CURLE_RECV_ERROR, {"354 go", "250-half"}, Handover::whole, ambiguous},
  };
  for (const Row& row : rows) {
    INFO(curl_easy_strerror(row.result)
         << " after " << (row.lines.empty() ? "" : row.lines.back()));
    CHECK(std::string(name_of(outcome_of(row.result, replies(row.lines), row.handover))) ==
          name_of(row.outcome));
  }
}

TEST_CASE("a refusal for size is told from the other refusals", "[mail][promise]") {
  struct Row {
    int code;
    const char* reply;
    bool too_large;
  };
  const std::vector<Row> rows{
      {552, "552 Message size exceeds maximum permitted", true},
      {552, "552 Error: message size exceeds fixed maximum message size", true},
      {552, "552", true},
      {552, "552 5.3.4 Message size exceeds fixed limit", true},
      {552, "552-5.3.4 Your message exceeded the limit 552 5.3.4 see the page", true},
      {552, "552 5.2.3 Message size exceeds fixed maximum message size", true},
      {552, "552 5.0.0 no", true},
      {554, "554 5.3.4 too big", true},
      {550, "550 5.2.3 message too long for this mailbox", true},
      {523, "523 the recipient's mailbox takes no message of this size", true},
      {552, "552 5.2.2 mailbox full", false},
      {552, "552-5.7.0 blocked for its content", false},
      {550, "550 no such user", false},
      {554, "554 5.7.1 version 5.3.4 of our policy", false},
      {452, "452 4.3.1 out of storage", false},
      {452, "452 5.3.4 odd", false},
      {250, "250 5.3.4 odd", false},
  };
  for (const Row& row : rows) {
    INFO(row.reply);
    CHECK(is_too_large(row.code, row.reply) == row.too_large);
  }
}

TEST_CASE("a reply of several lines is kept whole, clean and short", "[mail]") {
  const auto taken = replies({"250 ok", "550-5.7.1 our policy\x1b[31m", "550 5.7.1 see the page"});
  CHECK(taken.last_code() == 550);
  CHECK(taken.last_text() == "550-5.7.1 our policy?[31m 550 5.7.1 see the page");
  SmtpReplies endless;
  for (int i = 0; i < 1000; ++i) endless.take_line("550-" + std::string(400, 'x'));
  endless.take_line("550 end");
  CHECK(endless.last_text().size() <= 1000);
}

TEST_CASE("only a loopback server may be spoken to in the clear", "[mail]") {
  for (const char* url : {"smtp://127.0.0.1:25", "smtp://localhost", "smtp://LOCALHOST:2525",
                          "smtp://127.8.8.8", "smtp://[::1]:25"}) {
    INFO(url);
    CHECK(encryption_for(server(url)) == Encryption::none);
  }
  for (const char* url :
       {"smtp://mail.example.com", "smtp://10.0.0.1:25", "smtp://127.0.0.1.example.com",
        "smtp://localhost.example.com", "smtp://[::2]", "smtp://[::ffff:127.0.0.1]"}) {
    INFO(url);
    CHECK(encryption_for(server(url)) == Encryption::required);
  }
  CHECK(encryption_for(server("smtps://127.0.0.1:465")) == Encryption::from_start);
}

TEST_CASE("credentials or a CA file ask a loopback server for TLS", "[mail]") {
  SmtpSettings settings = server("smtp://127.0.0.1:25");
  settings.user = "costd";
  CHECK(encryption_for(settings) == Encryption::opportunistic);
  settings.user = "";
  settings.ca_file = "/etc/ssl/certs/own.pem";
  CHECK(encryption_for(settings) == Encryption::opportunistic);
}

TEST_CASE("a mail server's URL is refused without repeating its password", "[mail]") {
  for (const char* url : {"", "mail.example.com", "http://mail.example.com", "smtp://",
                          "smtp://costd:hunter2@mail.example.com", "file:///etc/passwd"}) {
    INFO(url);
    try {
      encryption_for(server(url));
      FAIL("no error");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::config);
      CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
    }
  }
}
