#include "jobs/ingest/input_stream.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <catch2/catch.hpp>
#include <random>

#include "jobs/ingest/chunk_reader.hpp"
#include "ledger/error.hpp"
#include "tests/daemon/temporary_folder.hpp"
#include "tests/support/archives.hpp"

namespace costd {
namespace {

std::string read_all(const std::string& path, std::size_t step = 1 << 16) {
  const auto input = open_input(path);
  std::string all;
  std::string buffer(step, '\0');
  while (const std::size_t got = input->read(buffer.data(), buffer.size())) {
    all.append(buffer, 0, got);
  }
  return all;
}

ErrorCode refusal_of(const std::string& path) {
  try {
    read_all(path);
  } catch (const Error& error) {
    CHECK(std::string(error.what()).size() > 5);
    return error.code();
  }
  FAIL(path << " was read");
  return ErrorCode::io;
}

/// Letters without a pattern, so that an archive of them has many blocks.
std::string some_text(std::size_t bytes) {
  std::mt19937_64 random(7);
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>('a' + random() % 26);
  return text;
}

}  // namespace

TEST_CASE("plain, gzip and zstd are told apart by their bytes, not their names", "[ingest]") {
  const TemporaryFolder folder;
  const std::string text = some_text(3'000'000);
  const auto step = GENERATE(as<std::size_t>{}, 1 << 10, 1 << 22);
  CHECK(read_all(folder.write("plain.gz", text), step) == text);
  CHECK(read_all(folder.write("a.jsonl", test::gzip(text)), step) == text);
  CHECK(read_all(folder.write("b.jsonl", test::zstd(text)), step) == text);
  CHECK(read_all(folder.write("empty", "")).empty());
  CHECK(read_all(folder.write("e.gz", test::gzip(""))).empty());
  CHECK(read_all(folder.write("e.zst", test::zstd(""))).empty());
  CHECK(read_all(folder.write("short", "\x1f")) == "\x1f");
}

TEST_CASE("members and frames that follow each other are one text", "[ingest]") {
  const TemporaryFolder folder;
  CHECK(read_all(folder.write("a", test::gzip("one\n") + test::gzip("") + test::gzip("two\n"))) ==
        "one\ntwo\n");
  CHECK(read_all(folder.write("b", test::zstd("one\n") + test::zstd("two\n"))) == "one\ntwo\n");
}

TEST_CASE("an archive that is cut off anywhere is refused", "[ingest]") {
  const TemporaryFolder folder;
  const std::string text = some_text(5'000);
  for (const std::string& archive : {test::gzip(text), test::zstd(text)}) {
    for (std::size_t length = 4; length < archive.size(); length += 97) {
      CAPTURE(length);
      CHECK(refusal_of(folder.write("cut", archive.substr(0, length))) == ErrorCode::data);
    }
    CHECK(refusal_of(folder.write("cut", archive.substr(0, archive.size() - 1))) ==
          ErrorCode::data);
  }
}

TEST_CASE("an archive with a flipped byte is refused", "[ingest]") {
  const TemporaryFolder folder;
  std::string gz = test::gzip(some_text(5'000));
  gz[gz.size() / 2] = static_cast<char>(gz[gz.size() / 2] ^ 1);
  CHECK(refusal_of(folder.write("a", gz)) == ErrorCode::data);
  CHECK(refusal_of(folder.write("b", test::gzip("x") + "garbage")) == ErrorCode::data);
}

TEST_CASE("an archive that expands without end is refused", "[ingest]") {
  const TemporaryFolder folder;
  const std::string zeros(64 << 20, '\0');  // gzip makes 64 kB of it, zstd a few
  CHECK(refusal_of(folder.write("a", test::gzip(zeros))) == ErrorCode::data);
  CHECK(refusal_of(folder.write("b", test::zstd(zeros))) == ErrorCode::data);
}

TEST_CASE("a text that compresses well within reason is read", "[ingest]") {
  const TemporaryFolder folder;
  const std::string zeros(1 << 20, '\0');
  CHECK(read_all(folder.write("a", test::gzip(zeros))).size() == zeros.size());
}

TEST_CASE("only regular files are opened, and links are not followed", "[ingest]") {
  const TemporaryFolder folder;
  folder.write("real", "text");
  REQUIRE(::symlink((folder / "real").c_str(), (folder / "link").c_str()) == 0);
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  REQUIRE(::mkdir((folder / "folder").c_str(), 0700) == 0);
  CHECK_THROWS_WITH(open_input(folder / "link"), Catch::Contains("symbolic link"));
  CHECK_THROWS_WITH(open_input(folder / "fifo"), Catch::Contains("no regular file"));
  CHECK_THROWS_WITH(open_input(folder / "folder"), Catch::Contains("no regular file"));
  CHECK_THROWS_AS(open_input(folder / "absent"), Error);
}

TEST_CASE("content is known whatever it was compressed with", "[ingest]") {
  const TemporaryFolder folder;
  const std::string text = some_text(9'000'000);
  const auto id_of = [&](const std::string& bytes) {
    return identify_content(*open_input(folder.write("file", bytes)));
  };
  const ContentId plain = id_of(text);
  CHECK(plain.bytes == 9'000'000);
  CHECK(plain.hash.size() == 5 + 32);
  CHECK(id_of(test::gzip(text)) == plain);
  CHECK(id_of(test::zstd(text)) == plain);
  CHECK(id_of(text + "x").hash != plain.hash);
  CHECK(id_of("").bytes == 0);
}

TEST_CASE("the hash of costd 0.1.0 is one of its chunks' hashes", "[ingest]") {
  const TemporaryFolder folder;
  const auto hash_of = [&](const std::string& bytes) {
    return sha256_of_chunks(*open_input(folder.write("file", bytes)));
  };
  // printf '' | sha256sum, taken as 32 bytes and hashed again; and the same of "abc".
  CHECK(hash_of("") == "5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456");
  CHECK(hash_of("abc") == "4f8b42c22dd3729b519ba6f68d2da7cc5b2d606d05daed5ad5128cc03e6c6358");
  const std::string text = some_text(9'000'000);  // more than two chunks of 4 MiB
  CHECK(hash_of(test::gzip(text)) == hash_of(text));
  const std::string chunk(4 << 20, 'x');
  CHECK(hash_of(chunk) != hash_of(chunk + "x"));
}

TEST_CASE("only plain files know their length before they are read", "[ingest]") {
  const TemporaryFolder folder;
  CHECK(open_input(folder.write("a", "four"))->length() == 4);
  CHECK_FALSE(open_input(folder.write("b", test::gzip("four")))->length());
  CHECK_FALSE(open_input(folder.write("c", test::zstd("four")))->length());
}

TEST_CASE("a file that is written to while it is open has changed", "[ingest]") {
  const TemporaryFolder folder;
  for (const std::string& bytes :
       {std::string("text\n"), test::gzip("text\n"), test::zstd("text\n")}) {
    const std::string path = folder.write("file", bytes);
    const auto input = open_input(path);
    CHECK_FALSE(input->has_changed());
    std::ofstream(path, std::ios::app | std::ios::binary) << "more";
    CHECK(input->has_changed());
    CHECK_FALSE(open_input(path)->has_changed());
  }
}

}  // namespace costd
