#pragma once

#include "host/log_parser.hpp"

namespace pgvigil::host {

/// csvlog: RFC 4180, a record a message, whose quoted fields may hold line ends. 23 columns or more (each
/// version appends), the 12th is the severity, the 13th the SQLSTATE. A record that is none means that we
/// came into the middle of one: up to the next line that begins with a time nothing is believed.
class CsvLogParser final : public LogParser {
 public:
  std::size_t take(std::string_view bytes, LogTally& tally) override;
  bool pending() const override { return field_ > 0 || filled_ > 0 || quoted_; }

 private:
  std::string* kept();
  std::size_t end_record(LogTally& tally);
  void search(std::string_view& bytes);
  void keep(char c);

  std::size_t field_ = 0;
  std::size_t filled_ = 0;  // bytes of this field, up to some
  bool quoted_ = false;     // within quotes
  bool lost_ = false;       // the beginning of a record is looked for
  std::string time_, severity_, sqlstate_;
};

}  // namespace pgvigil::host
