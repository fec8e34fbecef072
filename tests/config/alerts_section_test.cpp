// The alerts block: what a good one becomes, and what a bad one is told.

#include <catch2/catch.hpp>

#include "tests/config/config_folder.hpp"

namespace costd {
namespace {

const std::string with_mail = R"(sources: [{ name: gateway, path: spool }]
mail: { maildir: m, from: costd@example.com }
)";

}  // namespace

TEST_CASE("without a block of alerts nobody is told", "[config][alerts]") {
  const ConfigFolder folder;
  const Settings settings = load_settings(
      folder.write("costd.yaml", "sources: [{ name: gateway, path: spool }]\n"), jobs_of_tests());
  CHECK(settings.alerts.recipients.empty());
  CHECK(settings.alerts.webhooks.empty());
  CHECK(settings.alerts.thresholds.empty());
  CHECK(settings.alerts.attempts == 20);
  CHECK_FALSE(settings.alerts.allow_loopback);
}

TEST_CASE("recipients, webhooks and thresholds are read", "[config][alerts]") {
  const ConfigFolder folder;
  const Settings settings = load_settings(
      folder.write("costd.yaml", with_mail + R"(alerts:
  recipients: [finops@example.com, cfo@example.com]
  webhooks:
    - { name: pager, url: "https://hooks.example.com:8443/a?b=c", secret_files: [new, old],
        types: [finops.run.failed, finops.message.dead], ca_file: ca.pem }
    - { name: local, url: "http://127.0.0.1:9000/", secret_files: [new] }
  thresholds: [50, 95, 110]
  attempts: 3
  allow_loopback: true
)"),
      jobs_of_tests());
  const AlertSettings& alerts = settings.alerts;
  CHECK(alerts.recipients == std::vector<std::string>{"finops@example.com", "cfo@example.com"});
  REQUIRE(alerts.webhooks.size() == 2);
  CHECK(alerts.webhooks[0].name == "pager");
  CHECK(alerts.webhooks[0].url == "https://hooks.example.com:8443/a?b=c");
  CHECK(alerts.webhooks[0].secret_files ==
        std::vector<std::string>{folder.path_of("new"), folder.path_of("old")});
  CHECK(alerts.webhooks[0].types ==
        std::vector<std::string>{"finops.run.failed", "finops.message.dead"});
  CHECK(alerts.webhooks[0].ca_file == folder.path_of("ca.pem"));
  CHECK(alerts.webhooks[1].types.empty());
  CHECK(alerts.thresholds == std::vector<int>{50, 95, 110});
  CHECK(alerts.attempts == 3);
  CHECK(alerts.allow_loopback);
}

TEST_CASE("a bad alerts block is told where, what and what to do", "[config][alerts]") {
  const std::string hook = "alerts: { webhooks: [{ name: a, secret_files: [s], url: ";
  const std::vector<BadFile> rows{
      {"alerts: { recipient: [a@b.c] }",
       "3:11: unknown key 'recipient'; did you mean 'recipients'?"},
      {"alerts: { recipients: [nobody] }",
       "3:24: an entry of 'recipients' is \"nobody\", which is no mail address; write one like "
       "finance@example.com"},
      {"alerts: { recipients: [a@b.c, a@b.c] }",
       "3:31: an entry of 'recipients' is \"a@b.c\", which is there already; remove one of the "
       "two"},
      {hook + "\"ftp://x/s3cret\" }] }",
       "3:57: 'url' is no https:// address; write https://HOST/PATH"},
      {hook + "\"https://u:s3cret@x/\" }] }",
       "3:57: 'url' holds a user or password; remove it, messages are signed instead"},
      {hook + "\"https:///s3cret\" }] }",
       "3:57: 'url' names no host or has a #fragment or a blank; write https://HOST/PATH"},
      {hook + "\"https://x:99999/s3cret\" }] }",
       "3:57: 'url' names no host or has a #fragment or a blank; write https://HOST/PATH"},
      {hook + "\"https://x/s3cret#a\" }] }",
       "3:57: 'url' names no host or has a #fragment or a blank; write https://HOST/PATH"},
      {hook + "\"http://127.0.0.1/s3cret\" }] }",
       "3:57: 'url' is http://, which anybody on the way can read; write https://, or for a "
       "loopback host set allow_loopback: true"},
      {"alerts: { allow_loopback: true, webhooks: [{ name: a, secret_files: [s], url: "
       "\"http://x/s3cret\" }] }",
       "3:79: 'url' is http://, which anybody on the way can read; write https://, or for a "
       "loopback host set allow_loopback: true"},
      {"alerts: { webhooks: [{ name: a, url: \"https://x/\", secret_files: [] }] }",
       "3:66: 'secret_files' is empty; name a file with the secret that signs the messages"},
      {"alerts: { webhooks: [{ name: a, url: \"https://x/\" }] }",
       "3:22: an entry of 'webhooks' lacks 'secret_files'; add it"},
      {"alerts: { thresholds: [50, 50] }",
       "3:28: an entry of 'thresholds' is \"50\", which does not rise; write each percentage once, "
       "smallest first"},
  };
  for (const BadFile& row : rows) {
    INFO(row.text);
    const std::string complaint = complaint_about(with_mail + row.text);
    CHECK(complaint == "costd.yaml:" + row.complaint);
    CHECK(complaint.find("s3cret") == std::string::npos);
  }
  for (const char* bad : {"alerts: { thresholds: [0] }", "alerts: { thresholds: [1001] }",
                          "alerts: { attempts: 0 }", "alerts: { attempts: many }",
                          "alerts: { allow_loopback: perhaps }",
                          "alerts: { webhooks: [{ name: a, url: \"https://x/\", secret_files: [s],"
                          " types: [finops.nothing] }] }"}) {
    INFO(bad);
    const std::string complaint = complaint_about(with_mail + bad);
    CHECK(complaint.starts_with("costd.yaml:3:"));
    CHECK(complaint.find("; ") != std::string::npos);
  }
}

TEST_CASE("recipients of alerts need a mail block", "[config][alerts]") {
  CHECK(complaint_about("sources: [{ name: gateway, path: spool }]\n"
                        "alerts: { recipients: [a@example.com] }\n") ==
        "costd.yaml:2:23: 'recipients' get no mail, because there is no 'mail' block; add one");
}

}  // namespace costd
