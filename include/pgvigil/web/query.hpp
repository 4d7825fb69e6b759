#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pgvigil::web {

/// `text` with %XX for a byte decoded; what is no such escape stays as it is.
std::string percent_decoded(std::string_view text);

/// The value of the first parameter of that name in a query such as "target=a&x=1", decoded (`+` is a blank);
/// nothing where there is none.
std::optional<std::string> parameter(std::string_view query, std::string_view name);

/// Whether `text` is "host" or "host:port" as a Host header should have it: a name, an IPv4 address or one of
/// IPv6 in brackets, and nothing that could mean something else in a URL.
bool is_authority(std::string_view text);

}  // namespace pgvigil::web
