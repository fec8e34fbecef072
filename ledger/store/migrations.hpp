#pragma once
// Numbered schema changes, each applied once and in order.

#include <span>
#include <string_view>

namespace costd {

class Connection;

struct Migration {
  int number;
  std::string_view sql;  ///< statements end in ";\n"; dialect words are written $LIKE_THIS$
  /// Carries rows over where SQL cannot; runs after the statements, in their transaction.
  void (*carry_over)(Connection&) = nullptr;
};

/// All migrations, by number.
std::span<const Migration> all_migrations();

/// Applies what is missing, each migration in a transaction of its own. Throws Error(database) if
/// the schema is newer than this program.
void apply_migrations(Connection& connection);

/// The number of the last migration applied; 0 for an empty database.
int schema_version(Connection& connection);

}  // namespace costd
