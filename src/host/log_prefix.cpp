#include "host/log_prefix.hpp"

#include <algorithm>

#include "pgvigil/base/text.hpp"

namespace pgvigil::host {
namespace {

constexpr std::size_t kMostParts = 100;
constexpr std::size_t kSqlstate = 5;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

/// Characters of a number, or of an SQLSTATE.
bool fits(bool number, char c) { return is_digit(c) || (!number && is_capital(c)); }

bool is_word(bool number, std::string_view text) {
  const auto fit = [number](char c) { return fits(number, c); };
  return std::ranges::all_of(text, fit) && (number ? !text.empty() : text.size() == kSqlstate);
}

/// Whether a severity stands there, or what else the server puts there: DETAIL, STATEMENT …
bool begins_message(std::string_view rest) {
  std::size_t length = 0;
  while (length < rest.size() && (is_capital(rest[length]) || is_digit(rest[length]))) ++length;
  return length > 2 && rest.substr(length, 3) == ":  ";
}

}  // namespace

/// PostgreSQL's documentation of log_line_prefix has the escapes; each may be padded: %-10p.
LogPrefix::LogPrefix(std::string_view setting) {
  const auto add_literal = [this](char c) {
    if (parts_.empty() || parts_.back().kind != Kind::literal) parts_.push_back({Kind::literal, {}});
    parts_.back().literal.push_back(c);
  };
  for (std::size_t i = 0; i < setting.size() && parts_.size() < kMostParts; ++i) {
    if (setting[i] != '%') {
      add_literal(setting[i]);
      continue;
    }
    std::size_t end = i + 1;
    while (end < setting.size() && (setting[end] == '-' || is_digit(setting[end]))) ++end;
    if (end >= setting.size()) break;
    const bool padded = end > i + 1;
    i = end;
    const char escape = setting[end];
    if (escape == '%')
      add_literal('%');
    else if (escape == 'q')
      parts_.push_back({Kind::stop, {}});
    else if (escape == 'e')
      parts_.push_back({Kind::sqlstate, {}, padded});
    else if (escape == 'p' || escape == 'l')
      parts_.push_back({Kind::number, {}, padded});
    else
      parts_.push_back({Kind::text, {}});
  }
}

/// The ends of `part` where it begins at one of `from`.
LogPrefix::Ends LogPrefix::step(const Part& part, const Ends& from, std::string_view line) {
  if (part.kind == Kind::stop) return from;
  Ends to(from.size(), false);
  const bool number = part.kind == Kind::number;
  if (part.kind == Kind::text) {
    std::fill(to.begin() + (std::ranges::find(from, true) - from.begin()), to.end(), true);
    return to;
  }
  for (std::size_t begin = 0; begin < from.size(); ++begin) {
    if (!from[begin]) continue;
    if (part.kind == Kind::literal) {
      if (line.substr(begin).starts_with(part.literal)) to[begin + part.literal.size()] = true;
      continue;
    }
    std::size_t end = begin;
    while (part.padded && end < line.size() && line[end] == ' ') ++end;
    const std::size_t word = end;
    while (end < line.size() && fits(number, line[end]) && (number || end < word + kSqlstate)) ++end;
    if (!is_word(number, line.substr(word, end - word))) continue;
    to[end] = true;
    while (part.padded && end < line.size() && line[end] == ' ') to[++end] = true;
  }
  return to;
}

bool LogPrefix::spans(const Part& part, std::string_view text) {
  if (part.kind == Kind::literal) return text == part.literal;
  if (part.kind == Kind::stop) return text.empty();
  if (part.kind == Kind::text) return true;
  if (part.padded) text = base::trim(text);
  return is_word(part.kind == Kind::number, text);
}

/// Back from the end of the first `parts` parts, the shortest way.
std::string_view LogPrefix::sqlstate(std::string_view line, const std::vector<Ends>& reached,
                                     std::size_t parts, std::size_t end) const {
  while (parts > 0) {
    const Part& part = parts_[--parts];
    std::size_t begin = end;
    while (!reached[parts][begin] || !spans(part, line.substr(begin, end - begin))) --begin;
    if (part.kind == Kind::sqlstate) return base::trim(line.substr(begin, end - begin));
    end = begin;
  }
  return {};
}

std::optional<LogPrefix::Match> LogPrefix::match(std::string_view line) const {
  std::vector<Ends> reached{Ends(line.size() + 1, false)};
  reached.front().front() = true;
  for (const Part& part : parts_) {
    reached.push_back(step(part, reached.back(), line));
    if (std::ranges::find(reached.back(), true) == reached.back().end()) break;
  }
  for (std::size_t end = 0; end <= line.size(); ++end) {
    if (!begins_message(line.substr(end))) continue;
    // All of it, or, of a process without session, what stands before %q.
    for (std::size_t parts = 0; parts < reached.size(); ++parts)
      if (reached[parts][end] && (parts == parts_.size() || parts_[parts].kind == Kind::stop))
        return Match{line.substr(end), sqlstate(line, reached, parts, end)};
  }
  return std::nullopt;
}

}  // namespace pgvigil::host
