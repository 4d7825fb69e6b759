#include <algorithm>
#include <string>
#include <string_view>

#include "host/log_parser.hpp"
#include "require.hpp"

namespace pgvigil::fuzz {
namespace {

struct Outcome {
  std::uint64_t messages = 0;
  std::size_t unparsed = 0;
  bool pending = false;

  bool operator==(const Outcome&) const = default;
};

/// Parses `text` in pieces of so many bytes.
Outcome parse(host::LogFormat format, std::string_view prefix, std::string_view text, std::size_t piece) {
  host::LogTally tally;
  const auto parser = host::make_log_parser(format, prefix);
  Outcome outcome;
  for (std::size_t at = 0; at < text.size(); at += piece)
    outcome.unparsed += parser->take(text.substr(at, piece), tally);
  outcome.pending = parser->pending();
  for (const host::LogCount& count : tally.counts(10)) {
    require(count.sqlstate.empty() || count.sqlstate == "other" || count.sqlstate.size() == 5, "an SQLSTATE");
    require(host::kSeverities[host::severity_of(count.severity)] == count.severity, "a severity");
    outcome.messages += count.messages;
  }
  return outcome;
}

}  // namespace
}  // namespace pgvigil::fuzz

/// Whatever a log holds: no more messages than lines, and the same ones in whatever pieces it comes. The
/// first line is the log_line_prefix.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace pgvigil;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(all.find('\n'), all.size());
  const std::string_view prefix = all.substr(0, end);
  const std::string_view text = all.substr(std::min(end + 1, all.size()));
  const auto lines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  for (const auto format : {host::LogFormat::jsonlog, host::LogFormat::csvlog, host::LogFormat::stderr_}) {
    const auto whole = fuzz::parse(format, prefix, text, text.size() + 1);
    fuzz::require(whole.messages + whole.unparsed <= lines, "a message takes a line");
    fuzz::require(whole == fuzz::parse(format, prefix, text, 1), "pieces do not matter");
  }
  return 0;
}
