// The floor of reading such a file: simdjson takes every field that costd keeps out of every line,
// and nothing is done with them. What costd needs above that is its own work.

#include <fcntl.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <future>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace costd::bench {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t chunk_bytes = 1 << 20;
constexpr std::size_t batch_bytes_min = 1024;
constexpr std::size_t line_bytes_max = 1 << 20;
constexpr int threads = 2;

struct Sums {
  std::uint64_t records = 0;
  std::uint64_t input_tokens = 0;
  std::uint64_t checksum = 0;

  void add(const Sums& other) {
    records += other.records;
    input_tokens += other.input_tokens;
    checksum += other.checksum;
  }
};

std::uint64_t fold(std::string_view text) {
  return text.empty() ? 0 : text.size() * 31 + static_cast<unsigned char>(text.back());
}

/// The fields in the order the gateway writes them, which is simdjson's fast way.
void read_record(ondemand::object record, Sums& sums) {
  std::uint64_t folded = 0;
  for (const char* key : {"id", "tenantId", "apiKey", "model", "provider"}) {
    folded += fold(record.find_field(key).get_string());
  }
  const std::uint64_t input = record.find_field("inputTokens").get_uint64();
  folded += record.find_field("outputTokens").get_uint64();
  folded += record.find_field("totalTokens").get_uint64();
  folded += record.find_field("estimated").get_bool() ? 1 : 0;
  ondemand::value fingerprint = record.find_field("credentialFingerprint");
  if (!fingerprint.is_null()) folded += fold(fingerprint.get_string());
  folded += fold(record.find_field("cacheStatus").get_string());
  folded += fold(record.find_field("timestamp").get_string());
  for (const char* key : {"cachedInputTokens", "cacheWriteTokens", "reasoningTokens"}) {
    folded += record.find_field(key).get_uint64();
  }
  ++sums.records;
  sums.input_tokens += input;
  sums.checksum += folded;
}

class File {
 public:
  explicit File(const char* path) : descriptor_(::open(path, O_RDONLY | O_CLOEXEC)) {
    struct stat facts {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &facts) != 0) {
      throw std::runtime_error(std::string("cannot read ") + path);
    }
    size_ = static_cast<std::size_t>(facts.st_size);
  }
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::size_t size() const { return size_; }

  /// Bytes from `offset` on that were read; fewer than `count` only at the file's end.
  std::size_t read(char* to, std::size_t count, std::size_t offset) const {
    std::size_t done = 0;
    while (done < count) {
      const ssize_t got =
          ::pread(descriptor_, to + done, count - done, static_cast<off_t>(offset + done));
      if (got < 0) throw std::runtime_error("cannot read the file");
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

 private:
  int descriptor_;
  std::size_t size_ = 0;
};

/// The lines that begin in chunk `number`. A line begins behind a line feed, so a chunk is read
/// from the byte before it, up to the end of the line that its last byte belongs to.
std::string_view lines_of_chunk(const File& file, std::size_t number, std::vector<char>& buffer) {
  const std::size_t begin = number * chunk_bytes;
  const std::size_t from = begin == 0 ? 0 : begin - 1;
  const std::size_t until = std::min(begin + chunk_bytes, file.size());
  std::size_t length = file.read(buffer.data(), until - from, from);
  const auto after_line_feed = [&](std::size_t at) {
    const void* found = std::memchr(buffer.data() + at, '\n', length - at);
    return found == nullptr
               ? length
               : static_cast<std::size_t>(static_cast<const char*>(found) - buffer.data()) + 1;
  };
  const std::size_t first = begin == 0 ? 0 : after_line_feed(0);
  std::size_t end = length;
  while (buffer[end - 1] != '\n') {
    if (end >= chunk_bytes + line_bytes_max) throw std::runtime_error("a line is too long");
    const std::size_t got = file.read(buffer.data() + length, 4096, from + length);
    if (got == 0) break;
    length += got;
    end = after_line_feed(end);
  }
  return {buffer.data() + first, std::max(end, first) - first};
}

Sums read_chunks(const File& file, std::atomic<std::size_t>& next_chunk) {
  std::vector<char> buffer(chunk_bytes + line_bytes_max + 8192 + simdjson::SIMDJSON_PADDING);
  ondemand::parser parser;
  Sums sums;
  for (;;) {
    const std::size_t number = next_chunk++;
    if (number * chunk_bytes >= file.size()) return sums;
    const std::string_view lines = lines_of_chunk(file, number, buffer);
    if (lines.empty()) continue;
    ondemand::document_stream stream =
        parser.iterate_many(lines.data(), lines.size(), std::max(lines.size(), batch_bytes_min));
    for (auto document : stream) read_record(document.get_object(), sums);
    if (stream.truncated_bytes() != 0) throw std::runtime_error("a line is no JSON object");
  }
}

void run(const char* path) {
  const File file(path);
  std::atomic<std::size_t> next_chunk = 0;
  std::vector<std::future<Sums>> parts;
  for (int n = 0; n < threads; ++n) {
    parts.push_back(std::async(std::launch::async, [&] { return read_chunks(file, next_chunk); }));
  }
  Sums sums;
  for (std::future<Sums>& part : parts) sums.add(part.get());
  std::cout << "{\"records\":" << sums.records << ",\"inputTokens\":" << sums.input_tokens
            << ",\"checksum\":" << sums.checksum << ",\"threads\":" << threads << ",\"version\":\""
            << simdjson::SIMDJSON_VERSION_MAJOR << '.' << simdjson::SIMDJSON_VERSION_MINOR << '.'
            << simdjson::SIMDJSON_VERSION_REVISION << "\",\"implementation\":\""
            << simdjson::get_active_implementation()->name() << "\"}\n";
}

}  // namespace
}  // namespace costd::bench

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::runtime_error("bench_simdjson FILE");
    costd::bench::run(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_simdjson: " << error.what() << "\n";
    return 1;
  }
}
