// The program costd.

#include <malloc.h>

#include <iostream>

#include "daemon/costd.hpp"

namespace {

/// Columns of a block, some megabyte each, come and go with every page of records. The allocator
/// would give them back to the system at once, and touching fresh memory costs more than decoding
/// it: with glibc's own values a page of records takes 14 ms, with these 6 ms.
void keep_memory_for_columns() {
  constexpr int mapped_from_bytes = 4 << 20;
  constexpr int kept_free_bytes = 64 << 20;
  ::mallopt(M_MMAP_THRESHOLD, mapped_from_bytes);
  ::mallopt(M_TRIM_THRESHOLD, kept_free_bytes);
}

}  // namespace

int main(int count, char** values) {
  keep_memory_for_columns();
  return costd::costd_main({values + 1, values + count}, std::cout, std::cerr);
}
