#include "jobs/spool_upload.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>
#include <vector>

#include "jobs/durable_file.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view hidden = ".post-";
constexpr std::chrono::hours stale_after{1};
/// Ingest may take a file away between two looks at it; not this often for one name.
constexpr int tries_max = 5;

std::string made_folder(std::string folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw Error(ErrorCode::io, "cannot make the spool " + folder + ": " + error.message() +
                                   "; make it a folder costd may read and write");
  }
  return folder;
}

}  // namespace

SpoolUpload::SpoolUpload(std::string folder, const std::string& id)
    : folder_(made_folder(std::move(folder))), file_(folder_ + "/" + std::string(hidden) + id) {}

SpoolUpload::Landing SpoolUpload::land(const std::string& name, const std::string& sha256) {
  const std::string target = folder_ + "/" + name;
  for (int n = 0; n < tries_max; ++n) {
    if (file_.finish_as(target)) return Landing::stored;
    try {
      return digest_of_file(target).sha256 == sha256 ? Landing::was_there : Landing::taken;
    } catch (const Error&) {
      if (fs::exists(target))
        throw;  // else ingest has taken it in this moment, and the name is free
    }
  }
  throw Error(ErrorCode::io, "cannot give " + target + " its name; other programs keep taking it");
}

void remove_stale_uploads(const std::string& folder, Instant now) {
  std::error_code error;
  std::vector<std::string> stale;
  for (const fs::directory_entry& found : fs::directory_iterator(folder, error)) {
    if (!found.path().filename().string().starts_with(hidden)) continue;
    struct stat status {};
    if (::lstat(found.path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const Instant written = Instant(std::chrono::seconds(status.st_mtim.tv_sec));
    if (now - written > stale_after) stale.push_back(found.path());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw Error(ErrorCode::io, "cannot tidy up the spool " + folder + ": " + error.message());
  }
  for (const std::string& path : stale) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
      throw Error(ErrorCode::io, "cannot remove the unfinished upload " + path +
                                     "; let costd write in the spool folder");
    }
  }
}

}  // namespace costd
