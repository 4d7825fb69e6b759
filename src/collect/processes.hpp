#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collect/number.hpp"
#include "pgvigil/model/collector.hpp"
#include "pgvigil/pg/rows.hpp"

/// The rows that the statement of catalogue/sessions.hpp gives, and those that a fold makes of them.
namespace pgvigil::collect {

/// The statement's columns, by their places.
enum class Place : std::size_t {
  datname,
  usename,
  application_name,
  backend_type,
  state,
  wait_event_type,
  wait_event,
  own,
  xact_age,
  query_age,
  state_age,
  xmin_age,
  task,
  task_start,
  slot_xmin_age,
  prepared_xid_age
};
inline constexpr std::array<std::string_view, 16> kProcessColumns = {
    "datname",    "usename",    "application_name", "backend_type",    "state",     "wait_event_type",
    "wait_event", "own",        "xact_age",         "query_age",       "state_age", "xmin_age",
    "task",       "task_start", "slot_xmin_age",    "prepared_xid_age"};
static_assert(kProcessColumns.size() == static_cast<std::size_t>(Place::prepared_xid_age) + 1);

/// The type of a client's.
inline constexpr std::string_view kClient = "client backend";

/// One of the rows.
class Process {
 public:
  Process(const base::Cells& cells, std::size_t row) : cells_(cells), row_(row) {}

  std::string_view text(Place place) const { return cell(place).value_or(""); }

  /// Nothing where it is NULL. A clock that was set back makes no age negative.
  std::optional<double> number(Place place) const {
    const auto digits = cell(place);
    if (!digits) return std::nullopt;
    return std::max(to_number<double>(digits), 0.0);
  }

  bool is_ours() const { return text(Place::own) == "true"; }
  bool is_clients() const { return text(Place::backend_type) == kClient && !is_ours(); }

 private:
  std::optional<std::string_view> cell(Place place) const {
    return cells_.at(row_, static_cast<std::size_t>(place));
  }

  const base::Cells& cells_;
  std::size_t row_;
};

using Processes = std::vector<Process>;

/// Rows with the columns that `spec` declares.
class Table {
 public:
  explicit Table(const model::CollectorSpec& spec) : rows_{{}, base::Cells(spec.columns.size())} {
    for (const model::Column& column : spec.columns) rows_.columns.emplace_back(column.name);
  }

  void add(std::span<const std::string_view> labels, std::initializer_list<std::string> values) {
    for (const std::string_view label : labels) rows_.cells.add(label);
    for (const std::string& value : values) rows_.cells.add(value);
  }

  pg::Rows take() { return std::move(rows_); }

 private:
  pg::Rows rows_;
};

}  // namespace pgvigil::collect
