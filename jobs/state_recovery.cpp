#include "jobs/state_recovery.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "jobs/alerts/dead_letter_alerts.hpp"
#include "jobs/durable_file.hpp"
#include "jobs/report_file.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/outbox_store.hpp"
#include "reports/chargeback_render.hpp"

namespace costd {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::hours orphans_kept{24};

std::string name_in(const std::string& path) {
  return fs::path(path).filename().string();
}

bool is_file(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool has_size(const std::string& path, std::int64_t bytes) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size == bytes;
}

bool is_whole(const ReportFile& file) {
  return has_size(file.path, file.bytes) &&
         digest_of_file(file.path) == FileDigest{file.bytes, file.sha256};
}

Instant written_at(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    throw Error(ErrorCode::io, "cannot look at " + path + "; let costd read its state directory");
  }
  return Instant(std::chrono::seconds(status.st_mtim.tv_sec));
}

class StateRecovery {
 public:
  StateRecovery(Database& database, const RecoveryOptions& options, Instant now)
      : database_(database),
        options_(options),
        now_(now),
        reports_dir_(options.state_dir + "/reports"),
        outbox_dir_(options.state_dir + "/outbox") {
    report_.at = now;
  }

  RecoveryReport run() {
    report_.leftovers = remove_unfinished_files(options_.state_dir);
    look_for_report_files();
    look_for_payloads();
    sweep(reports_dir_, report_names_);
    sweep(outbox_dir_, payload_names_);
    spdlog::info(
        "state_recovered leftovers={} orphans={} orphans_removed={} moved={} restored={} "
        "rerendered={} damaged={} rejected={}",
        report_.leftovers, report_.orphans, report_.orphans_removed, report_.moved,
        report_.restored, report_.rerendered, report_.damaged, report_.rejected);
    return report_;
  }

 private:
  void look_for_report_files() {
    std::vector<OwnedReportFile> moved;
    for (OwnedReportFile& owned : load_report_files(database_.snapshot())) {
      if (owned.is_deleted) continue;  // its files are swept, unless another report has them, too
      ReportFile& file = owned.file;
      const bool is_well = file.damage.empty() && has_size(file.path, file.bytes);
      const std::string own_place = report_file_path(reports_dir_, file);
      if (is_well) {
        report_names_.insert(name_in(file.path));
      } else if (file.path != own_place && has_size(own_place, file.bytes)) {
        file.path = own_place;
        report_names_.insert(name_in(own_place));
        moved.push_back(std::move(owned));
      } else {
        report_names_.insert(mend(owned));
      }
    }
    if (moved.empty()) return;
    UnitOfWork unit = database_.begin();
    for (const OwnedReportFile& owned : moved) {
      update_report_file(unit, owned.report_id, owned.file);
    }
    unit.commit();
    report_.moved += static_cast<std::int64_t>(moved.size());
    spdlog::warn("report_files_moved files={} to={}", moved.size(), reports_dir_);
  }

