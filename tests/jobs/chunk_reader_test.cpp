#include "jobs/ingest/chunk_reader.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <catch2/catch.hpp>
#include <random>

#include "tests/support/text_stream.hpp"

namespace costd {
namespace {

using test::chunk_reader_of;
using test::TextStream;

constexpr std::size_t mebibyte = std::size_t{1} << 20;

std::string hash_of(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("xxh3:{:016x}{:016x}", hash.high64, hash.low64);
}

/// Checks what every chunk promises, and gives the texts.
std::vector<std::string> texts_of(ChunkReader&& reader, const std::string& text,
                                  LargeVector<char> spent = {}) {
  std::vector<std::string> texts;
  std::int64_t offset = reader.offset();
  while (auto chunk = reader.next(std::move(spent))) {
    REQUIRE(chunk->offset == offset);
    REQUIRE(chunk->bytes.size() >= chunk->length + line_padding_bytes);
    for (std::size_t n = 0; n < line_padding_bytes; ++n) {
      REQUIRE(chunk->bytes[chunk->length + n] == '\0');
    }
    const auto begin = static_cast<std::size_t>(chunk->offset);
    REQUIRE(chunk->text() == std::string_view(text).substr(begin, chunk->length));
    offset = chunk->next_offset;
    REQUIRE(chunk->prefix_hash ==
            hash_of(std::string_view(text).substr(0, static_cast<std::size_t>(offset))));
    REQUIRE(reader.offset() == offset);
    texts.emplace_back(chunk->text());
    spent = std::move(chunk->bytes);
  }
  return texts;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += text;
  return all;
}

/// Lines of some 100 bytes with the number they have.
std::string numbered_lines(std::size_t bytes) {
  std::string text;
  for (int n = 0; text.size() < bytes; ++n) text += fmt::format("line {:0>90}\n", n);
  return text;
}

}  // namespace

TEST_CASE("a small text is one chunk, whatever its line ends and however it comes", "[ingest]") {
  const auto text = GENERATE(as<std::string>{}, "a", "a\n", "a\nb", "a\r\nb\r\n", "a\r\nb\r", "\n",
                             "\n\n", "\r", std::string("\0\n\0", 3));
  const auto step = GENERATE(as<std::size_t>{}, 1, 2, 1000);
  CAPTURE(text, step);
  CHECK(texts_of(chunk_reader_of(text, step), text) == std::vector<std::string>{text});
}

TEST_CASE("an empty text has no chunk", "[ingest]") {
  ChunkReader reader = chunk_reader_of("");
  CHECK_FALSE(reader.next());
  CHECK_FALSE(reader.next());
  CHECK(reader.offset() == 0);
  CHECK(reader.prefix_hash() == hash_of(""));
  CHECK_FALSE(chunk_reader_of("").take_line());
}

TEST_CASE("the hash is what xxhsum prints", "[ingest]") {
  // printf 'hello\n' | xxhsum -H2
  ChunkReader reader = chunk_reader_of("hello\n");
  reader.next();
  CHECK(reader.prefix_hash() == "xxh3:6bba86c7e069f56d5a10b435f1c8e49c");
}

TEST_CASE("chunks are whole lines of some megabytes, and nothing is lost between them",
          "[ingest]") {
  const std::string ending = GENERATE("", "the last one\r", "\n");
  const auto step = GENERATE(as<std::size_t>{}, 4'093, 1 << 18, 1 << 24);
  const std::string text = numbered_lines(11 * mebibyte) + ending;
  const auto texts = texts_of(chunk_reader_of(text, step), text);
  CHECK(texts.size() >= 2);
  CHECK(joined(texts) == text);
  for (std::size_t n = 0; n + 1 < texts.size(); ++n) {
    CHECK(texts[n].ends_with('\n'));
    CHECK(texts[n].size() > chunk_bytes / 2);
  }
}

TEST_CASE("a spent buffer of any size serves again", "[ingest]") {
  const std::string text = numbered_lines(9 * mebibyte);
  const auto size = GENERATE(as<std::size_t>{}, 1, 100, 1 << 20, 12 << 20);
  CHECK(joined(texts_of(chunk_reader_of(text), text, LargeVector<char>(size, '#'))) == text);
}

TEST_CASE("lines of every length around the chunk's end stay whole", "[ingest]") {
  // The line end falls on each of the last bytes before and after the chunk's size.
  for (std::size_t distance = 0; distance <= 130; ++distance) {
    const std::size_t first = chunk_bytes - 65 + distance;
    std::string text = numbered_lines(chunk_bytes - 2 * mebibyte);
    text += std::string(mebibyte, 'a') + "\n";
    text += std::string(first - text.size() - 1, 'b') + "\n" + "behind\nlast";
    CAPTURE(distance);
    const auto texts = texts_of(chunk_reader_of(text, 1 << 22), text);
    REQUIRE(joined(texts) == text);
    for (std::size_t n = 0; n + 1 < texts.size(); ++n) REQUIRE(texts[n].ends_with('\n'));
  }
}

TEST_CASE("a line longer than a chunk is cut, and what follows it is whole", "[ingest]") {
  const auto step = GENERATE(as<std::size_t>{}, 100'003, 1 << 22);
  const std::string text = "first\n" + std::string(10'000'000, 'y') + "\nlast";
  ChunkReader reader = chunk_reader_of(text, step);
  std::vector<Chunk> chunks;
  while (auto chunk = reader.next()) chunks.push_back(std::move(*chunk));
  REQUIRE(chunks.size() == 3);
  CHECK(chunks[0].text() == "first\n");
  CHECK_FALSE(chunks[0].cut_line);
  CHECK(chunks[1].cut_line);
  CHECK(chunks[1].text().size() == 4096);
  CHECK(chunks[1].text().find_first_not_of('y') == std::string_view::npos);
  CHECK(chunks[1].next_offset == 10'000'007);
  CHECK(chunks[1].prefix_hash == hash_of(std::string_view(text).substr(0, 10'000'007)));
  CHECK(chunks[2].text() == "last");
  CHECK(chunks[2].offset == 10'000'007);
  CHECK(reader.offset() == static_cast<std::int64_t>(text.size()));
}

TEST_CASE("a line that is too long and never ends is cut once", "[ingest]") {
  ChunkReader reader = chunk_reader_of(std::string(10'000'000, 'y'));
  const auto cut = reader.next();
  REQUIRE(cut);
  CHECK(cut->cut_line);
  CHECK(cut->next_offset == 10'000'000);
  CHECK_FALSE(reader.next());
}

TEST_CASE("the first bytes are seen without taking them", "[ingest]") {
  const std::string text = numbered_lines(mebibyte);
  ChunkReader reader = chunk_reader_of(text, 1'000);
  CHECK(reader.peek() == text.substr(0, 64 << 10));
  CHECK(reader.offset() == 0);
  CHECK(joined(texts_of(std::move(reader), text)) == text);
  CHECK(chunk_reader_of("ab").peek() == "ab");
}

TEST_CASE("a header line is taken before the chunks and counts in the hash", "[ingest]") {
  const auto header = GENERATE(as<std::string>{}, "a,b", "", "a,b\r");
  const auto step = GENERATE(as<std::size_t>{}, 1, 1'000);
  const std::string text = header + "\n1,2\n3,4";
  ChunkReader reader = chunk_reader_of(text, step);
  CHECK(reader.take_line() == (header.ends_with('\r') ? "a,b" : header));
  CHECK(reader.offset() == static_cast<std::int64_t>(header.size()) + 1);
  const auto chunk = reader.next();
  REQUIRE(chunk);
  CHECK(chunk->text() == "1,2\n3,4");
  CHECK(chunk->offset == static_cast<std::int64_t>(header.size()) + 1);
  CHECK(chunk->prefix_hash == hash_of(text));
  CHECK(chunk_reader_of("only").take_line() == "only");
}

TEST_CASE("reading goes on at any chunk's offset, with the same hash", "[ingest]") {
  const std::string text = numbered_lines(9 * mebibyte);
  ChunkReader all = chunk_reader_of(text);
  const std::int64_t offset = all.next()->next_offset;
  const bool peeked = GENERATE(false, true);
  ChunkReader rest = chunk_reader_of(text, 4'096);
  if (peeked) rest.peek();
  rest.skip_to(offset);
  CHECK(rest.offset() == offset);
  CHECK(rest.prefix_hash() ==
        hash_of(std::string_view(text).substr(0, static_cast<std::size_t>(offset))));
  CHECK(joined(texts_of(std::move(rest), text)) == text.substr(static_cast<std::size_t>(offset)));
}

TEST_CASE("a skip beyond the end finds nothing more", "[ingest]") {
  ChunkReader reader = chunk_reader_of("a\nb\n");
  reader.skip_to(100);
  CHECK_FALSE(reader.next());
  CHECK(reader.offset() == 4);
}

TEST_CASE("a file that grows is given in whole lines, and the half one is left", "[ingest]") {
  const auto changed = std::make_shared<bool>(false);
  const std::string text = numbered_lines(5 * mebibyte) + "half a li";
  ChunkReader reader(std::make_unique<TextStream>(text, 1 << 18, changed));
  std::string given;
  while (const auto chunk = reader.next()) {
    given += chunk->text();
    *changed = true;  // while it is read
  }
  CHECK(given == text.substr(0, text.size() - 9));
  CHECK(reader.prefix_hash() == hash_of(given));
  CHECK(reader.offset() == static_cast<std::int64_t>(given.size()));
}

TEST_CASE("documents stay whole, though they span lines", "[ingest]") {
  std::mt19937_64 random(5);
  std::string text;
  std::vector<std::size_t> ends{0};
  while (text.size() < 10 * mebibyte) {
    const std::string filler(random() % 300'000, 'z');
    text += random() % 2 == 0 ? "{\"a\":\"}\\\"{\",\n\"b\":[1,{}],\"c\":\"" + filler + "\"}"
                              : "\n [ {\"x\":\"" + filler + "\"} ]";
    ends.push_back(text.size());
  }
  const bool has_rest = GENERATE(false, true);
  if (has_rest) text += "\n{\"not\":[ended";
  ends.push_back(text.size());
  ChunkReader reader = chunk_reader_of(text, 77'777);
  reader.set_framing(Framing::documents);
  const auto texts = texts_of(std::move(reader), text);
  CHECK(joined(texts) == text);
  CHECK(texts.size() > 1);
  std::size_t end = 0;
  for (const std::string& part : texts) {
    end += part.size();
    CHECK(std::ranges::binary_search(ends, end));
  }
}

TEST_CASE("a document may be larger than a chunk", "[ingest]") {
  const std::string large = "[\n\"" + std::string(9 * mebibyte, 'x') + "\"]";
  const std::string text = "{}\n" + large + "\n{}\n";
  ChunkReader reader = chunk_reader_of(text);
  reader.set_framing(Framing::documents);
  const auto texts = texts_of(std::move(reader), text);
  CHECK(joined(texts) == text);
  CHECK(std::ranges::any_of(
      texts, [&](const auto& part) { return part.find(large) != std::string::npos; }));
}

TEST_CASE("content is known by the hash of all its bytes, a beginning by that of its own",
          "[ingest]") {
  const std::string text = numbered_lines(3 * mebibyte);
  TextStream whole(text, 1'013);
  const ContentId content = identify_content(whole);
  CHECK(content.bytes == static_cast<std::int64_t>(text.size()));
  CHECK(content.hash == hash_of(text));
  for (const std::int64_t bytes : {0, 1, 1'013, 1'014, 2'000'000}) {
    TextStream part(text, 1'013);
    const ContentId prefix = identify_prefix(part, bytes);
    CHECK(prefix.bytes == bytes);
    CHECK(prefix.hash ==
          hash_of(std::string_view(text).substr(0, static_cast<std::size_t>(bytes))));
  }
  TextStream shorter("abc");
  CHECK(identify_prefix(shorter, 100).bytes == 3);
}

}  // namespace costd
