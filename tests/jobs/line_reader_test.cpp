#include "jobs/ingest/line_reader.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

namespace costd {
namespace {

/// Text handed out in pieces of at most `step` bytes.
class TextStream : public InputStream {
 public:
  TextStream(std::string text, std::size_t step) : text_(std::move(text)), step_(step) {}
  std::size_t read(char* buffer, std::size_t capacity) override {
    const std::size_t got = std::min({capacity, step_, text_.size() - at_});
    std::memcpy(buffer, text_.data() + at_, got);
    at_ += got;
    return got;
  }
  std::int64_t consumed() const override { return static_cast<std::int64_t>(at_); }

 private:
  std::string text_;
  std::size_t step_;
  std::size_t at_ = 0;
};

LineReader reader_of(const std::string& text, std::size_t step = 1 << 18) {
  return LineReader(std::make_unique<TextStream>(text, step));
}

std::vector<std::string> lines_of(LineReader reader) {
  std::vector<std::string> lines;
  while (const auto line = reader.next()) lines.emplace_back(line->text);
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("LF and CR LF end a line, the last one needs neither", "[ingest]") {
  struct Row {
    std::string text;
    Lines lines;
  };
  const auto row = GENERATE(values<Row>({
      {"", {}},
      {"a", {"a"}},
      {"a\n", {"a"}},
      {"a\nb", {"a", "b"}},
      {"a\r\nb\r\n", {"a", "b"}},
      {"a\r\nb\r", {"a", "b"}},
      {"\n\n", {"", ""}},
      {"a\n\n b \n", {"a", "", " b "}},
      {"a\rb\n", {"a\rb"}},
  }));
  const auto step = GENERATE(as<std::size_t>{}, 1, 2, 1000);
  CAPTURE(row.text, step);
  CHECK(lines_of(reader_of(row.text, step)) == row.lines);
}

TEST_CASE("lines have their number and the offset of their first byte", "[ingest]") {
  LineReader reader = reader_of("ab\r\n\ncd");
  const auto first = reader.next();
  CHECK((first->number == 1 && first->offset == 0));
  const auto second = reader.next();
  CHECK((second->number == 2 && second->offset == 4));
  const auto third = reader.next();
  CHECK((third->number == 3 && third->offset == 5));
  CHECK_FALSE(reader.next());
  CHECK(reader.next_offset() == 7);
  CHECK(reader.lines() == 3);
}

TEST_CASE("a line of exactly the limit is whole, one more byte is too long", "[ingest]") {
  const std::string ending = GENERATE("\nnext\n", "");
  const std::string limit(spool_line_bytes_max, 'x');
  LineReader fits = reader_of(limit + ending);
  const auto whole = fits.next();
  CHECK_FALSE(whole->too_long);
  CHECK(whole->text.size() == spool_line_bytes_max);
  LineReader exceeds = reader_of(limit + "x" + ending);
  const auto cut = exceeds.next();
  CHECK(cut->too_long);
  CHECK(cut->text.size() < spool_line_bytes_max);
  CHECK(cut->text.find_first_not_of('x') == std::string_view::npos);
  if (!ending.empty()) {
    const auto next = exceeds.next();
    CHECK(next->text == "next");
    CHECK(next->number == 2);
    CHECK(next->offset == static_cast<std::int64_t>(spool_line_bytes_max) + 2);
  }
  CHECK_FALSE(exceeds.next());
}

TEST_CASE("a line of ten megabytes is skipped to its end", "[ingest]") {
  const std::size_t step = GENERATE(as<std::size_t>{}, 100'003, 1 << 22);
  const std::string text = "first\n" + std::string(10'000'000, 'y') + "\nlast";
  LineReader reader = reader_of(text, step);
  CHECK(reader.next()->text == "first");
  CHECK(reader.next()->too_long);
  const auto last = reader.next();
  CHECK(last->text == "last");
  CHECK(last->number == 3);
  CHECK(last->offset == 10'000'007);
  CHECK(reader.next_offset() == static_cast<std::int64_t>(text.size()));
}

TEST_CASE("a last line that is too long and never ends is reported once", "[ingest]") {
  LineReader reader = reader_of(std::string(10'000'000, 'y'));
  CHECK(reader.next()->too_long);
  CHECK_FALSE(reader.next());
  CHECK(reader.next_offset() == 10'000'000);
}

TEST_CASE("reading goes on at any line's offset", "[ingest]") {
  std::string text;
  for (int n = 0; n < 300'000; ++n) text += "line " + std::to_string(n) + "\n";
  LineReader all = reader_of(text);
  std::int64_t offset = 0;
  for (int n = 0; n < 250'000; ++n) all.next();
  offset = all.next_offset();
  LineReader rest = reader_of(text, 4096);
  rest.skip_to(offset, all.lines());
  const auto line = rest.next();
  CHECK(line->text == "line 250000");
  CHECK(line->number == 250'001);
  CHECK(line->offset == offset);
}

TEST_CASE("a skip beyond the end finds nothing more", "[ingest]") {
  LineReader reader = reader_of("a\nb\n");
  reader.skip_to(100, 9);
  CHECK_FALSE(reader.next());
}

}  // namespace costd
