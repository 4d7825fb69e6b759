#include "host/log_text.hpp"

#include <algorithm>
#include <array>

namespace pgvigil::host {
namespace {

/// A prefix with all names at their longest, 63 bytes, has some 400.
constexpr std::size_t kLongest = 600;

/// What belongs to the message before.
constexpr std::array<std::string_view, 7> kFollows = {"DETAIL",   "HINT",      "QUERY",    "CONTEXT",
                                                      "LOCATION", "BACKTRACE", "STATEMENT"};

}  // namespace

std::size_t TextLogParser::end_line(LogTally& tally) {
  if (line_.empty() || line_.front() == '\t') return 0;
  const auto match = prefix_.match(line_);
  if (!match) return 1;
  const std::string_view word = match->rest.substr(0, match->rest.find(':'));
  if (std::ranges::find(kFollows, word) != kFollows.end()) return 0;
  const std::size_t severity = severity_of(word);
  if (severity == severity_of("unknown")) return 1;
  tally.message(severity, match->sqlstate);
  return 0;
}

std::size_t TextLogParser::take(std::string_view bytes, LogTally& tally) {
  std::size_t unparsed = 0;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    line_.append(bytes.substr(0, std::min(end, kLongest - line_.size())));
    if (end < bytes.size()) {
      unparsed += end_line(tally);
      line_.clear();
    }
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return unparsed;
}

}  // namespace pgvigil::host
