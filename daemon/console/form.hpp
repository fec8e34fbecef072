#pragma once
// Addresses and forms as browsers write them.

#include <map>
#include <string>
#include <string_view>

namespace costd {

using Fields = std::map<std::string, std::string>;

/// The body of a form: "name=Month+of+May&limit=5". Throws Error(usage) for anything else.
Fields parse_form(std::string_view body);

/// "/console/usage?model=m%2Blarge"; empty values are left out.
std::string address(const std::string& path, const Fields& query);
/// The fields with these in the place of their own; an empty value takes one away.
Fields with(Fields fields, const Fields& changes);

/// The value, or "".
std::string field(const Fields& fields, const std::string& name);

}  // namespace costd
