#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pgvigil::base {

/// True when `text` is well-formed UTF-8 without NUL (RFC 3629: no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

/// `text` with each byte that is not part of well-formed UTF-8 written as \xNN, so that different stays
/// different.
std::string clean_utf8(std::string_view text);

/// UTF-8 of at most `most` bytes (24 or more): where `text` is longer, its beginning, up to a whole
/// character, … and a hash of all of it, so that different stays different.
std::string cut(std::string_view text, std::size_t most);

/// Whether `c` is one of ASCII's control characters: below blank, or DEL.
bool is_control(char c);

/// `text` as clean_utf8() has it, with a blank for each control character: fit for a message of one line.
std::string one_line(std::string_view text);

/// `text` without white space at either end.
std::string_view trim(std::string_view text);

/// `text` with `by` in place of each `what`.
std::string replaced(std::string text, std::string_view what, std::string_view by);

/// Safe between tags and within quoted attributes; bytes that are no UTF-8 as \xNN.
std::string escape_html(std::string_view text);

/// The candidate nearest to `word` by edit distance, or nothing when none is near (more than a third of it
/// differs).
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates);

/// The whole file, at most `limit` bytes of it; nothing where it cannot be read (errno says why).
std::optional<std::string> read_file(const std::string& path, std::size_t limit = 1 << 20);

/// A finite or special number as Prometheus writes it: shortest form, NaN, +Inf, -Inf.
std::string number(double value);

}  // namespace pgvigil::base
