#include "host/log_json.hpp"

#include <algorithm>

namespace pgvigil::host {
namespace {

constexpr std::size_t kLongest = 40;  // more than any name of a key, severity or SQLSTATE has

}  // namespace

std::size_t JsonLogParser::end_line(LogTally& tally) {
  const bool message = closed_ && !quoted_ && !severity_.empty();
  // Where all went well the server leaves it out.
  if (message) tally.message(severity_of(severity_), has_sqlstate_ ? sqlstate_ : "00000");
  const std::size_t unparsed = any_ && !message ? 1 : 0;
  *this = JsonLogParser();
  return unparsed;
}

void JsonLogParser::end_text() {
  quoted_ = false;
  if (!is_value_) {
    key_ = text_;
  } else if (depth_ == 1 && key_ == "error_severity") {
    severity_ = text_;
  } else if (depth_ == 1 && key_ == "state_code") {
    sqlstate_ = text_;
    has_sqlstate_ = true;
  }
}

std::size_t JsonLogParser::take(std::string_view bytes, LogTally& tally) {
  std::size_t unparsed = 0;
  for (; !bytes.empty(); bytes.remove_prefix(1)) {
    const char c = bytes.front();
    if (c == '\n') {
      unparsed += end_line(tally);
      continue;
    }
    any_ = true;
    if (quoted_) {
      if (escaped_ || (c != '"' && c != '\\')) {
        escaped_ = false;
        if (text_.size() < kLongest) text_.push_back(c);
      } else if (c == '\\') {
        escaped_ = true;
      } else {
        end_text();
      }
    } else if (c == '"') {
      quoted_ = true;
      text_.clear();
    } else if (c == ':' || c == ',') {
      is_value_ = c == ':';
    } else if (c == '{' || c == '[') {
      depth_ = std::min(depth_ + 1, 1000);
      is_value_ = false;
    } else if (c == '}' || c == ']') {
      closed_ = --depth_ == 0;
    }
  }
  return unparsed;
}

}  // namespace pgvigil::host
