#pragma once

#include <string_view>

namespace pgvigil::web {

/// Whether a client that sent this Accept-Encoding would rather have gzip than plain bytes (RFC
/// 9110, 12.5.3): gzip, or
/// `*` where gzip is not named, with a weight above 0 and not below that of a named identity. A malformed
/// weight is 0.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace pgvigil::web
