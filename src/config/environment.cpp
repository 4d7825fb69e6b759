#include "pgvigil/config/environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "pgvigil/base/text.hpp"

namespace pgvigil::config {
namespace {

constexpr std::size_t kMaxSecretSize = 65'536;
constexpr const char* kPasswordFile = "DATA_SOURCE_PASS_FILE";

/// The variable's value; empty where it is not set.
std::string value_of(const Lookup& lookup, const std::string& variable) {
  const char* value = lookup(variable.c_str());
  return value == nullptr ? "" : value;
}

/// What the file named by VARIABLE_FILE holds, blanks at its ends taken off; else the variable's own value.
base::Result<std::string> secret(const Lookup& lookup, const std::string& variable) {
  const std::string path = value_of(lookup, variable + "_FILE");
  if (path.empty()) return value_of(lookup, variable);
  const auto text = base::read_file(path, kMaxSecretSize);
  if (!text)
    return base::fail(base::ErrorKind::config, "{}_FILE: cannot read {} ({}); name a readable file", variable,
                      path, std::strerror(errno));
  return std::string(base::trim(*text));
}

/// Percent-encoded but for the unreserved characters of RFC 3986.
std::string encoded(std::string_view text) {
  constexpr std::string_view kUnreserved =
      "-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string result;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos)
      result += c;
    else
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

/// Whether a connection string begins here: a URI, or one of libpq's common keywords and `=`.
bool begins_dsn(std::string_view text) {
  constexpr std::array<std::string_view, 8> kKeywords = {"host", "hostaddr", "port",    "dbname",
                                                         "user", "password", "service", "sslmode"};
  text = base::trim(text);
  if (text.starts_with("postgres://") || text.starts_with("postgresql://")) return true;
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return false;
  return std::find(kKeywords.begin(), kKeywords.end(), base::trim(text.substr(0, equals))) != kKeywords.end();
}

/// postgres_exporter splits at every comma. Here `host=a,b` is what libpq takes it for: one server, two
/// places to look for it; only a comma outside quotes with a new connection string behind it parts two
/// servers.
bool names_several(std::string_view dsn) {
  bool quoted = false;
  for (std::size_t i = 0; i < dsn.size(); ++i) {
    if (dsn[i] == '\\')
      ++i;
    else if (dsn[i] == '\'')
      quoted = !quoted;
    else if (dsn[i] == ',' && !quoted && begins_dsn(dsn.substr(i + 1)))
      return true;
  }
  return false;
}

/// `in_file`: the password stays in its file.
base::Result<std::optional<std::string>> built(const std::string& uri, const std::string& user,
                                               std::string password, bool in_file) {
  using base::ErrorKind;
  if (uri.empty()) {
    if (user.empty() && password.empty()) return std::nullopt;
    return base::fail(ErrorKind::config,
                      "{} is set, but DATA_SOURCE_URI is not; set it to HOST:PORT/DATABASE",
                      user.empty() ? "DATA_SOURCE_PASS" : "DATA_SOURCE_USER");
  }
  if (uri.find("://") != std::string::npos)
    return base::fail(ErrorKind::config,
                      "DATA_SOURCE_URI begins with a scheme; it is HOST:PORT/DATABASE?PARAMETERS alone "
                      "(DATA_SOURCE_NAME takes a whole URI)");
  if (in_file) password.clear();
  std::string authority;
  if (!user.empty() || !password.empty())
    authority = fmt::format("{}{}{}@", encoded(user), password.empty() ? "" : ":", encoded(password));
  return fmt::format("postgresql://{}{}", authority, uri);
}

}  // namespace

base::Result<std::optional<std::string>> dsn_from_environment(const Lookup& lookup) {
  const std::string whole = value_of(lookup, "DATA_SOURCE_NAME");
  if (names_several(whole))
    return base::fail(
        base::ErrorKind::config,
        "DATA_SOURCE_NAME names several servers; one pgvigil watches one server: start one for each");
  if (!whole.empty()) return whole;
  const auto user = secret(lookup, "DATA_SOURCE_USER");
  if (!user) return tl::unexpected(user.error());
  const auto password = secret(lookup, "DATA_SOURCE_PASS");
  if (!password) return tl::unexpected(password.error());
  const auto uri = secret(lookup, "DATA_SOURCE_URI");
  if (!uri) return tl::unexpected(uri.error());
  return built(*uri, *user, *password, !value_of(lookup, kPasswordFile).empty());
}

std::optional<std::string> password_file_from_environment(const Lookup& lookup) {
  std::string path = value_of(lookup, kPasswordFile);
  if (path.empty() || !value_of(lookup, "DATA_SOURCE_NAME").empty()) return std::nullopt;
  return path;
}

}  // namespace pgvigil::config
