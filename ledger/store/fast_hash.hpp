#pragma once
// xxHash, which chooses its instructions by processor where the library can: some three times as
// fast. The figures are the same either way.

#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>
#else
#include <xxhash.h>
#endif
