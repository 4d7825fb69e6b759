#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

/// Grafana dashboards as tables of constants: what src/generate/boards holds. Drawn by panel.hpp, laid out by
/// dashboards.cpp.
namespace pgvigil::generate {

enum class Kind : std::uint8_t { timeseries, stat, gauge, bargauge, table, timeline };

/// How a series is drawn where it is not simply the next line.
enum class Look : std::uint8_t {
  plain,
  warning,    ///< a dashed orange line: the limit that the server itself exports
  critical,   ///< a dashed red line
  reference,  ///< a dashed grey line: what there is at most
  below,      ///< drawn downwards from zero, the counterpart of what is above
};

/// What numbers that are really words mean.
enum class Words : std::uint8_t { none, up, state, role, success, active, writable, breaker };

enum class Legend : std::uint8_t { list, table, hidden };

/// A query. In `expr`, `$server` stands for the selectors of job and instance, `$databases` for that of the
/// chosen databases, `$disk_price` and `$snapshot_price` for what storage costs. A panel has at most 8.
struct Target {
  std::string_view expr;
  std::string_view legend = "{{instance}}";
  Look look = Look::plain;
  std::string_view color = {};  ///< of Grafana's names; else the palette's next
  bool texts = false;  ///< gives each `queryid` its text, as label `query`, and its beginning as `statement`
};

/// A column of a table: a label, or the value of a target by its letter, A for the first.
struct Column {
  std::string_view field;
  std::string_view title;
  std::string_view unit = {};
  int width = 0;                   ///< in pixels; 0: what is left
  std::string_view rule = {};      ///< whose limits colour the cell
  std::string_view board = {};     ///< where a click leads, with
  std::string_view variable = {};  ///< this variable set to the cell's value
  bool bar = false;                ///< drawn as a bar in the cell
  Words words = Words::none;
};

/// As Panel::top: by each series' own highest value in the range. `$expr` stands for the target's expression.
inline constexpr std::string_view kPeak = "max_over_time(($expr)[$__range:$__interval] @ end())";

inline constexpr double kAuto = std::numeric_limits<double>::quiet_NaN();
inline constexpr std::string_view kCurrency = "$currency";  ///< as unit: that of the prices

struct Panel {
  std::string_view title;
  std::string_view description;
  Kind kind = Kind::timeseries;
  std::string_view unit = "short";  ///< of Grafana's ids
  std::array<Target, 8> targets = {};
  std::string_view rule = {};  ///< whose limits are its lines or colours
  int width = 8;               ///< of 24 columns
  int height = 0;              ///< 0: the kind's own
  double min = 0;
  double max = kAuto;  ///< a gauge without one ends a little above its last limit
  int decimals = -1;
  bool stack = false;
  bool bars = false;
  Legend legend = Legend::list;
  Words words = Words::none;
  double alarm = kAuto;           ///< from here on a stat without a rule is red, below green
  std::string_view nothing = {};  ///< what is shown where there is no series, because that is fine
  std::string_view board = {};    ///< the board that says more, linked from the panel's head
  std::string_view top = {};      ///< only the series that are biggest by this expression, over the range
  int top_count = 0;              ///< how many; 0: variable topk says
  std::string_view sort = {};     ///< the title of the column that sorts a table, biggest first
  std::array<Column, 14> columns = {};
};

/// What a panel of the server's log shows without one.
inline constexpr std::string_view kNoLog = "The server's log is not read here";

/// A titled part of a board. Panels flow from left to right; the widths of a line add up to 24.
struct Row {
  std::string_view title;
  std::span<const Panel> panels;
};

/// A variable beside datasource, job and instance: the values of a metric's label, several or all of them at
/// once; or, without a metric, one of `values`.
struct Variable {
  std::string_view name;
  std::string_view label;  ///< as shown
  std::string_view metric = {};
  std::string_view source = {};  ///< the metric's label
  std::string_view values = {};  ///< separated by commas, the first is chosen
};

struct Board {
  std::string_view id;  ///< as in Rule::board: dashboards/<id>.json, uid pgvigil-<id>
  std::string_view title;
  std::string_view description;
  std::span<const Variable> variables;
  std::span<const Row> rows;
};

}  // namespace pgvigil::generate
