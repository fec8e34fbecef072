#include "jobs/report_seal.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "jobs/durable_file.hpp"
#include "jobs/seal_check.hpp"
#include "ledger/audit_event.hpp"
#include "ledger/error.hpp"
#include "ledger/hex.hpp"
#include "ledger/sha256.hpp"
#include "tests/daemon/temporary_folder.hpp"
#include "tests/support/ledger_builders.hpp"

namespace costd {
namespace {

using Result = SealCheck::Result;

/// A report of two files in a folder, sealed, with its signatures beside them.
struct SealedFolder {
  TemporaryFolder folder;
  SigningKey key = SigningKey::generate();
  StoredReport report;
  std::map<std::string, std::string> bytes{{"csv", "a,b\n"}, {"pdf", "%PDF-1.7"}};
  SealInputs inputs{"0123456789abcdef0123456789abcdef",
                    {{"costd", 9480, std::string(64, 'c')}},
                    {{"acceptedRecords", "12"}},
                    seal_versions("4")};

  SealedFolder() {
    report.id = "01JABCDEFGHJKMNPQRSTVWXYZ0";
    report.tenant = "acme";
    report.tenant_name = "Acme";
    report.period = {test::day("2026-10-01"), test::day("2026-11-01")};
    report.status = "FINAL";
    report.generated_at = test::at("2026-11-04T06:00:00Z");
    report.generated_by = "schedule month-end";
    report.model_sha256 = std::string(64, 'm');
    for (const auto& [format, content] : bytes) {
      ReportFile file;
      file.format = format;
      file.file_name = "chargeback-2026-10-acme-r1." + format;
      file.bytes = static_cast<std::int64_t>(content.size());
      file.sha256 = sha256_hex(content);
      report.files.push_back(std::move(file));
    }
    seal_report(report, bytes, inputs, key);
    for (const ReportFile& file : report.files) {
      write(file.file_name, bytes.at(file.format));
      write(file.file_name + ".sig", from_hex(file.signature));
    }
    write(manifest_name(), report.manifest);
    write(manifest_name() + ".sig", from_hex(report.manifest_signature));
  }
  std::string manifest_name() const { return base_name_of(report) + ".manifest.json"; }
  std::string path(const std::string& name) const { return folder / name; }
  void write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
  }
  void remove(const std::string& name) const { std::filesystem::remove(path(name)); }
  /// "manifest PASS;size FAIL;..."
  std::string check(const std::string& name, std::optional<PinnedKey> pinned = {}) const {
    std::string text;
    for (const SealCheck& each : check_seal({path(name), "", std::move(pinned)})) {
      text += each.check + " " + std::string(name_of(each.result)) + ";";
    }
    return text;
  }
  Result result(const std::string& name, std::optional<PinnedKey> pinned = {}) const {
    return result_of(check_seal({path(name), "", std::move(pinned)}));
  }
};

constexpr const char* csv = "chargeback-2026-10-acme-r1.csv";
constexpr const char* pdf = "chargeback-2026-10-acme-r1.pdf";

}  // namespace

TEST_CASE("a manifest says what the report is, of which files and from what", "[seal]") {
  const SealedFolder sealed;
  const auto manifest = nlohmann::json::parse(sealed.report.manifest);
  CHECK(manifest.at("version") == 1);
  CHECK(manifest.at("reportId") == sealed.report.id);
  CHECK(manifest.at("tenantId") == "acme");
  CHECK(manifest.at("from") == "2026-10-01");
  CHECK(manifest.at("to") == "2026-11-01");
  CHECK(manifest.at("generatedAt") == "2026-11-04T06:00:00Z");
  // printf 'a,b\n' | sha256sum
  CHECK(manifest.at("files").at(0) ==
        nlohmann::json{
            {"name", csv},
            {"bytes", 4},
            {"sha256", "5be08c9684a1d25efcee09318204824278b08bbfb4aef973ffefd0b9d7478313"}});
  CHECK(manifest.at("inputs").at("chains").at(0).at("events") == 9480);
  CHECK(manifest.at("versions").at("costd") == COSTD_VERSION);
  CHECK(manifest.at("keyId") == sealed.key.public_key().id());
  CHECK(manifest.at("publicKey") == sealed.key.public_key().pem());
  StoredReport again = sealed.report;
  seal_report(again, sealed.bytes, sealed.inputs, sealed.key);
  CHECK(again.manifest == sealed.report.manifest);
  CHECK(again.manifest_signature == sealed.report.manifest_signature);
}

TEST_CASE("the common name of a report's files is without their formats", "[seal]") {
  StoredReport report;
  report.kind = "hipaa";
  report.id = "ID";
  CHECK(base_name_of(report) == "hipaa-ID");
  for (const auto& [format, name] : std::map<std::string, std::string>{
           {"pdf", "hipaa-2026-10-acme-r1.pdf"},
           {"access-log.csv", "hipaa-2026-10-acme-r1-access-log.csv"}}) {
    ReportFile file;
    file.format = format;
    file.file_name = name;
    report.files = {file};
    CHECK(base_name_of(report) == "hipaa-2026-10-acme-r1");
  }
}

TEST_CASE("openssl verifies the signatures with the manifest's key", "[seal]") {
  const SealedFolder sealed;
  sealed.write("key.pem", sealed.key.public_key().pem());
  for (const std::string& name : {std::string(csv), std::string(pdf), sealed.manifest_name()}) {
    const std::string command = "openssl pkeyutl -verify -pubin -rawin -inkey " +
                                sealed.path("key.pem") + " -in " + sealed.path(name) +
                                " -sigfile " + sealed.path(name) + ".sig >/dev/null 2>&1";
    CHECK(std::system(command.c_str()) == 0);
    sealed.write(name, "another");
    CHECK(std::system(command.c_str()) != 0);
  }
}

