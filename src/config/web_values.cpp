#include "config/web_values.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "pgvigil/base/text.hpp"

namespace pgvigil::config {
namespace {

constexpr std::array<std::string_view, 13> kCipherSuites = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
};

constexpr std::array<std::string_view, 4> kCurves = {"CurveP256", "CurveP384", "CurveP521", "X25519"};
constexpr std::array<std::string_view, 4> kOpensslCurves = {"P-256", "P-384", "P-521", "X25519"};

bool on_one_line(std::string_view value) { return std::ranges::none_of(value, base::is_control); }

constexpr std::string_view kOneLine = "a text of one line";
constexpr std::array<Header, 5> kHeaders = {{
    {"Content-Security-Policy", kOneLine, on_one_line},
    {"Strict-Transport-Security", kOneLine, on_one_line},
    {"X-Content-Type-Options", "nosniff", [](std::string_view value) { return value == "nosniff"; }},
    {"X-Frame-Options", "deny or sameorigin",
     [](std::string_view value) { return value == "deny" || value == "sameorigin"; }},
    {"X-XSS-Protection", kOneLine, on_one_line},
}};

constexpr std::array<std::string_view, kHeaders.size()> kHeaderNames = [] {
  std::array<std::string_view, kHeaders.size()> names;
  std::ranges::transform(kHeaders, names.begin(), &Header::name);
  return names;
}();

}  // namespace

std::span<const std::string_view> cipher_suites() { return kCipherSuites; }
std::span<const std::string_view> curves() { return kCurves; }

std::optional<std::string_view> openssl_curve(std::string_view name) {
  const auto found = std::ranges::find(kCurves, name);
  if (found == kCurves.end()) return std::nullopt;
  return kOpensslCurves.at(static_cast<std::size_t>(found - kCurves.begin()));
}

std::span<const std::string_view> header_names() { return kHeaderNames; }

const Header* find_header(std::string_view name) {
  const auto found = std::ranges::find(kHeaders, name, &Header::name);
  return found == kHeaders.end() ? nullptr : &*found;
}

bool is_bcrypt(std::string_view text) {
  constexpr std::size_t kLength = 60;
  if (text.size() != kLength || text[6] != '$') return false;
  if (!text.starts_with("$2a$") && !text.starts_with("$2b$") && !text.starts_with("$2y$")) return false;
  const std::string_view cost = text.substr(4, 2);
  if (!std::ranges::all_of(cost, [](char c) { return c >= '0' && c <= '9'; }) || cost < "04" || cost > "31")
    return false;
  return std::ranges::all_of(text.substr(7),
                             [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '/'; });
}

}  // namespace pgvigil::config
