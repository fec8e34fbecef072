#include "ledger/store/database.hpp"

#include "ledger/store/audit_store.hpp"
#include "ledger/store/connection.hpp"
#include "ledger/store/migrations.hpp"

namespace costd {
namespace {

constexpr int readers_max = 8;
constexpr const char* busy_seconds = "5";

std::string connect_string(const std::string& file) {
  return "db=" + file + " timeout=" + busy_seconds + " shared_cache=false";
}

std::unique_ptr<Connection> open_writer(const std::string& file) {
  auto connection = std::make_unique<Connection>(connect_string(file));
  soci::session& sql = connection->sql;
  // The page size holds for new files only; large pages suit the usage blocks.
  sql << "pragma page_size=65536";
  sql << "pragma journal_mode=WAL";
  sql << "pragma synchronous=FULL";
  // Copied back often, so that no commit holds the lock for long.
  sql << "pragma wal_autocheckpoint=256";
  sql << "pragma foreign_keys=ON";
  sql << "pragma trusted_schema=OFF";
  sql << "pragma cell_size_check=ON";
  sql << "pragma mmap_size=0";
  return connection;
}

std::unique_ptr<Connection> open_reader(const std::string& file) {
  auto connection = std::make_unique<Connection>(connect_string(file));
  connection->sql << "pragma wal_autocheckpoint=0";
  connection->sql << "pragma query_only=ON";
  connection->kept_series.emplace();
  return connection;
}

void check_integrity(Connection& connection, const std::string& file) {
  std::string verdict;
  connection.sql << "pragma quick_check(1)", soci::into(verdict);
  if (verdict != "ok") {
    throw Error(ErrorCode::database,
                file + " is damaged (" + verdict + "); restore it from a backup, then start again");
  }
}

}  // namespace

Snapshot::Snapshot(Database& database, std::unique_ptr<Connection> connection)
    : database_(&database), connection_(std::move(connection)) {}

Snapshot::Snapshot(Snapshot&&) noexcept = default;

Snapshot::~Snapshot() {
  if (!connection_) return;
  try {
    connection_->sql << "rollback";
  } catch (const soci::soci_error&) {
    connection_.reset();  // A connection that cannot roll back is not used again.
  }
  database_->give_back(std::move(connection_));
}

UnitOfWork::UnitOfWork(std::unique_lock<std::mutex> lock, Connection& connection,
                       const CommitHook& hook, std::atomic<std::uint64_t>& change_count)
    : lock_(std::move(lock)), connection_(&connection), hook_(&hook), change_count_(&change_count) {
  connection_->sql << "begin immediate";
}

UnitOfWork::UnitOfWork(UnitOfWork&& other) noexcept
    : lock_(std::move(other.lock_)),
      connection_(other.connection_),
      hook_(other.hook_),
      change_count_(other.change_count_),
      open_(other.open_) {
  other.open_ = false;
}

UnitOfWork::~UnitOfWork() {
  if (!open_) return;
  try {
    connection_->sql << "rollback";
  } catch (const soci::soci_error&) {
    // SQLite has rolled back already after a failed commit; there is nothing left to undo.
  }
}

void UnitOfWork::audit(AuditEvent event) {
  append_audit_event(*this, std::move(event));
}

void UnitOfWork::commit() {
  if (*hook_) (*hook_)(CommitMoment::before);
  try {
    connection_->sql << "commit";
  } catch (const soci::soci_error& error) {
    throw Error(ErrorCode::database,
                std::string("the database could not commit: ") + error.what() +
                    "; nothing was changed. Check the disk's free space and health");
  }
  open_ = false;
  ++*change_count_;
  lock_.unlock();
  if (*hook_) (*hook_)(CommitMoment::after);
}

Database::Database(const std::string& file) : file_(file) {
  try {
    writer_ = open_writer(file);
    check_integrity(*writer_, file);
    apply_migrations(*writer_);
    writer_->sql << "select value from meta where name = 'install_id'", soci::into(install_id_);
  } catch (const soci::soci_error& error) {
    throw Error(ErrorCode::database, "cannot open the database " + file + ": " + error.what());
  }
}

Database::~Database() = default;

UnitOfWork Database::begin() {
  return UnitOfWork(std::unique_lock(writer_mutex_), *writer_, commit_hook_, change_count_);
}

Snapshot Database::snapshot() {
  std::unique_ptr<Connection> connection;
  {
    std::unique_lock lock(readers_mutex_);
    reader_free_.wait(lock, [&] { return !idle_readers_.empty() || readers_ < readers_max; });
    if (!idle_readers_.empty()) {
      connection = std::move(idle_readers_.back());
      idle_readers_.pop_back();
    } else {
      ++readers_;
    }
  }
  try {
    if (!connection) connection = open_reader(file_);
    connection->sql << "begin";
    std::int64_t count = 0;  // In WAL mode the first read fixes the snapshot, not the begin.
    connection->sql << "select count(*) from meta", soci::into(count);
  } catch (const soci::soci_error& error) {
    give_back(nullptr);
    throw Error(ErrorCode::database, std::string("cannot read the database: ") + error.what());
  }
  return Snapshot(*this, std::move(connection));
}

void Database::give_back(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(readers_mutex_);
    if (connection) {
      idle_readers_.push_back(std::move(connection));
    } else {
      --readers_;
    }
  }
  reader_free_.notify_one();
}

}  // namespace costd
