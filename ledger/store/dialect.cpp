#include "ledger/store/dialect.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace costd {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> sqlite_words{{
    {"$ID$", "integer primary key autoincrement"},
    {"$BLOB$", "blob"},
    {"$CLUSTERED$", "without rowid"},
    {"$RANDOM_ID$", "lower(hex(randomblob(16)))"},
    {"$APPEND_ONLY_AUDIT_EVENT$",
     "create trigger audit_event_no_update before update on audit_event "
     "begin select raise(abort, 'audit events are append-only'); end;\n"
     "create trigger audit_event_no_delete before delete on audit_event "
     "begin select raise(abort, 'audit events are append-only'); end"},
    {"$APPEND_ONLY_AUDIT_CHECKPOINT$",
     "create trigger audit_checkpoint_no_update before update on audit_checkpoint "
     "begin select raise(abort, 'checkpoints are append-only'); end;\n"
     "create trigger audit_checkpoint_no_delete before delete on audit_checkpoint "
     "begin select raise(abort, 'checkpoints are append-only'); end"},
    {"$APPEND_ONLY_SIGNING_KEY$",
     "create trigger signing_key_no_update before update on signing_key "
     "begin select raise(abort, 'signing keys are append-only'); end;\n"
     "create trigger signing_key_no_delete before delete on signing_key "
     "begin select raise(abort, 'signing keys are append-only'); end"},
}};

}  // namespace

std::string in_sqlite(std::string sql) {
  for (const auto& [word, replacement] : sqlite_words) {
    for (auto at = sql.find(word); at != std::string::npos; at = sql.find(word, at)) {
      sql.replace(at, word.size(), replacement);
    }
  }
  return sql;
}

}  // namespace costd
