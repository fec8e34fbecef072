#pragma once
// What makes a report's files tamper-evident: a manifest with the SHA-256 of each file and of what
// it was made from, and an Ed25519 signature of each file and of the manifest.

#include <map>
#include <string>
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
  std::map<std::string, std::string> versions;   ///< costd, schema, tzdata, prices, renderer
};

/// Signs the report's files, which have their hashes already, and gives it its manifest. `bytes` by
/// format. The same report and key give the same manifest and signatures.
void seal_report(StoredReport& report, const std::map<std::string, std::string>& bytes,
                 const SealInputs& inputs, const SigningKey& key);

}  // namespace costd
