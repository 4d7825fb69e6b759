#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgvigil::host {

/// What a line of the server's stderr log begins with, by its log_line_prefix.
class LogPrefix {
 public:
  explicit LogPrefix(std::string_view setting);

  /// What stands behind the prefix, and the SQLSTATE if it has one.
  struct Match {
    std::string_view rest;  ///< `ERROR:  …`
    std::string_view sqlstate;
  };

  /// Nothing where the line does not begin so, or no capital word and a colon with two blanks stand behind
  /// it. Where a prefix has several ends (an application may be called anything), the first. Takes time by
  /// the square of the line's length, never more.
  std::optional<Match> match(std::string_view line) const;

 private:
  enum class Kind : std::uint8_t { literal, number, sqlstate, text, stop };
  struct Part {
    Kind kind;
    std::string literal;
    bool padded = false;
  };
  using Ends = std::vector<bool>;  // by offset in the line

  static Ends step(const Part& part, const Ends& from, std::string_view line);
  static bool spans(const Part& part, std::string_view text);
  std::string_view sqlstate(std::string_view line, const std::vector<Ends>& reached, std::size_t parts,
                            std::size_t end) const;

  std::vector<Part> parts_;
};

}  // namespace pgvigil::host
