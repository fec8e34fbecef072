#pragma once
// What failed, for whoever decides: a code to branch on and a text that names the thing and the
// remedy.

#include <stdexcept>
#include <string>

namespace costd {

enum class ErrorCode {
  config,     ///< a settings file is wrong; nothing was started
  usage,      ///< a request or command line is wrong
  data,       ///< input that was taken for good cannot be used
  io,         ///< the disk or the operating system refused
  database,   ///< the database refused
  network,    ///< a peer did not answer or refused for now
  not_found,  ///< the named thing does not exist
  conflict,   ///< it exists already, or has changed since it was read
  refused,    ///< a rule forbids it (a second daemon, a closed period, a missing role)
  cancelled,  ///< stopped on request
};

/// The lower-case name used in logs and in the control protocol ("not_found").
const char* name_of(ErrorCode code);

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace costd
