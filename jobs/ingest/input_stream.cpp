#include "jobs/ingest/input_stream.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "ledger/audit_event.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

constexpr std::size_t io_bytes = 1 << 18;
constexpr std::size_t chunk_bytes = 4 << 20;
constexpr std::int64_t free_expansion_bytes = 1 << 20;

class File {
 public:
  explicit File(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) {
    if (descriptor_ < 0) {
      throw Error(ErrorCode::io, errno == ELOOP ? "it is a symbolic link" : std::strerror(errno));
    }
    opened_ = status();
    const bool regular = S_ISREG(opened_.st_mode);
    if (regular && opened_.st_nlink == 1) return;
    ::close(descriptor_);
    throw Error(ErrorCode::data, regular ? "it has other names (hard links), through which it "
                                           "could change; put a copy into the spool"
                                         : "it is no regular file");
  }
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::size_t read(char* buffer, std::size_t capacity) {
    for (;;) {
      const ssize_t got = ::read(descriptor_, buffer, capacity);
      if (got >= 0) {
        consumed_ += got;
        return static_cast<std::size_t>(got);
      }
      if (errno != EINTR) throw Error(ErrorCode::io, std::strerror(errno));
    }
  }
  void rewind() {
    if (::lseek(descriptor_, 0, SEEK_SET) != 0) throw Error(ErrorCode::io, std::strerror(errno));
    consumed_ = 0;
  }
  std::int64_t consumed() const { return consumed_; }
  std::int64_t size() const { return opened_.st_size; }
  bool has_changed() const {
    const struct stat now = status();
    return now.st_size != opened_.st_size || now.st_mtim.tv_sec != opened_.st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != opened_.st_mtim.tv_nsec;
  }

 private:
  struct stat status() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) throw Error(ErrorCode::io, std::strerror(errno));
    return status;
  }

  int descriptor_;
  struct stat opened_ {};
  std::int64_t consumed_ = 0;
};

class PlainStream : public InputStream {
 public:
  explicit PlainStream(std::unique_ptr<File> file) : file_(std::move(file)) {}
  std::size_t read(char* buffer, std::size_t capacity) override {
    return file_->read(buffer, capacity);
  }
  std::int64_t consumed() const override { return file_->consumed(); }
  std::optional<std::int64_t> length() const override { return file_->size(); }
  bool has_changed() const override { return file_->has_changed(); }

 private:
  std::unique_ptr<File> file_;
};

/// What both archive formats share: an input buffer and the guard against endless expansion.
class ArchiveStream : public InputStream {
 public:
  explicit ArchiveStream(std::unique_ptr<File> file) : file_(std::move(file)), input_(io_bytes) {}
  std::int64_t consumed() const override { return file_->consumed(); }
  std::optional<std::int64_t> length() const override { return std::nullopt; }
  bool has_changed() const override { return file_->has_changed(); }

 protected:
  std::size_t refill() { return file_->read(input_.data(), input_.size()); }
  std::size_t checked(std::size_t produced) {
    produced_ += static_cast<std::int64_t>(produced);
    if (produced_ > free_expansion_bytes + expansion_ratio_max * file_->consumed()) {
      throw Error(ErrorCode::data,
                  fmt::format("it expands to more than {} times its size", expansion_ratio_max));
    }
    return produced;
  }

  std::unique_ptr<File> file_;
  std::vector<char> input_;

 private:
  std::int64_t produced_ = 0;
};

class GzipStream : public ArchiveStream {
 public:
  explicit GzipStream(std::unique_ptr<File> file) : ArchiveStream(std::move(file)) {
    constexpr int gzip_only = 16 + MAX_WBITS;
    if (inflateInit2(&state_, gzip_only) != Z_OK) throw Error(ErrorCode::io, "zlib did not start");
  }
  ~GzipStream() override { inflateEnd(&state_); }

  std::size_t read(char* buffer, std::size_t capacity) override {
    state_.next_out = reinterpret_cast<Bytef*>(buffer);
    state_.avail_out = static_cast<uInt>(capacity);
    while (state_.avail_out == capacity) {
      if (state_.avail_in == 0) {
        state_.avail_in = static_cast<uInt>(refill());
        state_.next_in = reinterpret_cast<Bytef*>(input_.data());
        if (state_.avail_in == 0) {
          if (!between_members_) throw Error(ErrorCode::data, "the gzip archive is cut off");
          return 0;
        }
      }
      if (between_members_ && inflateReset(&state_) != Z_OK) {
        throw Error(ErrorCode::data, "the gzip archive is broken");
      }
      const int result = inflate(&state_, Z_NO_FLUSH);
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        throw Error(ErrorCode::data, "the gzip archive is broken");
      }
      between_members_ = result == Z_STREAM_END;
    }
    return checked(capacity - state_.avail_out);
  }

 private:
  z_stream state_{};
  bool between_members_ = true;
};

class ZstdStream : public ArchiveStream {
 public:
  explicit ZstdStream(std::unique_ptr<File> file)
      : ArchiveStream(std::move(file)), state_(ZSTD_createDStream(), ZSTD_freeDStream) {
    if (!state_) throw Error(ErrorCode::io, "zstd did not start");
  }

  std::size_t read(char* buffer, std::size_t capacity) override {
    ZSTD_outBuffer out{buffer, capacity, 0};
    while (out.pos == 0) {
      if (in_.pos == in_.size) {
        in_ = {input_.data(), refill(), 0};
        if (in_.size == 0) {
          if (!frame_ended_) throw Error(ErrorCode::data, "the zstd archive is cut off");
          return 0;
        }
      }
      const std::size_t result = ZSTD_decompressStream(state_.get(), &out, &in_);
      if (ZSTD_isError(result) != 0) throw Error(ErrorCode::data, "the zstd archive is broken");
      frame_ended_ = result == 0;
    }
    return checked(out.pos);
  }

 private:
  std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> state_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool frame_ended_ = true;
};

/// Reads until the buffer is full or the input ends.
std::size_t read_fully(InputStream& input, char* buffer, std::size_t capacity) {
  std::size_t have = 0;
  while (have < capacity) {
    const std::size_t got = input.read(buffer + have, capacity - have);
    if (got == 0) break;
    have += got;
  }
  return have;
}

}  // namespace

std::unique_ptr<InputStream> open_input(const std::string& path) {
  auto file = std::make_unique<File>(path);
  std::array<char, 4> magic{};
  const std::size_t got = file->read(magic.data(), magic.size());
  file->rewind();
  const std::string_view head(magic.data(), got);
  if (head.starts_with("\x1f\x8b")) return std::make_unique<GzipStream>(std::move(file));
  if (head == "\x28\xb5\x2f\xfd") return std::make_unique<ZstdStream>(std::move(file));
  return std::make_unique<PlainStream>(std::move(file));
}

std::string sha256_of_chunks(InputStream& input) {
  const auto length = static_cast<std::size_t>(input.length().value_or(chunk_bytes));
  std::vector<char> chunk(std::min(length + 1, chunk_bytes));
  std::string digests;
  for (;;) {
    const std::size_t got = read_fully(input, chunk.data(), chunk.size());
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(chunk.data()), got, digest.data());
    digests.append(reinterpret_cast<const char*>(digest.data()), digest.size());
    if (got < chunk.size()) break;
  }
  return sha256_hex(digests);
}

}  // namespace costd
