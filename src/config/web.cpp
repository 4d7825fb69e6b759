#include "pgvigil/config/web.hpp"

#include <array>
#include <utility>

#include "config/section.hpp"
#include "config/user_files.hpp"
#include "config/vetting.hpp"
#include "config/web_values.hpp"

namespace pgvigil::config {
namespace {

using web::ClientAuth;
using web::Pem;
using web::Security;
using web::Tls;
using web::TlsVersion;

constexpr std::array<std::pair<std::string_view, ClientAuth>, 7> kClientAuth = {
    {{"", ClientAuth::none},
     {"NoClientCert", ClientAuth::none},
     {"RequestClientCert", ClientAuth::request},
     {"RequireAnyClientCert", ClientAuth::require_any},
     {"RequireClientCert", ClientAuth::require_any},
     {"VerifyClientCertIfGiven", ClientAuth::verify_if_given},
     {"RequireAndVerifyClientCert", ClientAuth::require_and_verify}}};
constexpr std::array<std::pair<std::string_view, TlsVersion>, 2> kVersions = {
    {{"TLS12", TlsVersion::tls12}, {"TLS13", TlsVersion::tls13}}};

std::string place(const Place& at) { return fmt::format("{}:{}: {}", at.origin, at.line, at.path); }

/// PEM written out, or the path of a file with it. An empty text is as good as none.
template <Pem Tls::*which, bool is_path>
Status read_pem(const Place& at, Tls& tls) {
  const auto value = text(*at.node);
  if (!value) return wrong_value(at, is_path ? "the path of a PEM file" : "PEM, begun by `|`");
  if (value->empty()) return {};
  Pem& pem = tls.*which;
  if (pem.given()) return wrong(at, "{} and a file for it are both given; keep one of them", at.path);
  pem.where = place(at);
  if (is_path)
    pem.path = resolved(at, *value);
  else
    pem.text = *value;
  return {};
}

template <TlsVersion Tls::*which>
Status read_version(const Place& at, Tls& tls) {
  if (at.node->text == "TLS10" || at.node->text == "TLS11")
    return wrong(at, "{} is {}, which OpenSSL 3 does not speak at its security level; use TLS12 or TLS13",
                 at.path, at.node->text);
  if (!choose(*at.node, kVersions, tls.*which)) return wrong_value(at, "TLS12 or TLS13");
  return {};
}

Status read_cipher_suites(const Place& at, Tls& tls) {
  if (at.node->kind == Node::Kind::scalar || at.node->kind == Node::Kind::map)
    return wrong_value(at, "a list of names such as [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]");
  for (const Entry& entry : at.node->entries) {
    Place here = at;
    here.line = entry.line;
    const auto suites = cipher_suites();
    const auto known = std::find(suites.begin(), suites.end(), entry.value.text);
    if (known == suites.end()) return unknown(here, "cipher suite", entry.value.text, suites);
    // As in Go, those of TLS 1.3 are not for choosing: with nothing else, it is TLS 1.3.
    if (known->find("_WITH_") != std::string_view::npos) tls.cipher_suites.emplace_back(*known);
  }
  if (tls.cipher_suites.empty() && !at.node->entries.empty()) tls.min_version = TlsVersion::tls13;
  return {};
}

Status read_curves(const Place& at, Tls& tls) {
  if (at.node->kind == Node::Kind::scalar || at.node->kind == Node::Kind::map)
    return wrong_value(at, "a list of names such as [X25519, CurveP256]");
  for (const Entry& entry : at.node->entries) {
    Place here = at;
    here.line = entry.line;
    const auto curve = openssl_curve(entry.value.text);
    if (!curve) return unknown(here, "curve", entry.value.text, curves());
    tls.curves.emplace_back(*curve);
  }
  return {};
}

constexpr Setting<Tls> kTls[] = {
    {"cert", {}, nullptr, read_pem<&Tls::certificate, false>},
    {"key", {}, nullptr, read_pem<&Tls::key, false>},
    {"client_ca", {}, nullptr, read_pem<&Tls::client_ca, false>},
    {"cert_file", {}, nullptr, read_pem<&Tls::certificate, true>},
    {"key_file", {}, nullptr, read_pem<&Tls::key, true>},
    {"client_ca_file", {}, nullptr, read_pem<&Tls::client_ca, true>},
    {"client_auth_type",
     "NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven or "
     "RequireAndVerifyClientCert",
     [](const Node& value, Tls& tls) { return choose(value, kClientAuth, tls.client_auth); }},
    {"client_allowed_sans", "a list of names such as [prometheus.example]",
     [](const Node& value, Tls& tls) { return put(tls.client_allowed_sans, names(value)); }},
    {"min_version", {}, nullptr, read_version<&Tls::min_version>},
    {"max_version", {}, nullptr, read_version<&Tls::max_version>},
    {"cipher_suites", {}, nullptr, read_cipher_suites},
    {"prefer_server_cipher_suites", "true or false",
     [](const Node& value, Tls& tls) { return put(tls.prefer_server_cipher_suites, boolean(value)); }},
    {"curve_preferences", {}, nullptr, read_curves},
};

Status read_tls(const Place& at, Security& security) {
  Tls tls;
  if (Status map = read_map<Tls>(at, kTls, tls); !map) return map;
  if (tls == Tls{}) return {};
  if (!tls.certificate.given()) return wrong(at, "{} lacks its certificate; give cert_file", at.path);
  if (!tls.key.given()) return wrong(at, "{} lacks the key of its certificate; give key_file", at.path);
  const bool asks = tls.client_auth != ClientAuth::none;
  if (!asks && tls.client_ca.given())
    return wrong(at, "{} has authorities for clients, but asks for no certificate; give client_auth_type",
                 at.path);
  if (!asks && !tls.client_allowed_sans.empty())
    return wrong(at, "{} has client_allowed_sans, but asks for no certificate; give client_auth_type",
                 at.path);
  if (tls.max_version < tls.min_version)
    return wrong(at, "{}: max_version is below min_version; turn them round", at.path);
  security.tls = std::move(tls);
  return {};
}

Status read_headers(const Place& at, Security& security) {
  if (Status map = expect_map(at); !map) return map;
  for (const Entry& entry : at.node->entries) {
    const Place here = at.inside(entry);
    const Header* const header = find_header(entry.key);
    if (header == nullptr) return unknown(here, "header", entry.key, header_names());
    const auto value = text(entry.value);
    if (!value || !header->takes(*value)) return wrong_value(here, header->expects);
    if (!value->empty()) security.headers[entry.key] = *value;
  }
  return {};
}

constexpr Setting<Security> kHttp[] = {
    {"http2", "true or false; HTTP/1.1 is spoken all the same",
     [](const Node& value, Security&) { return boolean(value).has_value(); }},
    {"headers", {}, nullptr, read_headers},
};

Status read_users(const Place& at, Security& security) {
  if (Status map = expect_map(at); !map) return map;
  for (const Entry& entry : at.node->entries) {
    const Place here = at.inside(entry);
    if (entry.key.find(':') != std::string::npos)
      return wrong(here, "the user name {} has a colon, which ends a user name; use another",
                   shown(entry.key));
    if (entry.value.kind != Node::Kind::scalar || !is_bcrypt(entry.value.text))
      return wrong(here, "{} is no bcrypt hash; make it with `htpasswd -nBC 10 \"\" | tr -d ':\\n'`",
                   here.path);
    security.users[entry.key] = entry.value.text;
  }
  return {};
}

Status read_rate_limit(const Place& at, Security&) {
  return wrong(at, "rate_limit is not supported; leave it out, a scrape costs the database nothing");
}

constexpr Setting<Security> kRoot[] = {
    {"tls_server_config", {}, nullptr, read_tls},
    {"http_server_config",
     {},
     nullptr,
     [](const Place& at, Security& security) { return read_map<Security>(at, kHttp, security); }},
    {"basic_auth_users", {}, nullptr, read_users},
    {"rate_limit", {}, nullptr, read_rate_limit},
};

}  // namespace

base::Result<Security> load_web(const std::string& path) {
  const auto yaml = read_text(path);
  if (!yaml) return tl::unexpected(yaml.error());
  return parse_web(*yaml, path);
}

base::Result<Security> parse_web(std::string_view yaml, std::string_view file_name) {
  const auto root = read_root(yaml, file_name, "a map with keys such as tls_server_config");
  if (!root) return tl::unexpected(root.error());
  Security security;
  const Place at{file_name, {}, {}, &*root, {}, root->line};
  if (const Status read = read_map<Security>(at, kRoot, security); !read) return tl::unexpected(read.error());
  return security;
}

}  // namespace pgvigil::config
