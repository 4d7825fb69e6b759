#include "pgvigil/web/fetch.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "pgvigil/base/text.hpp"
#include "web/stream.hpp"
#include "web/url.hpp"
#include "web/word.hpp"

namespace pgvigil::web {
namespace {

using base::ErrorKind;
using base::fail;

constexpr int kMostRedirects = 3;
constexpr std::size_t kMostHead = 16384;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

struct Answer {
  int status = 0;
  std::string reason;
  std::optional<std::size_t> length;
  std::string location;
  bool encoded = false;  ///< in chunks or compressed, though we asked for neither
  std::string body;
};

std::string base64(std::string_view text) {
  std::vector<unsigned char> out(text.size() / 3 * 4 + 5);
  const auto* const in = reinterpret_cast<const unsigned char*>(text.data());
  const int size = EVP_EncodeBlock(out.data(), in, static_cast<int>(text.size()));
  return {out.begin(), out.begin() + size};
}

void take_header(Answer& answer, std::string_view line) {
  const auto colon = std::min(line.find(':'), line.size());
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = base::trim(line.substr(std::min(colon + 1, line.size())));
  if (same_word(name, "Location")) answer.location = value;
  if (same_word(name, "Transfer-Encoding") || same_word(name, "Content-Encoding"))
    answer.encoded = !same_word(value, "identity");
  std::size_t length = 0;
  if (same_word(name, "Content-Length") &&
      std::from_chars(value.data(), value.data() + value.size(), length).ec == std::errc{})
    answer.length = length;
}

/// Status line and headers; nothing where it is no HTTP.
std::optional<Answer> parse_head(std::string_view head) {
  Answer answer;
  std::string_view line = head.substr(0, head.find("\r\n"));
  if (!line.starts_with("HTTP/1.") || line.size() < 12) return std::nullopt;
  const char* const code = line.data() + 9;
  if (std::from_chars(code, code + 3, answer.status).ptr != code + 3) return std::nullopt;
  answer.reason = base::trim(line.substr(12));
  while (line.size() < head.size()) {
    head.remove_prefix(line.size() + 2);
    line = head.substr(0, head.find("\r\n"));
    take_header(answer, line);
  }
  return answer;
}

std::string request(const Url& url, const std::string& bearer_token) {
  std::string text = fmt::format(
      "GET {} HTTP/1.0\r\nHost: {}\r\nUser-Agent: pgvigil\r\nAccept-Encoding: identity\r\n"
      "Connection: close\r\n",
      url.target, url.authority);
  if (!bearer_token.empty())
    text += fmt::format("Authorization: Bearer {}\r\n", bearer_token);
  else if (!url.credentials.empty())
    text += fmt::format("Authorization: Basic {}\r\n", base64(url.credentials));
  return text + "\r\n";
}

/// Reads until the end of the head; what follows it is the start of the body.
base::Result<Answer> read_head(Stream& stream) {
  std::string text;
  while (text.find(kHeadEnd) == std::string::npos) {
    const auto more = text.size() < kMostHead ? stream.read(text) : false;
    if (!more) return tl::unexpected(more.error());
    if (!*more) return fail(ErrorKind::io, "what answers does not speak HTTP");
  }
  const auto end = text.find(kHeadEnd);
  auto answer = parse_head(std::string_view(text).substr(0, end));
  if (!answer) return fail(ErrorKind::io, "what answers does not speak HTTP");
  answer->body = text.substr(end + kHeadEnd.size());
  return *std::move(answer);
}

base::Result<Answer> read_answer(Stream& stream, std::size_t max_size) {
  auto answer = read_head(stream);
  if (!answer) return answer;
  const auto complete = [&] { return answer->length && answer->body.size() >= *answer->length; };
  while (!complete() && answer->body.size() <= max_size) {
    const auto more = stream.read(answer->body);
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
  }
  if (answer->body.size() > max_size) return fail(ErrorKind::io, "the answer has over {} bytes", max_size);
  if (answer->length && answer->body.size() < *answer->length)
    return fail(ErrorKind::io, "the answer broke off after {} of {} bytes", answer->body.size(),
                *answer->length);
  return answer;
}

base::Result<Answer> get(const Url& url, const FetchOptions& options, const std::string& token,
                         base::SteadyTime deadline) {
  auto stream = Stream::connect(url, {options.ca_file, options.verify}, deadline);
  if (!stream) return tl::unexpected(stream.error());
  if (auto sent = stream->write(request(url, token)); !sent) return tl::unexpected(sent.error());
  return read_answer(*stream, options.max_size);
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

base::Result<std::string> body_of(const Url& url, Answer answer) {
  if (answer.encoded) return fail(ErrorKind::io, "{} answered in an encoding", url.shown());
  if (answer.status == 200) return std::move(answer.body);
  constexpr std::size_t kShown = 200;
  const std::string start = base::one_line(base::trim(std::string_view(answer.body).substr(0, kShown)));
  const auto kind = answer.status == 401 || answer.status == 403 ? ErrorKind::auth : ErrorKind::io;
  return fail(kind, "{} answered {} {}{}{}", url.shown(), answer.status, base::one_line(answer.reason),
              start.empty() ? "" : ": ", start);
}

}  // namespace

base::Result<std::string> fetch(const std::string& url_text, const FetchOptions& options) {
  const base::SteadyTime deadline = std::chrono::steady_clock::now() + options.timeout;
  auto url = parse_url(url_text);
  if (!url) return tl::unexpected(url.error());
  const Url first = *url;
  for (int redirects = 0;; ++redirects) {
    const bool home = url->tls == first.tls && url->authority == first.authority;
    auto answer = get(*url, options, home ? options.bearer_token : "", deadline);
    if (!answer && answer.error().kind == ErrorKind::timeout)
      return fail(ErrorKind::timeout, "{}: no answer within {} ms", url->shown(), options.timeout.count());
    if (!answer) return base::within(url->shown(), answer.error());
    if (!is_redirect(answer->status)) return body_of(*url, *std::move(answer));
    if (redirects == kMostRedirects)
      return fail(ErrorKind::io, "{}: more than {} redirects", first.shown(), kMostRedirects);
    auto next = redirected(*url, answer->location);
    if (!next) return tl::unexpected(next.error());
    url = std::move(next);
  }
}

}  // namespace pgvigil::web
