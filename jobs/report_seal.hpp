#pragma once
// What makes a report's files tamper-evident: a manifest with the SHA-256 of each file and of what
// it was made from, and an Ed25519 signature of each file and of the manifest.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/signing.hpp"
#include "ledger/store/report_store.hpp"

namespace costd {

/// A chain as the report has seen it: how many events, and the hash of the last one.
struct ChainPin {
  std::string chain;  ///< "costd", or the source's name with the chain's own
  std::int64_t events = 0;
  std::string head;
  bool operator==(const ChainPin&) const = default;
};

/// What a manifest says of the inputs.
struct SealInputs {
  std::string install_id;
  std::vector<ChainPin> chains;
  std::map<std::string, std::string> watermark;  ///< of the data that was read, by name
  std::map<std::string, std::string> versions;   ///< costd, its program, schema, tzdata, ...
};

/// costd, its program's hash, its schema and tzdata, and the renderer's version.
std::map<std::string, std::string> seal_versions(std::string_view renderer_version);

/// Signs the report's files, which have their hashes already, and gives it its manifest. `bytes` by
/// format. The same report and key give the same manifest and signatures.
void seal_report(StoredReport& report, const std::map<std::string, std::string>& bytes,
                 const SealInputs& inputs, const SigningKey& key);

/// The name that the report's files have in common, without what their formats add:
/// "chargeback-2026-10-acme-r1". Never "".
std::string base_name_of(const StoredReport& report);

inline constexpr std::string_view manifest_suffix = ".manifest.json";
inline constexpr std::string_view signature_suffix = ".sig";

struct ManifestFile {
  std::string name;
  std::int64_t bytes = 0;
  std::string sha256;
};
/// What the check of a file needs of its manifest.
struct SealManifest {
  std::string report_id;
  std::vector<ManifestFile> files;
  PublicKey key;
};
/// Throws Error(data) saying what is missing.
SealManifest parse_manifest(const std::string& text);

}  // namespace costd
