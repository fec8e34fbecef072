#pragma once
// Which program made a report: it holds every query and every rule that the report is made by.

#include <string>

namespace costd {

/// SHA-256 of the file of the program that runs, as it was when it was started; read once.
/// "unknown" where the system does not let it be read, which is logged.
const std::string& program_sha256();

}  // namespace costd
