#include "ledger/random_bytes.hpp"

#include <openssl/rand.h>

#include "ledger/error.hpp"

namespace costd {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
    throw Error(ErrorCode::io, "the operating system gave no random bytes; try again");
  }
  return bytes;
}

}  // namespace costd
