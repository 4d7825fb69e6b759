#include "host/fields.hpp"

#include <charconv>
#include <cstdint>

#include "pgvigil/base/text.hpp"

namespace pgvigil::host {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> words(std::string_view line) {
  constexpr std::string_view kBlank = " \t";
  std::vector<std::string_view> found;
  for (auto start = line.find_first_not_of(kBlank); start != std::string_view::npos;) {
    const auto end = line.find_first_of(kBlank, start);
    found.push_back(line.substr(start, end - start));
    start = line.find_first_not_of(kBlank, end);
  }
  return found;
}

std::optional<double> count(std::string_view text) {
  text = base::trim(text);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return static_cast<double>(value);
}

std::optional<double> keyed(std::string_view text, std::string_view key) {
  for (const std::string_view line : split(text, '\n')) {
    if (line.substr(0, key.size()) != key) continue;
    const auto found = words(line);
    if (found.size() >= 2 && found[0] == key) return count(found[1]);
  }
  return std::nullopt;
}

}  // namespace pgvigil::host
