#pragma once
// The database: one writing connection, several reading ones, and the schema they agree on.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ledger/audit_event.hpp"

namespace costd {

class Connection;
class Database;

/// Where a process may end around a commit: nothing has happened, or all of it.
enum class CommitMoment { before, after };
/// Called at each; tests throw from it, as if the disk had refused or the process had ended.
using CommitHook = std::function<void(CommitMoment)>;

/// One snapshot: everything read through it is of one moment. Give it back soon.
class Snapshot {
 public:
  Snapshot(Snapshot&&) noexcept;
  ~Snapshot();
  operator Connection&() const { return *connection_; }

 private:
  friend class Database;
  Snapshot(Database& database, std::unique_ptr<Connection> connection);
  Database* database_;
  std::unique_ptr<Connection> connection_;
};

/// All of an effect or nothing: rows, audit event and outbox rows in one transaction. Holds the
/// writing connection; rolls back unless committed. Keep it under 250 ms.
class UnitOfWork {
 public:
  UnitOfWork(UnitOfWork&&) noexcept;
  ~UnitOfWork();
  operator Connection&() const { return *connection_; }

  /// Appends to the audit chain; fills in seq, previous hash and hash.
  void audit(AuditEvent event);
  /// Throws Error(database) if the disk refuses; then nothing has happened.
  void commit();

 private:
  friend class Database;
  UnitOfWork(std::unique_lock<std::mutex> lock, Connection& connection, const CommitHook& hook,
             std::atomic<std::uint64_t>& change_count);
  std::unique_lock<std::mutex> lock_;
  Connection* connection_;
  const CommitHook* hook_;
  std::atomic<std::uint64_t>* change_count_;
  bool open_ = true;
};

/// Thread-safe. SQLite in WAL mode with synchronous=FULL.
class Database {
 public:
  /// Opens or creates the file and applies missing migrations. Throws Error(database), with the
  /// remedy, for a damaged file or one from a newer costd.
  explicit Database(const std::string& file);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  UnitOfWork begin();
  Snapshot snapshot();
  /// Grows with each commit: what was read at a count is as it was while the count is the same.
  std::uint64_t change_count() const { return change_count_; }
  /// Set before any other thread uses the database.
  void set_commit_hook(CommitHook hook) { commit_hook_ = std::move(hook); }

  /// Random 128-bit id of this installation, made with the database; 32 hex digits.
  const std::string& install_id() const { return install_id_; }

 private:
  friend class Snapshot;
  void give_back(std::unique_ptr<Connection> connection);

  std::string file_;
  std::string install_id_;
  CommitHook commit_hook_;
  std::atomic<std::uint64_t> change_count_{0};
  std::mutex writer_mutex_;
  std::unique_ptr<Connection> writer_;
  std::mutex readers_mutex_;
  std::condition_variable reader_free_;
  std::vector<std::unique_ptr<Connection>> idle_readers_;
  int readers_ = 0;
};

}  // namespace costd
