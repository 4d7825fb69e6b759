#pragma once

#include "host/log_parser.hpp"
#include "host/log_prefix.hpp"

namespace pgvigil::host {

/// The stderr log: lines of the prefix, a severity and a text, whose further lines begin with a tab; and
/// whatever else the server's processes say there. Its words are translated by lc_messages: other than
/// English ones are no messages to us.
class TextLogParser final : public LogParser {
 public:
  explicit TextLogParser(std::string_view prefix) : prefix_(prefix) {}
  std::size_t take(std::string_view bytes, LogTally& tally) override;
  bool pending() const override { return !line_.empty(); }

 private:
  std::size_t end_line(LogTally& tally);

  LogPrefix prefix_;
  std::string line_;  // its beginning
};

}  // namespace pgvigil::host
