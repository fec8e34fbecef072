#include "daemon/costctl_confirm.hpp"

#include <iostream>

#include "ledger/error.hpp"

namespace costd {

bool is_confirmed(Context& context, const Arguments& arguments, const std::string& what,
                  const std::function<std::string()>& question) {
  if (arguments.has("yes")) return true;
  if (context.err_screen == Screen::none) {
    throw Error(ErrorCode::usage, what + " needs --yes where nobody can be asked");
  }
  context.err << question() << " [y/N] " << std::flush;
  std::string line;
  std::getline(std::cin, line);
  return line == "y" || line == "Y" || line == "yes";
}

}  // namespace costd
