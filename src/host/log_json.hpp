#pragma once

#include "host/log_parser.hpp"

namespace pgvigil::host {

/// jsonlog (PostgreSQL 15 and later): a line a message, one object of texts and numbers in which line ends
/// are escaped. Its severity is the one that no language setting translates.
class JsonLogParser final : public LogParser {
 public:
  std::size_t take(std::string_view bytes, LogTally& tally) override;
  bool pending() const override { return any_; }

 private:
  std::size_t end_line(LogTally& tally);
  void end_text();

  bool any_ = false;     // bytes of this line
  bool quoted_ = false;  // within a text
  bool escaped_ = false;
  bool is_value_ = false;  // behind a colon
  int depth_ = 0;
  bool has_sqlstate_ = false;
  bool closed_ = false;  // the object has come to its end
  std::string text_;     // the beginning of the text that we are in
  std::string key_, severity_, sqlstate_;
};

}  // namespace pgvigil::host
