#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "host/log_tally.hpp"
#include "pgvigil/host/log.hpp"

namespace pgvigil::host {

/// Finds the messages in the bytes of one log file, which come in pieces of any size. A message counts when
/// it has come to its end. Memory is bounded whatever the bytes: of a message no more is held than its
/// severity and SQLSTATE, of stderr's lines the beginning.
class LogParser {
 public:
  virtual ~LogParser() = default;

  /// Takes the next bytes; messages that end in them go to `tally`. Returns how many lines ended in them
  /// that are no message, nor the rest of one.
  virtual std::size_t take(std::string_view bytes, LogTally& tally) = 0;

  /// Whether the bytes ended within a message.
  virtual bool pending() const = 0;
};

/// `prefix` is the server's log_line_prefix, for stderr.
std::unique_ptr<LogParser> make_log_parser(LogFormat format, std::string_view prefix);

}  // namespace pgvigil::host
