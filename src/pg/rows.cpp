#include "pgvigil/pg/rows.hpp"

#include <charconv>
#include <chrono>
#include <optional>

#include "pg/connection.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::pg {
namespace {

// Object identifiers of built-in types, which never change: pg_type.dat.
constexpr Oid kBoolean = 16;
constexpr Oid kDate = 1082;
constexpr Oid kTimestamp = 1114;
constexpr Oid kTimestampWithZone = 1184;

/// Takes a number off the front, behind `separator` if there is one.
template <typename Number>
bool take(std::string_view& text, std::string_view separator, Number& number) {
  if (!text.starts_with(separator)) return false;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + separator.size(), end, number);
  text = {rest, static_cast<std::size_t>(end - rest)};
  return error == std::errc{};
}

/// "+09", "-03:30": what the zone is ahead of UTC, in seconds.
double zone(std::string_view text) {
  const double sign = text.starts_with('-') ? -1 : 1;
  int hours = 0;
  int minutes = 0;
  int seconds = 0;
  text.remove_prefix(text.empty() ? 0 : 1);
  if (take(text, "", hours) && take(text, ":", minutes)) take(text, ":", seconds);
  return sign * (hours * 3600 + minutes * 60 + seconds);
}

/// "2026-01-31 08:30:00.25+09", as DateStyle ISO has it, in seconds since the epoch; without a zone it is in
/// UTC. Nothing for infinity and for a time before Christ.
std::optional<double> seconds_since_epoch(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (!take(text, "", year) || !take(text, "-", month) || !take(text, "-", day)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  int hours = 0;
  int minutes = 0;
  double seconds = 0;
  if (!text.empty() && (!take(text, " ", hours) || !take(text, ":", minutes) || !take(text, ":", seconds)))
    return std::nullopt;
  if (!date.ok() || text.ends_with("BC")) return std::nullopt;
  const auto days = static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count());
  return days * 86'400 + hours * 3600 + minutes * 60 + seconds - zone(text);
}

/// The types of the columns, 0 for those whose values are kept as they come.
std::vector<Oid> converted_types(const PGresult* result) {
  std::vector<Oid> types;
  for (int c = 0; c < PQnfields(result); ++c) {
    const Oid type = PQftype(result, c);
    const bool converted =
        type == kBoolean || type == kDate || type == kTimestamp || type == kTimestampWithZone;
    types.push_back(converted ? type : 0);
  }
  return types;
}

/// What stands in the cell; `memory` keeps it where it is not a part of `text`.
std::string_view converted(Oid type, std::string_view text, std::string& memory) {
  if (type == kBoolean) return text == "t" ? "true" : "false";
  if (const auto seconds = seconds_since_epoch(text)) return memory = base::number(*seconds);
  if (text == "infinity") return "Infinity";  // as numbers have it
  return text == "-infinity" ? "-Infinity" : text;
}

}  // namespace

void RowReader::start(Rows& rows, const PGresult* result) {
  types_ = converted_types(result);
  row_.resize(types_.size());
  memory_.resize(types_.size());
  rows.cells = base::Cells(types_.size());
  for (int c = 0; c < PQnfields(result); ++c) rows.columns.emplace_back(PQfname(result, c));
}

void RowReader::add(Rows& rows, const PGresult* result, std::size_t most) {
  if (rows.columns.empty()) start(rows, result);
  const int columns = PQnfields(result);
  const int count = PQntuples(result);
  for (int r = 0; r < count; ++r) {
    if (rows.cells.rows() >= most) {
      ++rows.cut;
      continue;
    }
    for (int c = 0; c < columns; ++c) {
      const auto place = static_cast<std::size_t>(c);
      const auto length = static_cast<std::size_t>(PQgetlength(result, r, c));
      if (length == 0 && PQgetisnull(result, r, c) != 0)
        row_[place] = {};
      else
        row_[place] = {PQgetvalue(result, r, c), length};
      if (types_[place] != 0 && row_[place].data() != nullptr)
        row_[place] = converted(types_[place], row_[place], memory_[place]);
    }
    rows.cells.add_row(row_);
  }
}

}  // namespace pgvigil::pg
