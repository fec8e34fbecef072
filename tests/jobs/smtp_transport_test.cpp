#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>

#include "jobs/delivery/mail.hpp"
#include "jobs/delivery/transport.hpp"
#include "ledger/error.hpp"
#include "tests/jobs/mail_fixtures.hpp"

using namespace costd;
using namespace costd::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const Envelope envelope{"01JBQ5V8ZC3E8K4T9W2XR7MDHP", "costd@example.com", "finance@example.com"};

/// A real SMTP server on a loopback port; see tests/end_to_end/smtp_server.py.
class MailServer {
 public:
  explicit MailServer(const std::vector<std::string>& options = {})
      : process_(command(folder_.path("store"), options)), port_(process_.read_line()) {
    if (port_.empty()) throw std::runtime_error("the mail server did not start");
  }

  SmtpSettings settings(const std::string& scheme = "smtp",
                        const std::string& host = "127.0.0.1") const {
    SmtpSettings settings;
    settings.url = scheme + "://" + host + ":" + port_;
    settings.connect_timeout = std::chrono::seconds(20);
    settings.total_timeout = std::chrono::seconds(60);
    return settings;
  }
  std::size_t stored_count() const {
    std::size_t count = 0;
    for (const auto& file : fs::directory_iterator(folder_.path("store"))) {
      if (file.path().extension() == ".eml") ++count;
    }
    return count;
  }
  std::string stored_message() const { return read_file(folder_.path("store/0001.eml")); }
  nlohmann::json stored_facts() const {
    return nlohmann::json::parse(read_file(folder_.path("store/0001.json")));
  }

 private:
  static std::vector<std::string> command(const std::string& store,
                                          const std::vector<std::string>& options) {
    std::vector<std::string> words{
        "/usr/bin/python3", COSTD_SOURCE_DIR "/tests/end_to_end/smtp_server.py", "--store", store};
    words.insert(words.end(), options.begin(), options.end());
    return words;
  }

  MailFolder folder_;
  ChildProcess process_;
  std::string port_;
};

SendResult send(const SmtpSettings& settings, const std::string& message) {
  return make_smtp_transport(settings)->send(envelope, message);
}

/// For the expected outcome to be readable when it is another.
std::string outcome(const SendResult& result) {
  return name_of(result.outcome);
}

/// A certificate authority and a server certificate that it signed, made by openssl.
class Certificates {
 public:
  explicit Certificates(const std::string& names) {
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-days", "2", "-subj", "/CN=costd test CA", "-keyout", path("ca.key"), "-out",
             path("ca.pem")});
    openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
             "/CN=mail server", "-keyout", path("server.key"), "-out", path("server.csr")});
    write_file(path("names"), "subjectAltName=" + names + "\n");
    openssl({"x509", "-req", "-in", path("server.csr"), "-CA", path("ca.pem"), "-CAkey",
             path("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", path("names"), "-out",
             path("server.pem")});
  }

  std::string path(const std::string& name) const { return folder_.path(name); }
  std::vector<std::string> server_options() const {
    return {"--tls-cert", path("server.pem"), "--tls-key", path("server.key")};
  }

 private:
  static void openssl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"/bin/sh", "-c", "exec openssl \"$@\" 2>&1", "openssl"});
    ChildProcess process(arguments);
    const std::string output = process.read_all();
    if (process.wait() != 0) throw std::runtime_error("openssl: " + output);
  }

  MailFolder folder_;
};

const Certificates& certificates() {
  static const Certificates made("IP:127.0.0.1,DNS:localhost");
  return made;
}

std::vector<std::string> with(std::vector<std::string> options,
                              const std::vector<std::string>& more) {
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

}  // namespace

