#include "ledger/store/database_copy.hpp"

#include <sqlite3.h>

#include <memory>
#include <vector>

#include "ledger/error.hpp"

namespace costd {
namespace {

/// Some megabytes between two looks at whether to go on.
constexpr int pages_at_once = 64;
constexpr int busy_timeout_ms = 5000;

/// SQLite itself, because SOCI knows no backups.
class Handle {
 public:
  Handle(const std::string& file, int flags) : file_(file) {
    const int outcome = sqlite3_open_v2(file.c_str(), &database_, flags, nullptr);
    if (outcome != SQLITE_OK) {
      const std::string why = sqlite3_errmsg(database_);
      sqlite3_close(database_);
      throw Error(ErrorCode::database, "cannot open the database " + file + ": " + why);
    }
    sqlite3_busy_timeout(database_, busy_timeout_ms);
  }
  ~Handle() { sqlite3_close(database_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  sqlite3* get() const { return database_; }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::database,
                "cannot " + what + " " + file_ + ": " + sqlite3_errmsg(database_));
  }

  /// Calls `row` for each row of the query.
  template <typename Row>
  void query(const char* sql, Row row) const {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(database_, sql, -1, &raw, nullptr) != SQLITE_OK) fail("read");
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(raw,
                                                                               sqlite3_finalize);
    int outcome = SQLITE_ROW;
    while ((outcome = sqlite3_step(raw)) == SQLITE_ROW) row(raw);
    if (outcome != SQLITE_DONE) fail("read");
  }

  /// The first column of the only row; "" without one.
  std::string text(const char* sql) const {
    std::string value;
    query(sql, [&](sqlite3_stmt* row) { value = text_of(row, 0); });
    return value;
  }

  static std::string text_of(sqlite3_stmt* row, int column) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
    return text == nullptr ? "" : text;
  }

 private:
  std::string file_;
  sqlite3* database_ = nullptr;
};

DatabaseFacts facts_of(const Handle& database) {
  DatabaseFacts facts;
  facts.schema_version =
      std::stoi("0" + database.text("select value from meta where name = 'schema_version'"));
  facts.install_id = database.text("select value from meta where name = 'install_id'");
  database.query("select seq, hash from audit_event order by seq desc limit 1",
                 [&](sqlite3_stmt* row) {
                   facts.audit_head.count = sqlite3_column_int64(row, 0);
                   facts.audit_head.hash = Handle::text_of(row, 1);
                 });
  std::vector<std::string> tables;
  database.query("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'",
                 [&](sqlite3_stmt* row) { tables.push_back(Handle::text_of(row, 0)); });
  for (const std::string& table : tables) {
    const std::string sql = "select count(*) from \"" + table + '"';
    database.query(sql.c_str(),
                   [&](sqlite3_stmt* row) { facts.rows[table] = sqlite3_column_int64(row, 0); });
  }
  return facts;
}

void copy_pages(const Handle& from, const Handle& to, const CopyProgress& progress) {
  sqlite3_backup* const backup = sqlite3_backup_init(to.get(), "main", from.get(), "main");
  if (backup == nullptr) to.fail("copy into");
  std::unique_ptr<sqlite3_backup, decltype(&sqlite3_backup_finish)> open(backup,
                                                                         sqlite3_backup_finish);
  int outcome = SQLITE_OK;
  while ((outcome = sqlite3_backup_step(backup, pages_at_once)) == SQLITE_OK) {
    const int total = sqlite3_backup_pagecount(backup);
    progress(total - sqlite3_backup_remaining(backup), total);
  }
  if (sqlite3_backup_finish(open.release()) != SQLITE_OK || outcome != SQLITE_DONE) {
    to.fail("copy into");
  }
}

}  // namespace

DatabaseFacts copy_database(const std::string& from, const std::string& to,
                            const CopyProgress& progress) {
  const Handle source(from, SQLITE_OPEN_READONLY);
  // A transaction of its own fixes the moment: without it, each write of others would begin the
  // copy anew. The first read fixes it, not the begin.
  source.text("begin");
  const DatabaseFacts facts = facts_of(source);
  const Handle target(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  copy_pages(source, target, progress);
  // The copy is marked as one that has a log beside it, which it has not.
  if (target.text("pragma journal_mode=DELETE") != "delete") target.fail("finish the copy");
  return facts;
}

DatabaseFacts check_database(const std::string& file) {
  const Handle database(file, SQLITE_OPEN_READONLY);
  const std::string verdict = database.text("pragma integrity_check(1)");
  if (verdict != "ok") {
    throw Error(ErrorCode::database, file + " is damaged: " + verdict);
  }
  return facts_of(database);
}

}  // namespace costd
