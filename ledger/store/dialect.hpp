#pragma once
// What is not portable in the schema, in one place: the words of SQLite for it.

#include <string>

namespace costd {

/// Replaces the $WORDS$ of a migration.
std::string in_sqlite(std::string sql);

}  // namespace costd
