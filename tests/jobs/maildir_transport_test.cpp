#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "jobs/delivery/transport.hpp"
#include "tests/jobs/mail_fixtures.hpp"

using namespace costd;
using namespace costd::test;
namespace fs = std::filesystem;

namespace {

const std::string id = "01JBQ5V8ZC3E8K4T9W2XR7MDHP";
const Envelope envelope{id, "costd@example.com", "finance@example.com"};

std::size_t files_in(const std::string& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a maildir is made on first use, for its owner alone", "[mail]") {
  const MailFolder folder;
  const auto transport = make_maildir_transport(folder.path("mail/"));
  const SendResult result = transport->send(envelope, "Subject: x\r\n\r\n.dot\r\n");
  CHECK(result.outcome == SendOutcome::sent);
  CHECK(result.reply == "stored as " + folder.path("mail/new/" + id));
  CHECK(read_file(folder.path("mail/new/" + id)) == "Subject: x\r\n\r\n.dot\r\n");
  CHECK(files_in(folder.path("mail/tmp")) == 0);
  for (const char* name : {"mail", "mail/tmp", "mail/new", "mail/cur"}) {
    struct stat facts {};
    REQUIRE(stat(folder.path(name).c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0700);
  }
}

TEST_CASE("the same message sent twice is one file, read or unread", "[mail]") {
  const MailFolder folder;
  const auto transport = make_maildir_transport(folder.path("mail"));
  transport->send(envelope, "first");
  CHECK(transport->send(envelope, "second").outcome == SendOutcome::sent);
  CHECK(read_file(folder.path("mail/new/" + id)) == "first");

  const auto reader_moves_to = GENERATE(as<std::string>(), "", ":2,", ":2,S");
  fs::rename(folder.path("mail/new/" + id), folder.path("mail/cur/" + id + reader_moves_to));
  CHECK(transport->send(envelope, "third").outcome == SendOutcome::sent);
  CHECK(files_in(folder.path("mail/new")) == 0);
  CHECK(files_in(folder.path("mail/cur")) == 1);
}

TEST_CASE("a message whose id begins with another's is another message", "[mail]") {
  const MailFolder folder;
  const auto transport = make_maildir_transport(folder.path("mail"));
  transport->send({id + "-2", "a@b", "c@d"}, "longer id");
  transport->send(envelope, "shorter id");
  CHECK(files_in(folder.path("mail/new")) == 2);
}

TEST_CASE("what a crash left in tmp is replaced, not followed", "[mail]") {
  const MailFolder folder;
  const auto transport = make_maildir_transport(folder.path("mail"));
  transport->send({"other", "a@b", "c@d"}, "x");
  SECTION("half a message") {
    write_file(folder.path("mail/tmp/" + id), "ha");
  }
  SECTION("a link that leads elsewhere") {
    write_file(folder.path("elsewhere"), "precious");
    fs::create_symlink(folder.path("elsewhere"), folder.path("mail/tmp/" + id));
  }
  CHECK(transport->send(envelope, "whole").outcome == SendOutcome::sent);
  CHECK(read_file(folder.path("mail/new/" + id)) == "whole");
  CHECK(files_in(folder.path("mail/tmp")) == 0);
  if (fs::exists(folder.path("elsewhere"))) {
    CHECK(read_file(folder.path("elsewhere")) == "precious");
  }
}

TEST_CASE("an id that is no plain file name is rejected", "[mail]") {
  const MailFolder folder;
  const auto transport = make_maildir_transport(folder.path("mail"));
  for (const std::string& bad :
       {std::string(""), std::string("."), std::string(".."), std::string(".hidden"),
        std::string("../x"), std::string("a/b"), std::string("a:2,S"), std::string("a\0b", 3),
        std::string("a b"), std::string(201, 'a')}) {
    CHECK(transport->send({bad, "a@b", "c@d"}, "x").outcome == SendOutcome::rejected);
  }
  CHECK_FALSE(fs::exists(folder.path("mail")));
}

TEST_CASE("a maildir that cannot be written is a retry that names the folder", "[mail]") {
  const MailFolder folder;
  write_file(folder.path("mail"), "a file, not a folder");
  const SendResult result = make_maildir_transport(folder.path("mail"))->send(envelope, "x");
  CHECK(result.outcome == SendOutcome::retry);
  CHECK_THAT(result.reply, Catch::Matchers::Contains(folder.path("mail") + "/tmp"));
}
