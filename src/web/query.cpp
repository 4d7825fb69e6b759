#include "pgvigil/web/query.hpp"

#include <algorithm>
#include <charconv>

#include "pgvigil/base/text.hpp"
#include "web/endpoint.hpp"

namespace pgvigil::web {

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* const digits = text.data() + i + 1;
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    decoded += escape ? static_cast<char>(byte) : text[i];
    if (escape) i += 2;
  }
  return decoded;
}

std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto decoded = [](std::string_view text) {
      return percent_decoded(base::replaced(std::string(text), "+", " "));
    };
    const auto equals = std::min(pair.find('='), pair.size());
    if (decoded(pair.substr(0, equals)) == name)
      return decoded(pair.substr(std::min(equals + 1, pair.size())));
  }
  return std::nullopt;
}

bool is_authority(std::string_view text) {
  constexpr std::size_t kLongest = 255;
  constexpr std::string_view kHex = "0123456789abcdefABCDEF:.";
  constexpr std::string_view kName = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  const bool v6 = text.starts_with('[');
  const auto end = v6 ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos || text.size() > kLongest) return false;
  const std::string_view host = v6 ? text.substr(1, end - 1) : text.substr(0, end);
  const std::string_view rest = text.substr(v6 ? end + 1 : end);
  if (host.empty() || host.find_first_not_of(v6 ? kHex : kName) != std::string_view::npos) return false;
  return rest.empty() || (rest.starts_with(':') && to_port(rest.substr(1)).value_or(0) != 0);
}

}  // namespace pgvigil::web