  /// Gives the name of the file that the row names afterwards.
  std::string mend(const OwnedReportFile& owned) {
    const ReportFile& lost = owned.file;
    ReportFile mended = lost;
    mended.damage.clear();
    if (is_whole(lost)) {  // somebody has put it back
      store_mended(owned, mended, "found again");
      return name_in(lost.path);
    }
    const std::string why = is_file(lost.path) ? "damaged" : "missing";
    set_aside(lost.path);
    try {
      const auto report = find_report(database_.snapshot(), owned.report_id).value();
      const ReportRenderer& renderer = renderer_of(report);
      store_report_file(mended, renderer.render(report.model, lost.format), reports_dir_);
      note_replacement(mended, lost, renderer.version);
      store_mended(owned, mended, why);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::database) throw;
      note_damage(
          owned, fmt::format("the file is {} and cannot be rendered again: {}", why, error.what()));
      return name_in(lost.path);
    }
    return name_in(mended.path);
  }

  const ReportRenderer& renderer_of(const StoredReport& report) const {
    const auto found = options_.renderers.find(report.kind);
    if (found == options_.renderers.end()) {
      throw Error(ErrorCode::data,
                  "of a " + report.kind +
                      " report only the model is kept, not the rows of its "
                      "files; put it back from a backup, or make the report again");
    }
    if (sha256_hex(report.model) != report.model_sha256) {
      throw Error(ErrorCode::data, "the stored model is not what its SHA-256 says");
    }
    return found->second;
  }

  /// Other bytes than the first file had say so; the first file's own bytes need no note.
  void note_replacement(ReportFile& mended, const ReportFile& lost,
                        const std::string& version) const {
    const std::string first = lost.replaces_sha256.empty() ? lost.sha256 : lost.replaces_sha256;
    if (mended.sha256 == first) {
      mended.replaces_sha256.clear();
      mended.renderer_version.clear();
      mended.rendered_again_at = {};
    } else if (mended.sha256 != lost.sha256) {
      mended.replaces_sha256 = first;
      mended.signature.clear();  // it is that of other bytes
      mended.renderer_version = version;
      mended.rendered_again_at = now_;
    }
  }

  void store_mended(const OwnedReportFile& owned, const ReportFile& mended,
                    const std::string& why) {
    const bool is_same = mended.sha256 == owned.file.sha256;
    UnitOfWork unit = database_.begin();
    update_report_file(unit, owned.report_id, mended);
    unit.audit({.at = now_,
                .actor = costd_itself,
                .action = is_same ? "report.restore_file" : "report.render_again",
                .object = owned.report_id,
                .before_sha256 = owned.file.sha256,
                .after_sha256 = mended.sha256,
                .reason = mended.format + ": " + why});
    unit.commit();
    ++(is_same ? report_.restored : report_.rerendered);
    spdlog::warn("{} report={} format={} why=\"{}\" lost_sha256={} sha256={}",
                 is_same ? "report_file_restored" : "report_file_rendered_again", owned.report_id,
                 mended.format, why, owned.file.sha256, mended.sha256);
  }

  void note_damage(const OwnedReportFile& owned, const std::string& damage) {
    ++report_.damaged;
    spdlog::error("report_file_damaged report={} format={} reason=\"{}\"", owned.report_id,
                  owned.file.format, damage);
    if (owned.file.damage == damage) return;
    ReportFile damaged = owned.file;
    damaged.damage = damage;
    UnitOfWork unit = database_.begin();
    update_report_file(unit, owned.report_id, damaged);
    unit.audit({.at = now_,
                .actor = costd_itself,
                .action = "report.damaged",
                .object = owned.report_id,
                .before_sha256 = owned.file.sha256,
                .outcome = "failed",
                .reason = owned.file.format + ": " + damage});
    unit.commit();
  }

  static void set_aside(const std::string& path) {
    std::error_code error;
    if (is_file(path)) fs::rename(path, path + std::string(set_aside_suffix), error);
    if (error) {
      throw Error(ErrorCode::io, "cannot set the damaged " + path + " aside: " + error.message());
    }
  }

  void look_for_payloads() {
    for (const std::string& path : load_payload_paths(database_.snapshot())) {
      payload_names_.insert(name_in(path));
    }
    for (const char* channel : {"mail", "webhook"}) {
      for (OutboxMessage& message : load_waiting_messages(database_.snapshot(), channel)) {
        if (is_file(message.payload_path)) continue;
        const std::string own_place = outbox_dir_ + "/" + name_in(message.payload_path);
        is_file(own_place) ? move_payload(message, own_place) : reject(message);
      }
    }
  }

  void move_payload(const OutboxMessage& message, const std::string& path) {
    UnitOfWork unit = database_.begin();
    update_payload_path(unit, message.id, path);
    unit.commit();
    ++report_.moved;
    spdlog::warn("payload_moved message={} to={}", message.id, path);
  }

  void reject(OutboxMessage& message) {
    message.state = OutboxState::rejected;
    message.updated_at = now_;
    message.last_reply = "its bytes, " + message.payload_path +
                         ", are lost; put the file back from a backup and retry, or discard it";
    UnitOfWork unit = database_.begin();
    update_outbox_message(unit, message);
    unit.audit({.at = now_,
                .actor = costd_itself,
                .action = "outbox.payload_lost",
                .object = message.id,
                .before_sha256 = message.payload_sha256,
                .outcome = "failed",
                .reason = message.last_reply});
    if (options_.alerts != nullptr) raise_dead_letter(unit, *options_.alerts, message, now_);
    unit.commit();
    ++report_.rejected;
    spdlog::error("payload_lost message={} recipient={} file={}", message.id, message.recipient,
                  message.payload_path);
  }

  /// Files that no row names but of deleted reports: what an interrupted effect or deletion left.
  void sweep(const std::string& folder, const std::set<std::string>& named) {
    try {
      std::vector<std::string> old;
      for (const fs::directory_entry& found : fs::recursive_directory_iterator(folder)) {
        const std::string path = found.path().string();
        const std::string name = name_in(path);
        if (named.contains(name) || name.ends_with(set_aside_suffix) || !is_file(path)) continue;
        ++report_.orphans;
        if (now_ - written_at(path) > orphans_kept) old.push_back(path);
      }
      for (const std::string& path : old) {
        fs::remove(path);
        ++report_.orphans_removed;
        spdlog::info("orphan_removed file={}", path);
      }
    } catch (const fs::filesystem_error& error) {
      throw Error(ErrorCode::io, std::string("cannot tidy up: ") + error.what());
    }
  }

  Database& database_;
  const RecoveryOptions& options_;
  Instant now_;
  std::string reports_dir_;
  std::string outbox_dir_;
  std::set<std::string> report_names_;
  std::set<std::string> payload_names_;
  RecoveryReport report_;
};

}  // namespace

ReportRenderers known_renderers() {
  ReportRenderer chargeback{std::string(chargeback_renderer_version),
                            [](const std::string& model, const std::string& format) {
                              return render_chargeback(chargeback_model_from_json(model), format);
                            }};
  return {{"chargeback", std::move(chargeback)}};
}

RecoveryReport recover_state(Database& database, const RecoveryOptions& options, Instant now) {
  return StateRecovery(database, options, now).run();
}

}  // namespace costd
