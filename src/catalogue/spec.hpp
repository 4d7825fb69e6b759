#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "pgvigil/model/collector.hpp"

/// What every header of the catalogue writes its tables with.
namespace pgvigil::catalogue {

using model::CollectorSpec;
using model::Column;
using model::Query;
using model::Role;
using model::Scope;
using model::Use;
using std::chrono::seconds;

/// Why a column is marked `legacy`: dashboards and alerts made for postgres_exporter ask for these names.
inline constexpr std::string_view kNoTotal = "postgres_exporter's name: a counter without _total";
inline constexpr std::string_view kEndsInCount =
    "postgres_exporter's name: ends in _count without being a histogram's";

template <const std::string_view&... parts>
inline constexpr auto kJoinedText = [] {
  std::array<char, (parts.size() + ...)> text{};
  auto* end = text.data();
  ((end = std::ranges::copy(parts, end).out), ...);
  return text;
}();

/// One text of several, for what statements have in common.
template <const std::string_view&... parts>
inline constexpr std::string_view kJoined{kJoinedText<parts...>.data(), kJoinedText<parts...>.size()};

/// What those of pgbouncer's console have in common: SHOW says what the console's version knows.
consteval CollectorSpec on_console(std::string_view name, std::span<const Query> queries,
                                   std::span<const Column> columns, bool minimal = false) {
  CollectorSpec spec;
  spec.minimal = minimal;
  spec.name = name;
  spec.queries = queries;
  spec.columns = columns;
  spec.open = true;
  spec.server = model::Server::pgbouncer;
  return spec;
}

}  // namespace pgvigil::catalogue
