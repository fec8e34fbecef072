#pragma once
// What the console keeps between requests, all of it in memory.

#include <string>

#include "daemon/console/page_cache.hpp"
#include "daemon/console/session_store.hpp"

namespace costd {

struct Console {
  SessionStore sessions;
  PageCache pages;
  /// Stands in kept pages where each session's own token belongs; nobody can guess and write it.
  const std::string csrf_mark = random_secret();
};

}  // namespace costd
