#include "host/log_tally.hpp"

#include <algorithm>

namespace pgvigil::host {
namespace {

constexpr std::size_t kUnknown = kSeverities.size() - 1;

std::array<char, 5> code_of(std::string_view sqlstate) {
  std::array<char, 5> code{};
  const auto fits = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
  if (sqlstate.size() == code.size() && std::ranges::all_of(sqlstate, fits))
    std::ranges::copy(sqlstate, code.begin());
  return code;
}

std::string text_of(const std::array<char, 5>& code) {
  return code.front() == '\0' ? "" : std::string(code.data(), code.size());
}

/// Those without which an alert could not tell "none yet" from "not read".
bool always_shown(std::size_t severity) {
  return severity == severity_of("LOG") || (severity >= severity_of("WARNING") && severity != kUnknown);
}

}  // namespace

std::size_t severity_of(std::string_view word) {
  if (word.size() == 6 && word.starts_with("DEBUG") && word[5] >= '1' && word[5] <= '5') word = "DEBUG";
  const auto found = std::ranges::find(kSeverities, word);
  return std::min<std::size_t>(static_cast<std::size_t>(found - kSeverities.begin()), kUnknown);
}

void LogTally::message(std::size_t severity, std::string_view sqlstate) {
  const auto key = std::pair(severity, code_of(sqlstate));
  auto pair = pairs_.find(key);
  if (pair == pairs_.end()) {
    if (pairs_.size() >= kMostPairs) {
      ++others_[severity];
      return;
    }
    pair = pairs_.emplace(key, Pair{}).first;
  }
  ++pair->second.messages;
  ++pair->second.fresh;
}

/// In a full top it takes the place of the least frequent one, once it is twice as frequent.
void LogTally::enter(Pair& pair, std::size_t top) {
  if (in_top_ < top) {
    pair.in_top = true;
    ++in_top_;
    return;
  }
  auto least = pairs_.end();
  for (auto other = pairs_.begin(); other != pairs_.end(); ++other)
    if (other->second.in_top && (least == pairs_.end() || other->second.messages < least->second.messages))
      least = other;
  if (least == pairs_.end() || pair.messages < 2 * least->second.messages) return;
  others_[least->first.first] += std::exchange(least->second.shown, 0);
  least->second.in_top = false;
  pair.in_top = true;
}

std::vector<LogCount> LogTally::counts(std::size_t top) {
  for (auto& [key, pair] : pairs_) {
    if (pair.fresh == 0) continue;
    if (!pair.in_top) enter(pair, top);
    (pair.in_top ? pair.shown : others_[key.first]) += std::exchange(pair.fresh, 0);
  }
  std::vector<LogCount> counts;
  for (const auto& [key, pair] : pairs_)
    if (pair.in_top) counts.push_back({std::string(kSeverities[key.first]), text_of(key.second), pair.shown});
  for (std::size_t severity = 0; severity < kSeverities.size(); ++severity)
    if (others_[severity] > 0 || always_shown(severity))
      counts.push_back({std::string(kSeverities[severity]), "other", others_[severity]});
  return counts;
}

}  // namespace pgvigil::host
