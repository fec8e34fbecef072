#include "jobs/report_seal.hpp"

#include <nlohmann/json.hpp>

#include "jobs/program_hash.hpp"
#include "ledger/error.hpp"
#include "ledger/hex.hpp"
#include "ledger/store/migrations.hpp"
#include "ledger/time/zone.hpp"

namespace costd {
namespace {

using nlohmann::ordered_json;

constexpr int manifest_version = 1;
constexpr int indent = 2;

ordered_json files_json(const StoredReport& report) {
  ordered_json files = ordered_json::array();
  for (const ReportFile& file : report.files) {
    files.push_back({{"name", file.file_name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  }
  return files;
}

ordered_json inputs_json(const SealInputs& inputs) {
  ordered_json chains = ordered_json::array();
  for (const ChainPin& pin : inputs.chains) {
    chains.push_back({{"chain", pin.chain}, {"events", pin.events}, {"head", pin.head}});
  }
  return {{"installId", inputs.install_id},
          {"chains", std::move(chains)},
          {"watermark", inputs.watermark}};
}

std::string manifest_of(const StoredReport& report, const SealInputs& inputs,
                        const PublicKey& key) {
  const ordered_json json{
      {"version", manifest_version},
      {"reportId", report.id},
      {"kind", report.kind},
      {"tenantId", report.tenant},
      {"tenantName", report.tenant_name},
      {"from", format_day(report.period.from)},
      {"to", format_day(report.period.to)},
      {"status", report.status},
      {"revision", report.revision},
      {"generatedAt", format_instant(report.generated_at)},
      {"generatedBy", report.generated_by},
      {"files", files_json(report)},
      {"modelSha256", report.model_sha256},
      {"inputs", inputs_json(inputs)},
      {"versions", inputs.versions},
      {"keyId", key.id()},
      {"publicKey", key.pem()},
  };
  // A name with a broken UTF-8 byte must not keep a report from being signed.
  return json.dump(indent, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::map<std::string, std::string> seal_versions(std::string_view renderer_version) {
  return {{"costd", COSTD_VERSION},
          {"programSha256", program_sha256()},
          {"schema", std::to_string(all_migrations().back().number)},
          {"tzdata", time_zone_version()},
          {"renderer", std::string(renderer_version)}};
}

void seal_report(StoredReport& report, const std::map<std::string, std::string>& bytes,
                 const SealInputs& inputs, const SigningKey& key) {
  for (ReportFile& file : report.files) {
    file.signature = to_hex(key.sign(bytes.at(file.format)));
  }
  report.manifest = manifest_of(report, inputs, key.public_key());
  report.manifest_signature = to_hex(key.sign(report.manifest));
}

std::string base_name_of(const StoredReport& report) {
  if (report.files.empty()) return report.kind + "-" + report.id;
  const ReportFile& first = report.files.front();
  std::string name = first.file_name;
  if (name.ends_with(first.format)) name.resize(name.size() - first.format.size());
  while (name.ends_with('.') || name.ends_with('-')) name.pop_back();
  return name.empty() ? report.kind + "-" + report.id : name;
}

SealManifest parse_manifest(const std::string& text) {
  try {
    const auto json = nlohmann::json::parse(text);
    if (json.at("version") != manifest_version) {
      throw Error(ErrorCode::data, "its version is " + json.at("version").dump() +
                                       ", and this costctl knows 1; use a newer one");
    }
    SealManifest manifest{json.at("reportId"), {}, PublicKey::from_pem(json.at("publicKey"))};
    for (const auto& file : json.at("files")) {
      manifest.files.push_back({file.at("name"), file.at("bytes"), file.at("sha256")});
    }
    return manifest;
  } catch (const nlohmann::json::exception& problem) {
    throw Error(ErrorCode::data, std::string("it is no manifest of costd: ") + problem.what());
  }
}

}  // namespace costd
