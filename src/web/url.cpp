#include "web/url.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "pgvigil/base/text.hpp"
#include "pgvigil/web/query.hpp"
#include "web/endpoint.hpp"

namespace pgvigil::web {
namespace {

using base::ErrorKind;
using base::fail;

bool has_blanks(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
}

/// Splits host and port; false where they make no sense.
bool split_authority(Url& url) {
  const std::string_view text = url.authority;
  const auto bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  const auto colon = text.find(':', bracket);
  url.host = bracket > 0 ? text.substr(1, bracket - 1) : text.substr(0, colon);
  url.port = url.tls ? "443" : "80";
  if (colon != std::string_view::npos) url.port = text.substr(colon + 1);
  if (bracket > 0 && std::min(colon, text.size()) != bracket + 1) return false;
  return !url.host.empty() && to_port(url.port).value_or(0) != 0;
}

}  // namespace

std::string Url::shown() const {
  return base::clean_utf8(
      fmt::format("{}://{}{}", tls ? "https" : "http", authority, target.substr(0, target.find('?'))));
}

base::Result<Url> parse_url(const std::string& text) {
  constexpr std::string_view kHttp = "http://";
  constexpr std::string_view kHttps = "https://";
  Url url;
  url.tls = text.starts_with(kHttps);
  if (!url.tls && !text.starts_with(kHttp))
    return fail(ErrorKind::config, "the URL does not begin with http:// or https://");
  if (has_blanks(text)) return fail(ErrorKind::config, "the URL has blanks in it");
  std::string_view rest = text;
  rest.remove_prefix(url.tls ? kHttps.size() : kHttp.size());
  rest = rest.substr(0, rest.find('#'));
  const auto end = std::min(rest.find_first_of("/?"), rest.size());
  url.authority = rest.substr(0, end);
  url.target = rest.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (const auto at = url.authority.rfind('@'); at != std::string::npos) {
    url.credentials = percent_decoded(std::string_view(url.authority).substr(0, at));
    url.authority.erase(0, at + 1);
  }
  if (!split_authority(url)) return fail(ErrorKind::config, "the URL has no sound host:port");
  return url;
}

base::Result<Url> redirected(const Url& from, const std::string& location) {
  if (location.starts_with('/') && !location.starts_with("//") && !has_blanks(location)) {
    Url url = from;
    url.target = location;
    return url;
  }
  auto url = parse_url(location);
  if (!url || (from.tls && !url->tls))
    return fail(ErrorKind::io, "{} redirects to where we do not follow", from.shown());
  url->credentials.clear();
  if (url->tls == from.tls && url->authority == from.authority) url->credentials = from.credentials;
  return url;
}

}  // namespace pgvigil::web
