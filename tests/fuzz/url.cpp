#include "web/url.hpp"

#include <algorithm>
#include <string>

#include "pgvigil/base/text.hpp"
#include "require.hpp"
#include "tree.hpp"
#include "web/endpoint.hpp"

namespace {

using namespace pgvigil;

/// What goes into a request line and a Host header is one word: nothing can be smuggled in behind it.
bool is_word(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == ' ' || base::is_control(c); });
}

void hold(const web::Url& url) {
  fuzz::require(!url.host.empty() && is_word(url.host), "a host is a word");
  fuzz::require(web::to_port(url.port).value_or(0) != 0, "a port is one to connect to");
  fuzz::require(is_word(url.authority) && url.authority.find('@') == std::string::npos, "no credentials");
  fuzz::require(url.target.starts_with('/') && is_word(url.target),
                "a target is a word that begins with a slash");
  const std::string shown = url.shown();
  fuzz::require(base::is_utf8(shown) && is_word(shown), "what is shown is text");
  fuzz::require(shown.find('?') == std::string::npos, "a query is not shown");
}

void hold(const base::Error& error) {
  fuzz::require(base::is_utf8(error.message) && error.message.find('\n') == std::string::npos,
                "an error is one line");
}

}  // namespace

/// Two lines: a URL, and the Location that its server answers with. Each is read or refused.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto end = std::min(text.find('\n'), text.size());
  const auto url = web::parse_url(std::string(text.substr(0, end)));
  if (!url) {
    fuzz::require(url.error().kind == base::ErrorKind::config, "the kind is config");
    hold(url.error());
    return 0;
  }
  hold(*url);
  const auto next = web::redirected(*url, std::string(text.substr(std::min(end + 1, size))));
  if (!next) {
    hold(next.error());
    return 0;
  }
  hold(*next);
  fuzz::require(!url->tls || next->tls, "TLS is not left");
  const bool same = next->tls == url->tls && next->authority == url->authority;
  fuzz::require(same ? next->credentials == url->credentials : next->credentials.empty(),
                "credentials stay with their server");
  return 0;
}
