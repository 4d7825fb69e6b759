#include "web/answer.hpp"

#include <algorithm>
#include <cstddef>

#include "pgvigil/base/clock.hpp"

namespace pgvigil::web {
namespace {

constexpr base::Seconds kAnswerTimeout{10};  // Prometheus' default scrape_timeout
constexpr std::size_t kChunk = 64 << 10;     // of one send(2); behind each the answer's timeout is looked at
constexpr std::size_t kLarge = 32 << 10;     // a piece of more is not copied

constexpr std::string_view kPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

std::string head_of(const Response& response, std::size_t length, const mg_connection* connection, bool stays,
                    const Headers& configured) {
  std::string head;
  head.reserve(512);  // few are longer
  const auto add = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(mg_get_response_code_text(connection, response.status)).append("\r\n");
  add("Content-Type", response.content_type);
  add("Content-Length", std::to_string(length));
  add("Connection", stays ? "keep-alive" : "close");
  add("Cache-Control", "no-store");
  if (!response.content_encoding.empty()) add("Content-Encoding", response.content_encoding);
  if (response.status == 405) add("Allow", response.allow);
  if (response.status == 401) add("WWW-Authenticate", "Basic realm=\"pgvigil\", charset=\"UTF-8\"");
  if (response.status == 503) add("Retry-After", "1");
  if (!configured.contains("X-Content-Type-Options")) add("X-Content-Type-Options", "nosniff");
  if (response.content_type.starts_with("text/html")) {
    if (!configured.contains("Content-Security-Policy")) add("Content-Security-Policy", kPagePolicy);
    add("Referrer-Policy", "no-referrer");
  }
  for (const auto& [name, value] : configured) add(name, value);
  return head.append("\r\n");
}

/// False when the client is gone or did not take everything in time.
bool write(mg_connection* connection, std::string_view bytes, base::SteadyTime deadline) {
  while (!bytes.empty()) {
    const std::string_view chunk = bytes.substr(0, kChunk);
    if (mg_write(connection, chunk.data(), chunk.size()) != static_cast<int>(chunk.size())) return false;
    bytes.remove_prefix(chunk.size());
    if (!bytes.empty() && base::SystemClock().steady() > deadline) return false;
  }
  return true;
}

}  // namespace

bool send(mg_connection* connection, const Response& response, bool with_body, bool stays,
          const Headers& configured) {
  const base::SteadyTime deadline = base::SystemClock().steady() + kAnswerTimeout;
  std::size_t length = 0;
  for (const auto& piece : response.body) length += piece->size();
  std::string small = head_of(response, length, connection, stays, configured);
  if (!with_body) return write(connection, small, deadline);
  small.reserve(std::min(small.size() + length, kChunk));
  for (const auto& piece : response.body) {
    if (small.size() + piece->size() <= kChunk) {
      small += *piece;
      continue;
    }
    if (!write(connection, small, deadline)) return false;
    small.clear();
    if (piece->size() <= kLarge)
      small = *piece;
    else if (!write(connection, *piece, deadline))
      return false;
  }
  return write(connection, small, deadline);
}

}  // namespace pgvigil::web
