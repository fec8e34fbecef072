#include "jobs/backup_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "jobs/durable_writer.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int format_version = 1;
constexpr std::size_t piece_bytes = std::size_t{1} << 20;
constexpr unsigned mode_bits = 0777;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::data, what + "; use another backup");
}

/// A path below the folder without tricks: a manifest may come from anywhere.
bool is_plain_path(const std::string& path) {
  if (path == database_name) return true;
  const fs::path parts(path);
  if (parts.empty() || parts.is_absolute() || path.find('\0') != std::string::npos) return false;
  const std::string first = parts.begin()->string();
  if (first != "reports" && first != "outbox" && first != "keys") return false;
  for (const fs::path& part : parts) {
    if (part == ".." || part == "." || part.empty()) return false;
  }
  return true;
}

BackupManifest parse_backup_manifest(const std::string& text, const std::string& path) {
  try {
    const json from = json::parse(text);
    if (from.at("format") != format_version) refuse(path + " is of a newer costd");
    BackupManifest manifest;
    manifest.costd_version = from.at("costdVersion");
    manifest.made_at = parse_instant(from.at("madeAt").get<std::string>()).value();
    manifest.database.schema_version = from.at("schemaVersion");
    manifest.database.install_id = from.at("installId");
    manifest.database.audit_head = {from.at("auditHead").at("seq"),
                                    from.at("auditHead").at("hash")};
    manifest.database.rows = from.at("rows").get<std::map<std::string, std::int64_t>>();
    for (const json& file : from.at("files")) {
      manifest.files.push_back({file.at("path"),
                                {file.at("bytes"), file.at("sha256")},
                                file.at("mode").get<unsigned>() & mode_bits});
      if (!is_plain_path(manifest.files.back().path)) {
        refuse(path + " names the file \"" + manifest.files.back().path +
               "\", which is none of a state directory");
      }
    }
    return manifest;
  } catch (const json::exception& error) {
    refuse(path + " is damaged (" + error.what() + ")");
  } catch (const std::bad_optional_access&) {
    refuse(path + " is damaged (madeAt is no instant)");
  }
}

void check_file(const std::string& folder, const BackupFile& file) {
  const std::string path = folder + "/" + file.path;
  const fs::file_status status = fs::symlink_status(path);
  if (status.type() == fs::file_type::not_found) refuse(path + " is missing from the backup");
  if (status.type() != fs::file_type::regular) refuse(path + " is no regular file");
  const FileDigest found = digest_of_file(path);
  if (found != file.digest) {
    refuse(path + " is damaged: it has " + std::to_string(found.bytes) + " bytes with SHA-256 " +
           found.sha256 + ", the manifest says " + std::to_string(file.digest.bytes) + " with " +
           file.digest.sha256);
  }
}

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {
    if (descriptor_ < 0) fail("open");
  }
  ~OpenFile() { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  /// Nothing at the end.
  std::string_view read(std::string& buffer) const {
    ssize_t got = -1;
    while ((got = ::read(descriptor_, buffer.data(), buffer.size())) < 0) {
      if (errno != EINTR) fail("read");
    }
    return {buffer.data(), static_cast<std::size_t>(got)};
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw Error(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io,
                std::string("cannot ") + what + " " + path_ + ": " + std::strerror(errno));
  }
  std::string path_;
  int descriptor_;
};

}  // namespace

std::string format_manifest(const BackupManifest& manifest) {
  json files = json::array();
  for (const BackupFile& file : manifest.files) {
    files.push_back({{"path", file.path},
                     {"bytes", file.digest.bytes},
                     {"sha256", file.digest.sha256},
                     {"mode", file.mode}});
  }
  const DatabaseFacts& database = manifest.database;
  const json text{
      {"format", format_version},
      {"costdVersion", manifest.costd_version},
      {"madeAt", format_instant(manifest.made_at)},
      {"schemaVersion", database.schema_version},
      {"installId", database.install_id},
      {"auditHead", {{"seq", database.audit_head.count}, {"hash", database.audit_head.hash}}},
      {"rows", database.rows},
      {"files", std::move(files)}};
  return text.dump(2) + "\n";
}

BackupManifest check_backup(const std::string& folder) {
  const std::string path = folder + "/" + manifest_name;
  if (!fs::is_regular_file(path)) refuse(folder + " is no whole backup: it has no manifest.json");
  BackupManifest manifest = parse_backup_manifest(read_file(path), path);
  bool has_database = false;
  for (const BackupFile& file : manifest.files) {
    check_file(folder, file);
    has_database = has_database || file.path == database_name;
  }
  if (!has_database) refuse(path + " names no database");
  const std::string database = folder + "/" + database_name;
  DatabaseFacts facts = check_database(database);
  // A manifest need not name every table.
  std::erase_if(facts.rows,
                [&](const auto& row) { return !manifest.database.rows.contains(row.first); });
  if (facts != manifest.database) {
    refuse(database + " does not hold the rows and the audit chain that the manifest says");
  }
  return manifest;
}

BackupFile copy_backup_file(const std::string& from, const std::string& to, const std::string& path,
                            unsigned mode) {
  const OpenFile source(from + "/" + path);
  const fs::path target = fs::path(to) / path;
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  if (error) {
    throw Error(ErrorCode::io,
                "cannot make the folder " + target.parent_path().string() + ": " + error.message());
  }
  DurableWriter copy(target.string(), mode);
  BackupFile file{path, {}, mode};
  Sha256 hash;
  std::string buffer(piece_bytes, '\0');
  for (auto piece = source.read(buffer); !piece.empty(); piece = source.read(buffer)) {
    copy.write(piece);
    hash.add(piece);
    file.digest.bytes += static_cast<std::int64_t>(piece.size());
  }
  copy.finish();
  file.digest.sha256 = hash.hex();
  return file;
}

void sync_folders(const std::string& folder) {
  for (const fs::directory_entry& found : fs::recursive_directory_iterator(folder)) {
    if (found.is_directory()) sync_folder(found.path().string());
  }
  sync_folder(folder);
}

}  // namespace costd
