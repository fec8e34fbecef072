#pragma once
// gzip and zstd of a text, made with the libraries' own one-call functions.

#include <zlib.h>
#include <zstd.h>

#include <stdexcept>
#include <string>

namespace costd::test {

inline std::string gzip(const std::string& text) {
  z_stream state{};
  constexpr int gzip_header = 16;
  if (deflateInit2(&state, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + gzip_header, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("zlib did not start");
  }
  std::string archive(deflateBound(&state, text.size()) + 64, '\0');
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  state.avail_in = static_cast<uInt>(text.size());
  state.next_out = reinterpret_cast<Bytef*>(archive.data());
  state.avail_out = static_cast<uInt>(archive.size());
  if (deflate(&state, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("zlib failed");
  archive.resize(state.total_out);
  deflateEnd(&state);
  return archive;
}

inline std::string zstd(const std::string& text) {
  std::string archive(ZSTD_compressBound(text.size()), '\0');
  archive.resize(ZSTD_compress(archive.data(), archive.size(), text.data(), text.size(), 1));
  return archive;
}

}  // namespace costd::test
