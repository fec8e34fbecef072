#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "jobs/delivery/transport.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::size_t id_bytes_max = 200;  // a file name has 255, and readers append flags

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

[[noreturn]] void fail(const std::string& what, const std::string& path) {
  throw Error(ErrorCode::io, "maildir: cannot " + what + " " + path + ": " + std::strerror(errno));
}

bool is_safe_id(const std::string& id) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  // A leading dot is a hidden file to mail readers, and ".." is no file at all.
  return !id.empty() && id.size() <= id_bytes_max && id.front() != '.' &&
         std::all_of(id.begin(), id.end(), allowed);
}

void sync_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.number() < 0 || ::fsync(directory.number()) != 0) fail("sync", path);
}

enum class Made { now, before };

Made make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return Made::now;
  if (errno != EEXIST) fail("make", path);
  return Made::before;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

void make_maildir(const std::string& directory) {
  if (make_directory(directory) == Made::now) sync_directory(parent_of(directory));
  for (const char* name : {"/tmp", "/new", "/cur"}) {
    if (make_directory(directory + name) == Made::now) sync_directory(directory);
  }
}

/// The message is in the folder, under its id or with a reader's flags behind it ("ID:2,S").
bool holds(const std::string& folder, const std::string& id) {
  DIR* const entries = ::opendir(folder.c_str());
  if (entries == nullptr) fail("read", folder);
  bool found = false;
  while (const dirent* entry = ::readdir(entries)) {
    const std::string_view name = entry->d_name;
    if (name == id || (name.starts_with(id) && name.substr(id.size()).starts_with(":2,"))) {
      found = true;
      break;
    }
  }
  ::closedir(entries);
  return found;
}

void write_all(int file, const std::string& bytes, const std::string& path) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = ::write(file, bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("write", path);
    written += static_cast<std::size_t>(count);
  }
}

/// A file of that name in tmp/ is what a crash left of this very message.
void write_synced(const std::string& path, const std::string& bytes) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail("remove the leftover", path);
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.number() < 0) fail("create", path);
  write_all(file.number(), bytes, path);
  if (::fsync(file.number()) != 0) fail("sync", path);
}

class MaildirTransport : public Transport {
 public:
  explicit MaildirTransport(std::string directory) : directory_(std::move(directory)) {
    while (directory_.size() > 1 && directory_.back() == '/') directory_.pop_back();
  }

  SendResult send(const Envelope& envelope, const std::string& message) override {
    if (!is_safe_id(envelope.id)) {
      return {SendOutcome::rejected,
              "maildir: the message's id is not a file name of letters, digits and '._-'"};
    }
    try {
      return deliver(envelope.id, message);
    } catch (const Error& error) {
      return {SendOutcome::retry, error.what()};
    }
  }

 private:
  SendResult deliver(const std::string& id, const std::string& message) const {
    make_maildir(directory_);
    const std::string path = directory_ + "/new/" + id;
    if (holds(directory_ + "/new", id) || holds(directory_ + "/cur", id)) {
      // The rename may be a crash old and not on disk yet; it is before this returns.
      sync_directory(directory_ + "/new");
      return {SendOutcome::sent, "already in the maildir"};
    }
    const std::string temporary = directory_ + "/tmp/" + id;
    write_synced(temporary, message);
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail("rename into", path);
    sync_directory(directory_ + "/new");
    return {SendOutcome::sent, "stored as " + path};
  }

  std::string directory_;
};

}  // namespace

std::unique_ptr<Transport> make_maildir_transport(std::string directory) {
  return std::make_unique<MaildirTransport>(std::move(directory));
}

}  // namespace costd
