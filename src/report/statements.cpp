#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "report/sections.hpp"
#include "report/text.hpp"

namespace pgvigil::report {
namespace {

constexpr std::size_t kMost = 15;
constexpr std::string_view kRemainder = "other";

/// Whether the text begins like a statement that cannot be a utility's: those hold passwords. After white
/// space and opening parentheses; a text that begins with a comment is not let through.
bool harmless(std::string_view text) {
  constexpr std::array<std::string_view, 6> kWords = {"select", "insert", "update",
                                                      "delete", "merge",  "with"};
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n\f\v("), text.size()));
  std::string word;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool in_word = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                         static_cast<unsigned char>(c) >= 0x80;
    if (!in_word) break;
    word += lower;
  }
  return std::ranges::find(kWords, word) != kWords.end();
}

/// What is shown of each statement's text, by queryid.
std::map<std::string, std::string, std::less<>> texts(const Instance& instance) {
  std::map<std::string, std::string, std::less<>> texts;
  for (const Series* series : instance.of(Ask::statement_text)) {
    const std::string_view text = series->label("query");
    std::string& shown = texts[std::string(series->label("queryid"))];
    if (harmless(text))
      shown = code(text);
    else if (shown.empty())
      shown = "(withheld)";
  }
  return texts;
}

std::vector<const Series*> by_time(const Instance& instance) {
  auto all = instance.of(Ask::statement_seconds);
  std::ranges::stable_sort(
      all, [](const Series* a, const Series* b) { return a->points.back().value > b->points.back().value; });
  return all;
}

}  // namespace

std::string statement_section(const Instance& instance) {
  const auto all = by_time(instance);
  const double total = instance.sum(Ask::statement_seconds).value_or(0);
  if (all.empty())
    return instance.nothing(Ask::statement_seconds,
                            "nothing ran, or pg_stat_statements is not installed (CREATE EXTENSION "
                            "pg_stat_statements, and shared_preload_libraries)");
  const auto shown = texts(instance);
  Table table({">time", ">share", ">calls", ">mean", "database", "role", "queryid", "text"});
  std::size_t rows = 0;
  for (const Series* series : all) {
    const std::string id(series->label("queryid"));
    if (rows == kMost && id != kRemainder) continue;
    if (id != kRemainder) ++rows;
    const double seconds = series->points.back().value;
    const auto calls = instance.value(Ask::statement_calls, series->labels);
    const auto text = shown.find(id);
    table.add({duration(seconds), percent(seconds / total), calls ? count(std::round(*calls)) : "–",
               calls && *calls > 0 ? duration(seconds / *calls) : "–", code(series->label("datname")),
               code(series->label("user")), id == kRemainder ? "all others" : code(id),
               text == shown.end() ? "–" : text->second});
  }
  const std::size_t statements = all.size();
  std::string note = fmt::format("\n{} spent in statements; {} series in all.", duration(total), statements);
  if (shown.empty()) note += " Texts are exported with `--collector.stat_statements_text`.";
  return table.text() + note + "\n";
}

}  // namespace pgvigil::report
