#include "jobs/report_file.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "jobs/durable_file.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

namespace fs = std::filesystem;

}  // namespace

TEST_CASE("a file that was removed before its report is stored is written again", "[report]") {
  test::TestDatabase test;
  const std::string folder = test.folder / "reports";
  std::vector<ReportFile> files(2);
  files[0].format = "one.csv";
  files[1].format = "two.csv";
  const std::map<std::string, std::string> bytes{{"one.csv", "a,b\n"}, {"two.csv", "c,d\n"}};
  store_report_files(files, bytes, folder);
  fs::remove(files[1].path);
  const std::vector<ReportFile> before = files;
  store_missing_report_files(files, bytes, folder);
  CHECK(read_file(files[1].path) == "c,d\n");
  CHECK(files[1].path == before[1].path);
  CHECK(files[1].sha256 == before[1].sha256);
}

}  // namespace costd
