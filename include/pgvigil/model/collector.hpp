#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pgvigil/base/clock.hpp"

namespace pgvigil::model {

/// cluster: run once a poll on the kept connection. database: run in each selected database, on a visit.
enum class Scope : std::uint8_t { cluster, database };

/// What it asks: a PostgreSQL server, or the console of a pgbouncer, which takes SHOW commands and no SQL.
enum class Server : std::uint8_t { postgresql, pgbouncer };

/// Which servers a collector makes sense on.
enum class Role : std::uint8_t { any, primary, replica };

/// Where the rows come from: SQL, or a reader: of the database's container, of its mounts, of its log files,
/// of the session's own TLS, or of the time that a question to the server takes.
enum class Source : std::uint8_t { sql, container, mounts, logs, tls, probe };

/// What happens to the rows before they are mapped. Those of `statements` (collect/fold.hpp,
/// collect/statement_texts.hpp) and `probe` (collect/probe.hpp) remember; the others
/// (collect/session_fold.hpp) make a collector's rows of all sessions, as the statement of
/// catalogue/sessions.hpp gives them.
enum class Fold : std::uint8_t {
  none,
  statements,
  statement_entries,
  statement_texts,
  probe,
  session_states,
  session_ages,
  session_waits,
  session_kinds,
  idle_times,
  open_transactions,
  autovacuums,
  xmin_horizon,
};

/// Sets of collectors, each with all of those before it: what the five thresholds and the critical alerts
/// need, what runs unless the configuration says otherwise, everything.
enum class Group : std::uint8_t { minimal, standard, all };

/// As the configuration has it: minimal, default, all.
constexpr std::string_view name(Group group) {
  constexpr std::string_view kNames[] = {"minimal", "default", "all"};
  return kNames[static_cast<std::size_t>(group)];
}

/// What a result column is. `family` exists for pg_settings alone: its spec has exactly three columns, in
/// this order: what completes the metric's name, the help text (both marked label, neither becomes one), and
/// the value. A `histogram` with bounds is for what a reader or a fold counts: its cells are
/// model::Histogram's. Without them the server counts, and each row brings its own: beside the column NAME,
/// the upper bounds, NAME_bucket, NAME_sum and NAME_count (collect/row_histogram.hpp).
enum class Use : std::uint8_t { label, gauge, counter, untyped, family, histogram };

/// How the samples of a histogram are called, behind its metric's name.
inline constexpr std::array<std::string_view, 3> kHistogramSuffixes = {"_count", "_sum", "_bucket"};

/// The upper bounds of a histogram's buckets, ascending and finite; the bucket of everything is not among
/// them. Empty where each row brings its own.
struct Bounds {
  std::span<const double> each = {};
  constexpr bool operator==(const Bounds& other) const { return std::ranges::equal(each, other.each); }
};

/// One result column. A label needs nothing more; a value has the full metric name and its help text.
struct Column {
  std::string_view name;  ///< the result column, exactly as the SQL names it
  Use use = Use::label;
  std::string_view metric = {};  ///< full metric name; for `family` the prefix that the row completes
  std::string_view help = {};    ///< one sentence, with its full stop
  double scale = 1;              ///< the exported value is the column's times this
  std::string_view legacy =
      {};  ///< why the name may break the naming rules: postgres_exporter's name, kept for dashboards
  Bounds bounds = {};  ///< of a histogram, and of nothing else

  constexpr bool bounds_by_row() const { return use == Use::histogram && bounds.each.empty(); }

  constexpr bool operator==(const Column&) const = default;
};

/// A step of the staircase: this SQL serves from version `since` on, until the next step.
struct Query {
  int since = 0;  ///< server_version_num / 10000 (14); with `extension`, the extension's version: 1.8 is 108
  std::string_view sql;
};

/// A collector is this table entry; one engine interprets it. Views only: whoever makes one owns the text.
struct CollectorSpec {
  std::string_view name;
  Scope scope = Scope::cluster;
  Role role = Role::any;
  std::string_view extension = {};  ///< needed in the connected database; empty: none
  base::Millis interval = std::chrono::seconds(15);
  base::Millis timeout = std::chrono::seconds(5);
  std::size_t max_rows = 1000;  ///< series budget: rows over it are dropped, the SQL's first kept
  Source source = Source::sql;
  Fold fold = Fold::none;
  std::span<const Query> queries = {};  ///< ascending `since`; empty unless source is sql
  /// Exactly the columns that every query returns, or its fold leaves. At database scope a label `datname`
  /// that the query does not return is the database's name.
  std::span<const Column> columns = {};
  bool all_stats = false;  ///< without pg_read_all_stats its figures would be wrong, not just fewer
  bool enabled = true;     ///< on unless the configuration says otherwise
  bool minimal = false;    ///< one of the group of that name
  int before = 0;          ///< the server's version from which on there is nothing to ask; 0: none
  std::span<const std::string_view> databases = {};  ///< at database scope: only these; empty: every one
  bool user = false;                                 ///< a user's: it runs with the role's own search_path
  bool open = false;  ///< a column that is not declared is ignored; a value that is missing has no sample
  Server server = Server::postgresql;
  bool listed = false;           ///< the answer lists names and values, a row each, instead of columns
  std::string_view within = {};  ///< a collector whose rows, through the same fold, hold this one's: asked
                                 ///< together, its SQL does for both

  /// Whether it has nothing to say while the server is down.
  constexpr bool needs_server() const { return source == Source::sql || source == Source::probe; }

  /// The smallest group that it is in, of a spec as the catalogue has it.
  constexpr Group group() const { return minimal ? Group::minimal : enabled ? Group::standard : Group::all; }

  /// Whether it runs in a database that is visited.
  constexpr bool serves(std::string_view database) const {
    return databases.empty() || std::ranges::find(databases, database) != databases.end();
  }
};

/// Why a spec or a list of specs is unsound; `reason` is empty when it is sound.
struct Fault {
  std::string_view reason;
  std::string_view where;  ///< the column or metric at fault, or empty
  constexpr explicit operator bool() const { return !reason.empty(); }
};

/// The first thing that is wrong with `spec`: names, unit suffixes, `_total` exactly on counters, help text,
/// ascending staircase. Rules: Prometheus' naming practices; a column marked `legacy` is excused from unit
/// and suffix rules.
constexpr Fault fault(const CollectorSpec& spec);

/// The same for every spec, and that names of collectors and of metrics are unique over all of them, and
/// sorted.
constexpr Fault fault(std::span<const CollectorSpec* const> specs);

/// 64-bit FNV-1a: duplicates are found by sorting these; comparing strings pairwise stops the compilers.
constexpr std::uint64_t hash(std::string_view text, std::uint64_t seed = 0xcbf29ce484222325ULL) {
  for (const char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return seed;
}

}  // namespace pgvigil::model

#include "pgvigil/model/collector_fault.hpp"  // constexpr: the bodies must be seen
