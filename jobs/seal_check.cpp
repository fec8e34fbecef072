#include "jobs/seal_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "jobs/durable_file.hpp"
#include "jobs/report_seal.hpp"
#include "ledger/audit_event.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

namespace fs = std::filesystem;
using Result = SealCheck::Result;

bool is_manifest_name(const std::string& file) {
  const std::string name = fs::path(file).filename().string();
  return name == manifest_suffix.substr(1) || name.ends_with(manifest_suffix);
}

fs::path folder_of(const std::string& file) {
  const fs::path folder = fs::path(file).parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

/// The manifest beside the file whose name begins as the file's does, or "".
std::string find_manifest(const std::string& file) {
  const std::string name = fs::path(file).filename().string();
  std::string found;
  std::size_t found_base = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_of(file))) {
    const std::string other = entry.path().filename().string();
    if (!is_manifest_name(other) || !entry.is_regular_file()) continue;
    const std::string base = other.ends_with(manifest_suffix)
                                 ? other.substr(0, other.size() - manifest_suffix.size())
                                 : "";
    if (!name.starts_with(base) || (!found.empty() && base.size() <= found_base)) continue;
    found = entry.path().string();
    found_base = base.size();
  }
  return found;
}

class SealWalk {
 public:
  explicit SealWalk(const SealQuestion& question) : question_(question) {}

  std::vector<SealCheck> walk() {
    const bool is_manifest = is_manifest_name(question_.file) && question_.manifest.empty();
    const std::string manifest = is_manifest                  ? question_.file
                                 : question_.manifest.empty() ? find_manifest(question_.file)
                                                              : question_.manifest;
    if (manifest.empty()) {
      say("manifest", Result::incomplete,
          fmt::format("there is none beside {}; give --manifest FILE", question_.file));
      if (question_.pinned) key_ = question_.pinned->key;
      check_signature("signature", question_.file, read_file(question_.file));
      return std::move(checks_);
    }
    take_manifest(manifest);
    if (is_manifest) {
      check_listed_files();
    } else {
      check_file();
    }
    return std::move(checks_);
  }

 private:
  void say(std::string check, Result result, std::string what) {
    checks_.push_back({std::move(check), result, std::move(what)});
  }

  void take_manifest(const std::string& path) {
    const std::string text = read_file(path);
    try {
      manifest_.emplace(parse_manifest(text));
    } catch (const Error& error) {
      say("manifest", Result::fail, fmt::format("{}: {}", path, error.what()));
      return;
    }
    key_ = manifest_->key;
    say("manifest", Result::pass,
        fmt::format("{} of report {}, which lists {} files", path, manifest_->report_id,
                    manifest_->files.size()));
    check_signature("manifest signature", path, text);
    check_key();
  }

  void check_key() {
    const std::string id = key_->id();
    if (!question_.pinned) {
      say("key", Result::not_checked,
          fmt::format("the key {} is the manifest's own: compare its id with one you know, or give "
                      "--key",
                      id));
    } else if (question_.pinned->id == id) {
      say("key", Result::pass, fmt::format("the manifest's key is the one given, {}", id));
    } else {
      say("key", Result::fail,
          fmt::format("the manifest's key is {}, the one given {}", id, question_.pinned->id));
    }
  }

  void check_signature(const std::string& check, const std::string& path,
                       const std::string& bytes) {
    const std::string signature_path = path + std::string(signature_suffix);
    if (!fs::is_regular_file(signature_path)) {
      say(check, Result::incomplete, signature_path + " is not there");
    } else if (!key_) {
      say(check, Result::incomplete,
          signature_path + " is there, and no key to check it with; give --key FILE");
    } else if (key_->verifies(bytes, read_file(signature_path))) {
      say(check, Result::pass, fmt::format("{} is that of key {}", signature_path, key_->id()));
    } else {
      say(check, Result::fail,
          fmt::format("{} is not that of key {} over {}", signature_path, key_->id(), path));
    }
  }

  void check_file() {
    const std::string bytes = read_file(question_.file);
    const std::string name = fs::path(question_.file).filename().string();
    const std::string sha256 = sha256_hex(bytes);
    if (manifest_) {
      const auto& files = manifest_->files;
      auto listed = std::ranges::find(files, name, &ManifestFile::name);
      const bool is_renamed = listed == files.end();
      if (is_renamed) listed = std::ranges::find(files, sha256, &ManifestFile::sha256);
      if (listed == files.end()) {
        say("listed", Result::fail,
            fmt::format("the manifest lists neither {} nor a file with its SHA-256, {}", name,
                        sha256));
      } else {
        if (is_renamed) say("listed", Result::pass, "the manifest lists it as " + listed->name);
        compare(*listed, static_cast<std::int64_t>(bytes.size()), sha256);
      }
    }
    check_signature("signature", question_.file, bytes);
  }

  void compare(const ManifestFile& listed, std::int64_t size, const std::string& sha256) {
    if (size == listed.bytes) {
      say("size", Result::pass, fmt::format("{} bytes", size));
    } else {
      say("size", Result::fail, fmt::format("{} bytes, the manifest says {}", size, listed.bytes));
    }
    if (sha256 == listed.sha256) {
      say("sha256", Result::pass, sha256);
    } else {
      say("sha256", Result::fail, fmt::format("{}, the manifest says {}", sha256, listed.sha256));
    }
  }

  void check_listed_files() {
    if (!manifest_) return;
    for (const ManifestFile& listed : manifest_->files) {
      // A name is a plain one, or it would lead out of the folder.
      const std::string path =
          (folder_of(question_.file) / fs::path(listed.name).filename()).string();
      if (!fs::is_regular_file(path)) {
        say(listed.name, Result::not_checked, "it does not lie beside the manifest");
        continue;
      }
      const std::string bytes = read_file(path);
      const std::size_t first = checks_.size();
      compare(listed, static_cast<std::int64_t>(bytes.size()), sha256_hex(bytes));
      check_signature("signature", path, bytes);
      for (std::size_t n = first; n < checks_.size(); ++n) {
        checks_[n].check = listed.name + ": " + checks_[n].check;
      }
    }
  }

  const SealQuestion& question_;
  std::vector<SealCheck> checks_;
  std::optional<SealManifest> manifest_;
  std::optional<PublicKey> key_;
};

}  // namespace

std::string_view name_of(SealCheck::Result result) {
  constexpr std::array<std::string_view, 4> names{"PASS", "FAIL", "INCOMPLETE", "NOT_CHECKED"};
  return names.at(static_cast<std::size_t>(result));
}

std::vector<SealCheck> check_seal(const SealQuestion& question) {
  if (!fs::is_regular_file(question.file)) {
    throw Error(ErrorCode::usage, "there is no file " + question.file);
  }
  return SealWalk(question).walk();
}

SealCheck::Result result_of(const std::vector<SealCheck>& checks) {
  const auto has = [&](Result result) {
    return std::ranges::find(checks, result, &SealCheck::result) != checks.end();
  };
  if (has(Result::fail)) return Result::fail;
  return has(Result::incomplete) ? Result::incomplete : Result::pass;
}

}  // namespace costd
