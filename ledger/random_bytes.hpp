#pragma once
// Bytes that nobody can guess.

#include <string>

namespace costd {

/// From OpenSSL's generator, which the operating system seeds. Throws Error(io) if it gives none.
std::string random_bytes(std::size_t count);

}  // namespace costd