TEST_CASE("a message arrives byte for byte, with the envelope it was given", "[mail][e2e]") {
  const MailServer server;
  Mail mail = a_mail();
  mail.text = ".\n..\n.dot\nplain\n.\n";
  mail.attachments = {{"a.pdf", "application/pdf", std::string(200'000, '\xA5')}};
  const std::string message = render_message(mail);
  const SendResult result = send(server.settings(), message);
  CHECK(outcome(result) == "sent");
  CHECK(result.reply == "250 OK stored as 0001");
  CHECK(server.stored_message() == message);
  CHECK(server.stored_facts().at("from") == "costd@example.com");
  CHECK(server.stored_facts().at("to") == nlohmann::json{"finance@example.com"});
}

TEST_CASE("dots at the start of any line survive, wherever a buffer ends", "[mail][e2e]") {
  const MailServer server;
  // 3 bytes a line ("." CR LF) and 64 KiB buffers: some buffer ends at each place of a line.
  std::string message = "Subject: dots\r\n\r\n";
  for (int i = 0; i < 100'000; ++i) message += ".\r\n";
  message += "..end.\r\n.\r\n";
  CHECK(outcome(send(server.settings(), message)) == "sent");
  CHECK(server.stored_message() == message);
}

TEST_CASE("a refusal for now is a retry, a refusal for good is rejected", "[mail][e2e]") {
  const auto [fault, expected] =
      GENERATE(table<std::string, std::string>({{"MAIL=451", "retry"},
                                                {"MAIL=550", "rejected"},
                                                {"RCPT=450", "retry"},
                                                {"RCPT=550", "rejected"},
                                                {"DATA=451", "retry"},
                                                {"DATA=554", "rejected"},
                                                {"DOT=452", "retry"},
                                                {"DOT=554", "rejected"},
                                                {"MAIL=552", "too_large"},
                                                {"RCPT=552", "too_large"},
                                                {"DATA=552", "too_large"},
                                                {"DOT=552", "too_large"}}));
  const MailServer server({"--fail", fault});
  const SendResult result = send(server.settings(), render_message(a_mail()));
  INFO(fault);
  CHECK(outcome(result) == expected);
  const auto equals = fault.find('=');
  CHECK(result.reply ==
        fault.substr(equals + 1) + " " + fault.substr(0, equals) + " refused by the test");
  CHECK(server.stored_count() == 0);
}

TEST_CASE("a refusal that passes is got over by the next attempt", "[mail][e2e]") {
  const MailServer server({"--fail", "RCPT=450*1"});
  const auto transport = make_smtp_transport(server.settings());
  CHECK(outcome(transport->send(envelope, render_message(a_mail()))) == "retry");
  CHECK(outcome(transport->send(envelope, render_message(a_mail()))) == "sent");
  CHECK(server.stored_count() == 1);
}

TEST_CASE("a server that never answers QUIT holds nobody up", "[mail][e2e]") {
  const MailServer server({"--ignore-quit"});
  const auto before = std::chrono::steady_clock::now();
  CHECK(outcome(send(server.settings(), render_message(a_mail()))) == "sent");
  // libcurl would wait for the answer as long as for any other: here the minute of settings().
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(30));
}

TEST_CASE("a server that falls silent is a retry, after the final dot ambiguous", "[mail][e2e]") {
  const auto [verb, expected] = GENERATE(table<std::string, std::string>({{"GREETING", "retry"},
                                                                          {"MAIL", "retry"},
                                                                          {"RCPT", "retry"},
                                                                          {"DATA", "retry"},
                                                                          {"DOT", "ambiguous"}}));
  const MailServer server({"--stall", verb});
  SmtpSettings settings = server.settings();
  settings.total_timeout = std::chrono::seconds(1);
  INFO(verb);
  CHECK(outcome(send(settings, render_message(a_mail()))) == expected);
  CHECK(server.stored_count() == 0);
}

TEST_CASE("an envelope cannot carry a command to the server", "[mail][e2e]") {
  const MailServer server;
  const auto transport = make_smtp_transport(server.settings());
  const std::string message = render_message(a_mail());
  const std::string bad = "finance@example.com>\r\nRCPT TO:<evil@example.com";
  for (const Envelope& wrong :
       {Envelope{"1", "costd@example.com", bad}, Envelope{"2", bad, "finance@example.com"},
        Envelope{"3", "costd@example.com", "Finance <a@b>"}}) {
    const SendResult result = transport->send(wrong, message);
    CHECK(outcome(result) == "rejected");
    CHECK_THAT(result.reply, Contains("is not a mail address") && !Contains("\n"));
  }
  CHECK(server.stored_count() == 0);
}

TEST_CASE("a server that is not there is a retry", "[mail][e2e]") {
  SmtpSettings settings;
  {
    const MailServer server;
    settings = server.settings();
  }
  const SendResult result = send(settings, render_message(a_mail()));
  CHECK(outcome(result) == "retry");
  CHECK_THAT(result.reply, Contains("Failed to connect to 127.0.0.1"));
}

TEST_CASE("an answer lost after the final dot is ambiguous, whatever the server kept",
          "[mail][e2e]") {
  const MailServer server({"--drop-after-dot", "1"});
  const auto transport = make_smtp_transport(server.settings());
  const std::string message = render_message(a_mail());
  const SendResult result = transport->send(envelope, message);
  CHECK(outcome(result) == "ambiguous");
  CHECK_THAT(result.reply, Contains("no answer after the final dot"));
  CHECK(outcome(transport->send(envelope, message)) == "sent");
  CHECK(server.stored_count() == 2);  // the duplicate that no protocol can prevent
}

TEST_CASE("a connection lost while the message is on its way is a retry", "[mail][e2e]") {
  Mail mail = a_mail();
  // Larger than what the sockets of both sides can hold.
  mail.attachments = {{"a.pdf", "application/pdf", std::string(24'000'000, 'x')}};
  const std::string message = render_message(mail);
  SECTION("in the clear") {
    const MailServer server({"--drop-in-data"});
    CHECK(outcome(send(server.settings(), message)) == "retry");
    CHECK(server.stored_count() == 0);
  }
  SECTION("encrypted") {
    const MailServer server(with(certificates().server_options(), {"--drop-in-data"}));
    SmtpSettings settings = server.settings();
    settings.ca_file = certificates().path("ca.pem");
    CHECK(outcome(send(settings, message)) == "retry");
  }
}

TEST_CASE("a server that requires TLS and a login gets both", "[mail][e2e]") {
  const auto options = with(certificates().server_options(), {"--auth", "costd:correct horse"});
  const MailServer server(options);
  SmtpSettings settings = server.settings();
  settings.ca_file = certificates().path("ca.pem");
  settings.user = "costd";
  settings.password = "correct horse";
  CHECK(outcome(send(settings, render_message(a_mail()))) == "sent");
  CHECK(server.stored_facts().at("tls") == true);
  CHECK(server.stored_facts().at("user") == "costd");

  settings.password = "wrong battery";
  const SendResult refused = send(settings, render_message(a_mail()));
  CHECK(outcome(refused) == "rejected");
  CHECK_THAT(refused.reply, Contains("535"));
  CHECK_THAT(refused.reply, !Contains("battery"));
}

TEST_CASE("a login refused for now is a retry", "[mail][e2e]") {
  const auto options =
      with(certificates().server_options(), {"--auth", "costd:secret", "--fail", "AUTH=454"});
  const MailServer server(options);
  SmtpSettings settings = server.settings();
  settings.ca_file = certificates().path("ca.pem");
  settings.user = "costd";
  settings.password = "secret";
  CHECK(outcome(send(settings, render_message(a_mail()))) == "retry");
}

TEST_CASE("smtps speaks TLS from the first byte", "[mail][e2e]") {
  const MailServer server(with(certificates().server_options(), {"--implicit-tls"}));
  SmtpSettings settings = server.settings("smtps", "localhost");
  settings.ca_file = certificates().path("ca.pem");
  CHECK(outcome(send(settings, render_message(a_mail()))) == "sent");
}

TEST_CASE("nothing is sent to a server whose certificate does not hold", "[mail][e2e]") {
  const Certificates others("DNS:mail.example.com");
  const auto scheme = GENERATE(as<std::string>(), "smtp", "smtps");
  const std::vector<std::string> implicit =
      scheme == "smtps" ? std::vector<std::string>{"--implicit-tls"} : std::vector<std::string>{};
  SECTION("signed by another CA") {
    const MailServer server(with(certificates().server_options(), implicit));
    SmtpSettings settings = server.settings(scheme);
    settings.ca_file = others.path("ca.pem");
    const SendResult result = send(settings, render_message(a_mail()));
    CHECK(outcome(result) == "retry");
    CHECK_THAT(result.reply, Contains("SSL certificate problem"));
    CHECK(server.stored_count() == 0);
  }
  SECTION("made out to another name") {
    const MailServer server(with(others.server_options(), implicit));
    SmtpSettings settings = server.settings(scheme);
    settings.ca_file = others.path("ca.pem");
    const SendResult result = send(settings, render_message(a_mail()));
    CHECK(outcome(result) == "retry");
    CHECK_THAT(result.reply, Contains("SSL: no alternative certificate subject name matches"));
    CHECK(server.stored_count() == 0);
  }
}
