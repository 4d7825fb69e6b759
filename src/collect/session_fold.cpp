#include "pgvigil/collect/session_fold.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "pgvigil/base/text.hpp"
#include "pgvigil/model/histogram.hpp"

namespace pgvigil::collect {
namespace {

using model::CollectorSpec;
using model::Fold;
using Text = std::string_view;

/// The statement's columns, by their places.
enum Place : std::size_t {
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
constexpr std::array<Text, 16> kColumns = {
    "datname",    "usename",    "application_name", "backend_type",    "state",     "wait_event_type",
    "wait_event", "own",        "xact_age",         "query_age",       "state_age", "xmin_age",
    "task",       "task_start", "slot_xmin_age",    "prepared_xid_age"};
static_assert(kColumns.size() == prepared_xid_age + 1);

constexpr Text kClient = "client backend";
constexpr Text kIdleInTransaction = "idle in transaction";  // how its aborted kind begins, too

/// One of the rows.
class Process {
 public:
  Process(const base::Cells& cells, std::size_t row) : cells_(cells), row_(row) {}

  Text text(Place place) const { return cells_.at(row_, place).value_or(""); }

  /// Nothing where it is NULL. A clock that was set back makes no age negative.
  std::optional<double> number(Place place) const {
    const auto cell = cells_.at(row_, place);
    if (!cell) return std::nullopt;
    double value = 0;
    std::from_chars(cell->data(), cell->data() + cell->size(), value);
    return std::max(value, 0.0);
  }

  bool is_ours() const { return text(own) == "true"; }
  bool is_clients() const { return text(backend_type) == kClient && !is_ours(); }

 private:
  const base::Cells& cells_;
  std::size_t row_;
};

using Processes = std::vector<Process>;

/// Rows with the columns that `spec` declares.
class Table {
 public:
  explicit Table(const CollectorSpec& spec) : rows_{{}, base::Cells(spec.columns.size())} {
    for (const model::Column& column : spec.columns) rows_.columns.emplace_back(column.name);
  }

  void add(std::span<const Text> labels, std::initializer_list<std::string> values) {
    for (const Text label : labels) rows_.cells.add(label);
    for (const std::string& value : values) rows_.cells.add(value);
  }

  pg::Rows take() { return std::move(rows_); }