TEST_CASE("a file that is what was signed passes", "[seal]") {
  const SealedFolder sealed;
  CHECK(sealed.check(csv) ==
        "manifest PASS;manifest signature PASS;key NOT_CHECKED;size PASS;sha256 PASS;"
        "signature PASS;");
  CHECK(sealed.result(csv) == Result::pass);
  const PublicKey key = sealed.key.public_key();
  CHECK(sealed.result(csv, PinnedKey{key.id()}) == Result::pass);
  CHECK_THAT(sealed.check(csv, PinnedKey{key.id(), key}), Catch::Contains("key PASS;"));
  std::filesystem::rename(sealed.path(csv), sealed.path("chargeback-2026-10-acme-r1.old"));
  std::filesystem::rename(sealed.path(csv) + ".sig",
                          sealed.path("chargeback-2026-10-acme-r1.old.sig"));
  CHECK(sealed.result("chargeback-2026-10-acme-r1.old") == Result::pass);
}

TEST_CASE("whatever was changed fails, and is named", "[seal]") {
  const SealedFolder sealed;
  SECTION("the file, with the same size") {
    sealed.write(csv, "a,c\n");
    CHECK_THAT(sealed.check(csv), Catch::EndsWith("size PASS;sha256 FAIL;signature FAIL;"));
  }
  SECTION("the file, longer") {
    sealed.write(csv, "a,b\n\n");
    CHECK_THAT(sealed.check(csv), Catch::EndsWith("size FAIL;sha256 FAIL;signature FAIL;"));
  }
  SECTION("its signature") {
    sealed.write(std::string(csv) + ".sig", std::string(64, 'x'));
    CHECK_THAT(sealed.check(csv), Catch::EndsWith("sha256 PASS;signature FAIL;"));
  }
  SECTION("the manifest") {
    std::string text = sealed.report.manifest;
    text.replace(text.find("FINAL"), 5, "final");
    sealed.write(sealed.manifest_name(), text);
    CHECK_THAT(sealed.check(csv), Catch::StartsWith("manifest PASS;manifest signature FAIL;"));
  }
  SECTION("the manifest, to none") {
    sealed.write(sealed.manifest_name(), "{}");
    CHECK_THAT(sealed.check(csv), Catch::StartsWith("manifest FAIL;"));
  }
  SECTION("all of it, signed by somebody else: only a known key shows it") {
    StoredReport forged = sealed.report;
    const SigningKey other = SigningKey::generate();
    seal_report(forged, sealed.bytes, sealed.inputs, other);
    sealed.write(sealed.manifest_name(), forged.manifest);
    sealed.write(sealed.manifest_name() + ".sig", from_hex(forged.manifest_signature));
    sealed.write(std::string(csv) + ".sig", from_hex(forged.files.front().signature));
    CHECK(sealed.result(csv) == Result::pass);
    CHECK_THAT(sealed.check(csv, PinnedKey{sealed.key.public_key().id()}),
               Catch::Contains("key FAIL;"));
    CHECK(sealed.result(csv, PinnedKey{sealed.key.public_key().id()}) == Result::fail);
    return;
  }
  CHECK(sealed.result(csv) == Result::fail);
}

TEST_CASE("what is not there makes the check incomplete", "[seal]") {
  const SealedFolder sealed;
  const PublicKey key = sealed.key.public_key();
  SECTION("the signature") {
    sealed.remove(std::string(csv) + ".sig");
    CHECK_THAT(sealed.check(csv), Catch::EndsWith("sha256 PASS;signature INCOMPLETE;"));
  }
  SECTION("the manifest's signature") {
    sealed.remove(sealed.manifest_name() + ".sig");
    CHECK_THAT(sealed.check(csv), Catch::Contains("manifest signature INCOMPLETE;"));
  }
  SECTION("the manifest: the signature needs a key, then") {
    sealed.remove(sealed.manifest_name());
    CHECK(sealed.check(csv) == "manifest INCOMPLETE;signature INCOMPLETE;");
    CHECK(sealed.check(csv, PinnedKey{key.id(), key}) == "manifest INCOMPLETE;signature PASS;");
  }
  CHECK(sealed.result(csv) == Result::incomplete);
}

TEST_CASE("a manifest is checked with the files that lie beside it", "[seal]") {
  const SealedFolder sealed;
  CHECK(sealed.result(sealed.manifest_name()) == Result::pass);
  sealed.remove(pdf);
  CHECK_THAT(sealed.check(sealed.manifest_name()),
             Catch::Contains(std::string(pdf) + " NOT_CHECKED;") &&
                 Catch::Contains(std::string(csv) + ": sha256 PASS;"));
  CHECK(sealed.result(sealed.manifest_name()) == Result::pass);
  sealed.write(csv, "a,c\n");
  CHECK(sealed.result(sealed.manifest_name()) == Result::fail);
}

TEST_CASE("a file that the manifest does not list fails", "[seal]") {
  const SealedFolder sealed;
  sealed.write("chargeback-2026-10-acme-r1.txt", "another");
  CHECK_THAT(sealed.check("chargeback-2026-10-acme-r1.txt"), Catch::Contains("listed FAIL;"));
  CHECK_THROWS_AS(check_seal({sealed.path("absent.csv")}), Error);
}

}  // namespace costd
