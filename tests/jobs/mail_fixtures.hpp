#pragma once
// What the mail tests share: a folder of their own, a mail, and a reader that is not ours.

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <nlohmann/json.hpp>

#include "jobs/delivery/mail.hpp"
#include "tests/jobs/child_process.hpp"

namespace costd::test {

class MailFolder {
 public:
  MailFolder() {
    std::string path = std::filesystem::temp_directory_path() / "costd-mail-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = path;
  }
  MailFolder(const MailFolder&) = delete;
  MailFolder& operator=(const MailFolder&) = delete;
  ~MailFolder() { std::filesystem::remove_all(path_); }

  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// 2026-11-04 06:00:00 UTC, a Wednesday: 20,761 days after 1970-01-01 (56 years of 365 days, 14
/// leap days, 304 days to 1 November, 3 more) times 86,400, plus 21,600 seconds.
inline Instant mail_date() {
  return from_micros((20'761LL * 86'400 + 21'600) * 1'000'000);
}

inline Mail a_mail() {
  Mail mail;
  mail.message_id = "01JBQ5V8ZC3E8K4T9W2XR7MDHP.9f86d081884c7d65@costd.example.com";
  mail.from = "costd@example.com";
  mail.to = "finance@example.com";
  mail.subject = "Chargeback October 2026";
  mail.date = mail_date();
  mail.text = "The statement is attached.\n";
  return mail;
}

/// The message as Python's email package reads it, see parse_mail.py.
inline nlohmann::json parse_with_python(const std::string& message) {
  const MailFolder folder;
  const std::string path = folder.path("message.eml");
  write_file(path, message);
  ChildProcess reader({"/usr/bin/python3", COSTD_SOURCE_DIR "/tests/jobs/parse_mail.py", path});
  return nlohmann::json::parse(reader.read_all());
}

}  // namespace costd::test