 private:
  pg::Rows rows_;
};

/// The groups with the biggest first, those of equal size in the order of their labels.
template <std::size_t N, typename Group, typename Size>
auto ranked(const std::map<std::array<Text, N>, Group>& groups, Size size) {
  std::vector<std::pair<std::array<Text, N>, Group>> all(groups.begin(), groups.end());
  std::ranges::stable_sort(all, std::ranges::greater(),
                           [&](const auto& group) { return size(group.second); });
  return all;
}

pg::Rows session_states(const CollectorSpec& spec, const Processes& processes) {
  constexpr std::array<Text, 6> kStates = {
      "active",  "idle", kIdleInTransaction, "idle in transaction (aborted)", "fastpath function call",
      "disabled"};
  struct Seen {
    std::size_t count = 0;
    double oldest = 0;
  };
  std::map<std::array<Text, 7>, Seen> groups;
  std::set<std::pair<Text, Text>> taken;
  for (const Process& p : processes) {
    if (p.text(datname).empty()) continue;
    // Stays where nobody is in it; that it has no type tells it from those of sessions.
    for (const Text each : kStates) groups.try_emplace({p.text(datname), each});
    if (p.text(state).empty()) continue;
    taken.emplace(p.text(datname), p.text(state));
    Seen& seen = groups[{p.text(datname), p.text(state), p.text(usename), p.text(application_name),
                         p.text(backend_type), p.text(wait_event_type), p.text(wait_event)}];
    ++seen.count;
    seen.oldest = std::max(seen.oldest, p.number(xact_age).value_or(0));
  }
  for (const auto& [database, each] : taken) groups.erase({database, each});
  Table table(spec);
  for (const auto& [labels, seen] :
       ranked(groups, [](const Seen& s) { return std::pair(s.count, s.oldest); }))
    table.add(labels, {std::to_string(seen.count), base::number(seen.oldest)});
  return table.take();
}

pg::Rows session_ages(const CollectorSpec& spec, const Processes& processes) {
  struct Ages {
    model::Histogram transactions, queries, idle;
  };
  std::map<std::array<Text, 1>, Ages> databases;
  const auto columns = spec.columns;
  const Ages none{model::Histogram(columns[1].bounds.each), model::Histogram(columns[2].bounds.each),
                  model::Histogram(columns[3].bounds.each)};
  for (const Process& p : processes) {
    if (p.text(datname).empty() || !p.is_clients()) continue;
    Ages& ages = databases.try_emplace({p.text(datname)}, none).first->second;
    if (const auto age = p.number(xact_age)) ages.transactions.observe(*age);
    if (const auto age = p.number(query_age); age && p.text(state) == "active") ages.queries.observe(*age);
    if (const auto age = p.number(state_age); age && p.text(state).starts_with(kIdleInTransaction))
      ages.idle.observe(*age);
  }
  Table table(spec);
  for (const auto& [labels, ages] : databases)
    table.add(labels, {ages.transactions.cell(), ages.queries.cell(), ages.idle.cell()});
  return table.take();
}

pg::Rows idle_times(const CollectorSpec& spec, const Processes& processes) {
  std::map<std::array<Text, 2>, model::Histogram> groups;
  for (const Process& p : processes) {
    const auto age = p.number(state_age);
    if (!age || !p.is_clients() || !p.text(state).starts_with("idle")) continue;
    groups.try_emplace({p.text(state), p.text(application_name)}, spec.columns[2].bounds.each)
        .first->second.observe(*age);
  }
  Table table(spec);
  for (const auto& [labels, ages] : groups) table.add(labels, {ages.cell()});
  return table.take();
}

template <std::size_t N>
pg::Rows counted(const CollectorSpec& spec, const std::map<std::array<Text, N>, std::size_t>& groups) {
  Table table(spec);
  for (const auto& [labels, count] : ranked(groups, std::identity()))
    table.add(labels, {std::to_string(count)});
  return table.take();
}

pg::Rows session_kinds(const CollectorSpec& spec, const Processes& processes) {
  std::map<std::array<Text, 1>, std::size_t> types = {
      {{kClient}, 0}, {{"autovacuum worker"}, 0}, {{"parallel worker"}, 0}, {{"walsender"}, 0}};
  for (const Process& p : processes)
    if (!p.text(backend_type).empty()) ++types[{p.text(backend_type)}];
  return counted(spec, types);
}

pg::Rows session_waits(const CollectorSpec& spec, const Processes& processes) {
  std::map<std::array<Text, 2>, std::size_t> events;
  for (const Process& p : processes)
    if (!p.text(wait_event_type).empty() && p.text(wait_event_type) != "Activity")
      ++events[{p.text(wait_event_type), p.text(wait_event)}];
  return counted(spec, events);
}

pg::Rows open_transactions(const CollectorSpec& spec, const Processes& processes) {
  std::size_t count = 0;
  double oldest = 0;
  for (const Process& p : processes) {
    const auto age = p.number(xact_age);
    if (!age || p.is_ours() || p.text(state) == "idle" || p.text(backend_type) == "autovacuum worker")
      continue;
    ++count;
    oldest = std::max(oldest, *age);
  }
  Table table(spec);
  table.add({}, {std::to_string(count), base::number(oldest), base::number(oldest)});
  return table.take();
}

/// "autovacuum: VACUUM ANALYZE public.bill (to prevent wraparound)", as autovacuum.c puts it together.
struct Task {
  Text schema;
  Text relation;
  bool prevents_wraparound = false;
};

std::optional<Task> parse_task(Text text) {
  constexpr Text kWraparound = " (to prevent wraparound)";
  Task task;
  task.prevents_wraparound = text.ends_with(kWraparound);
  if (task.prevents_wraparound) text.remove_suffix(kWraparound.size());
  for (const Text words : {"autovacuum: VACUUM ANALYZE ", "autovacuum: VACUUM ", "autovacuum: ANALYZE "}) {
    if (!text.starts_with(words)) continue;
    text.remove_prefix(words.size());
    const auto dot = text.find('.');
    if (dot == Text::npos) return std::nullopt;
    task.schema = text.substr(0, dot);
    task.relation = text.substr(dot + 1);
    return task;
  }
  return std::nullopt;
}

pg::Rows autovacuums(const CollectorSpec& spec, const Processes& processes) {
  struct Work {
    double since = 0;
    bool prevents_wraparound = false;
  };
  std::map<std::array<Text, 3>, Work> tables;
  for (const Process& p : processes) {
    const auto since = p.number(task_start);
    const auto found = parse_task(p.text(task));
    if (since && found)
      tables.try_emplace({p.text(datname), found->schema, found->relation},
                         Work{*since, found->prevents_wraparound});
  }
  Table table(spec);
  for (const auto& [labels, work] : tables)
    table.add(labels, {base::number(work.since), work.prevents_wraparound ? "1" : "0"});
  return table.take();
}

pg::Rows xmin_horizon(const CollectorSpec& spec, const Processes& processes) {
  std::map<std::array<Text, 1>, double> holders = {
      {{"prepared"}, 0}, {{"session"}, 0}, {{"slot"}, 0}, {{"standby"}, 0}};
  const auto hold = [&](Text holder, std::optional<double> age) {
    holders[{holder}] = std::max(holders[{holder}], age.value_or(0));
  };
  for (const Process& p : processes) {
    hold("slot", p.number(slot_xmin_age));
    hold("prepared", p.number(prepared_xid_age));
    if (!p.is_ours()) hold(p.text(backend_type) == "walsender" ? "standby" : "session", p.number(xmin_age));
  }
  Table table(spec);
  for (const auto& [labels, age] : ranked(holders, std::identity())) table.add(labels, {base::number(age)});
  return table.take();
}

using SessionFold = pg::Rows (*)(const CollectorSpec&, const Processes&);

SessionFold of(Fold fold) {
  switch (fold) {
    case Fold::session_states:
      return session_states;
    case Fold::session_ages:
      return session_ages;
    case Fold::session_waits:
      return session_waits;
    case Fold::session_kinds:
      return session_kinds;
    case Fold::idle_times:
      return idle_times;
    case Fold::open_transactions:
      return open_transactions;
    case Fold::autovacuums:
      return autovacuums;
    case Fold::xmin_horizon:
      return xmin_horizon;
    default:
      return nullptr;
  }
}

}  // namespace

base::Result<pg::Rows> fold_sessions(const CollectorSpec& spec, const pg::Rows& rows) {
  const SessionFold fold = of(spec.fold);
  if (fold == nullptr || !std::ranges::equal(rows.columns, kColumns))
    return base::fail(base::ErrorKind::contract, "these are not all processes of a server");
  Processes processes;
  for (std::size_t r = 0; r < rows.cells.rows(); ++r) processes.emplace_back(rows.cells, r);
  return fold(spec, processes);
}

}  // namespace pgvigil::collect
