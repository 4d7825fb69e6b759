#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pgvigil/base/result.hpp"

/// How a server lets clients in, as plain data. config::load_web() makes it from a file in exporter-toolkit's
/// format.
namespace pgvigil::web {

/// A certificate, a key or authorities as PEM: in a file, or written out.
struct Pem {
  std::string where;  ///< in front of messages, "web.yml:3: tls_server_config.cert_file"; empty: not given
  std::string path;   ///< of the file; empty: `text` has it
  std::string text;

  bool given() const { return !where.empty(); }
  bool operator==(const Pem&) const = default;
};

/// What is asked of a client. Go's names are NoClientCert, RequestClientCert and so on in this order; the
/// second and third take any certificate.
enum class ClientAuth : std::uint8_t { none, request, require_any, verify_if_given, require_and_verify };

enum class TlsVersion : std::uint8_t { tls12, tls13 };

struct Tls {
  Pem certificate;  ///< with the chain behind it
  Pem key;
  Pem client_ca;  ///< not given: the system's authorities
  ClientAuth client_auth = ClientAuth::none;
  std::vector<std::string> client_allowed_sans;  ///< one of them must be in the client's certificate
  TlsVersion min_version = TlsVersion::tls12;
  TlsVersion max_version = TlsVersion::tls13;
  std::vector<std::string> cipher_suites;  ///< of TLS 1.2, IANA's names; empty: OpenSSL's choice
  bool prefer_server_cipher_suites = true;
  std::vector<std::string> curves;  ///< OpenSSL's names; empty: its choice

  bool operator==(const Tls&) const = default;
};

struct Security {
  std::optional<Tls> tls;                                     ///< nothing: plain HTTP
  std::map<std::string, std::string, std::less<>> headers{};  ///< of every answer
  std::map<std::string, std::string, std::less<>> users{};    ///< name to bcrypt hash; empty: no password

  bool operator==(const Security&) const = default;
};

/// Reads certificate, key and authorities, and says what is wrong with them: kind config, one line that
/// begins with Pem::where.
base::Result<void> verify(const Security& security);

}  // namespace pgvigil::web
