#include "host/log_csv.hpp"

#include <algorithm>

namespace pgvigil::host {
namespace {

constexpr std::size_t kSeverityField = 11;
constexpr std::size_t kSqlstateField = 12;
constexpr std::size_t kFields = 23;   // of PostgreSQL 12; 26 from 14 on
constexpr std::size_t kLongest = 40;  // more than any time, severity or SQLSTATE has
constexpr std::string_view kTime = "dddd-dd-dd dd:dd:dd.ddd ";

/// Whether `text` can go on to be a time as csvlog writes it.
bool begins_as_time(std::string_view text) {
  for (std::size_t i = 0; i < std::min(text.size(), kTime.size()); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kTime[i] == 'd' ? !digit : text[i] != kTime[i]) return false;
  }
  return true;
}

bool is_time(std::string_view text) { return text.size() > kTime.size() && begins_as_time(text); }

}  // namespace

std::string* CsvLogParser::kept() {
  if (field_ == 0) return &time_;
  if (field_ == kSeverityField) return &severity_;
  return field_ == kSqlstateField ? &sqlstate_ : nullptr;
}

void CsvLogParser::keep(char c) {
  if (filled_ < kLongest) {
    ++filled_;
    if (std::string* text = kept()) text->push_back(c);
  }
}

std::size_t CsvLogParser::end_record(LogTally& tally) {
  const bool message = field_ + 1 >= kFields && is_time(time_) && sqlstate_.size() == 5;
  if (message) tally.message(severity_of(severity_), sqlstate_);
  lost_ = !message;
  field_ = filled_ = 0;
  time_.clear();
  severity_.clear();
  sqlstate_.clear();
  return message ? 0 : 1;
}

/// Up to a line that begins with a time; `time_` is what a line has begun with.
void CsvLogParser::search(std::string_view& bytes) {
  while (!bytes.empty()) {
    const char c = bytes.front();
    bytes.remove_prefix(1);
    if (c == '\n') {
      time_.clear();
      filled_ = 0;
      continue;
    }
    if (filled_ > kTime.size()) continue;  // this line is none
    time_.push_back(c);
    ++filled_;
    if (!begins_as_time(time_)) filled_ = kTime.size() + 1;
    if (filled_ == kTime.size()) {
      lost_ = false;
      return;
    }
  }
}

std::size_t CsvLogParser::take(std::string_view bytes, LogTally& tally) {
  std::size_t unparsed = 0;
  while (!bytes.empty()) {
    if (lost_) {
      search(bytes);
      continue;
    }
    if (quoted_) {  // a doubled quote ends the quotes and begins them again
      const std::size_t end = std::min(bytes.find('"'), bytes.size());
      for (const char c : bytes.substr(0, std::min(end, kLongest))) keep(c);
      quoted_ = end == bytes.size();
      bytes.remove_prefix(std::min(end + 1, bytes.size()));
      continue;
    }
    const char c = bytes.front();
    bytes.remove_prefix(1);
    if (c == '"') {
      quoted_ = true;
    } else if (c == ',') {
      ++field_;
      filled_ = 0;
    } else if (c == '\n') {
      unparsed += end_record(tally);
    } else {
      keep(c);
    }
  }
  return unparsed;
}

}  // namespace pgvigil::host
