#pragma once
// Asking before something is taken away.

#include <functional>
#include <string>

#include "daemon/costctl_context.hpp"

namespace costd {

/// True with --yes, or when whoever sits at the terminal answers the question with y. Throws
/// Error(usage) where nobody can be asked; `what` is "deleting a budget".
bool is_confirmed(Context& context, const Arguments& arguments, const std::string& what,
                  const std::function<std::string()>& question);

}  // namespace costd
