#include "ledger/store/migrations.hpp"

#include <array>
#include <string>

#include "ledger/store/connection.hpp"
#include "ledger/store/dialect.hpp"
#include "ledger/store/migration_0001.hpp"
#include "ledger/store/migration_0002.hpp"
#include "ledger/store/migration_0003.hpp"
#include "ledger/store/migration_0004.hpp"
#include "ledger/store/migration_0005.hpp"
#include "ledger/store/migration_0006.hpp"
#include "ledger/store/migration_0007.hpp"
#include "ledger/store/migration_0008.hpp"
#include "ledger/store/migration_0009.hpp"
#include "ledger/store/migration_0010.hpp"
#include "ledger/store/migration_0011.hpp"
#include "ledger/store/migration_0012.hpp"
#include "ledger/store/migration_0013.hpp"
#include "ledger/store/migration_0014.hpp"
#include "ledger/store/schema_2.hpp"

namespace costd {
namespace {

constexpr std::array migrations{
    Migration{1, migration_0001},  Migration{2, migration_0002, carry_over_to_schema_2},
    Migration{3, migration_0003},  Migration{4, migration_0004},
    Migration{5, migration_0005},  Migration{6, migration_0006},
    Migration{7, migration_0007},  Migration{8, migration_0008},
    Migration{9, migration_0009},  Migration{10, migration_0010},
    Migration{11, migration_0011}, Migration{12, migration_0012},
    Migration{13, migration_0013}, Migration{14, migration_0014},
};

void apply(Connection& connection, const Migration& migration) {
  const std::string sql = in_sqlite(std::string(migration.sql));
  soci::transaction transaction(connection.sql);
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t end = std::min(sql.find(";\n", at), sql.size());
    connection.sql << sql.substr(at, end - at);
    at = end + 2;
  }
  if (migration.carry_over != nullptr) migration.carry_over(connection);
  const std::string version = std::to_string(migration.number);
  connection.sql << "delete from meta where name = 'schema_version'";
  connection.sql << "insert into meta(name, value) values ('schema_version', :version)",
      soci::use(version);
  transaction.commit();
}

}  // namespace

std::span<const Migration> all_migrations() {
  return migrations;
}

int schema_version(Connection& connection) {
  int tables = 0;
  connection.sql << "select count(*) from sqlite_master where type = 'table' and name = 'meta'",
      soci::into(tables);
  if (tables == 0) return 0;
  std::string version;
  connection.sql << "select value from meta where name = 'schema_version'", soci::into(version);
  return std::stoi(version);
}

void apply_migrations(Connection& connection) {
  const int have = schema_version(connection);
  const int newest = migrations.back().number;
  if (have > newest) {
    throw Error(ErrorCode::database, "the database has schema " + std::to_string(have) +
                                         " and this costd knows " + std::to_string(newest) +
                                         "; start the newer costd that made it");
  }
  for (const Migration& migration : migrations) {
    if (migration.number > have) apply(connection, migration);
  }
}

}  // namespace costd
