#pragma once

#include <optional>
#include <span>
#include <string_view>

/// The closed sets of exporter-toolkit's format, and what a hash looks like.
namespace pgvigil::config {

/// What Go's tls.CipherSuites() has: IANA's names.
std::span<const std::string_view> cipher_suites();

/// Go's names of curves, and OpenSSL's for one of them.
std::span<const std::string_view> curves();
std::optional<std::string_view> openssl_curve(std::string_view name);

/// A header that may be set. An empty value sets none.
struct Header {
  std::string_view name;
  std::string_view expects;  ///< completes "it must be"
  bool (*takes)(std::string_view value);
};

std::span<const std::string_view> header_names();
const Header* find_header(std::string_view name);

/// $2a$, $2b$ or $2y$, a cost of 04 to 31, and 53 characters of salt and hash.
bool is_bcrypt(std::string_view text);

}  // namespace pgvigil::config
