#include "pgvigil/collect/session_fold.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "collect/processes.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/model/histogram.hpp"

namespace pgvigil::collect {
namespace {

using model::CollectorSpec;
using model::Fold;
using enum Place;
using Text = std::string_view;

constexpr Text kIdleInTransaction = "idle in transaction";  // how its aborted kind begins, too

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
  std::set<Text> databases;
  std::set<std::pair<Text, Text>> taken;
  for (const Process& p : processes) {
    if (p.text(datname).empty()) continue;
    databases.insert(p.text(datname));
    if (p.text(state).empty()) continue;
    taken.emplace(p.text(datname), p.text(state));
    Seen& seen = groups[{p.text(datname), p.text(state), p.text(usename), p.text(application_name),
                         p.text(backend_type), p.text(wait_event_type), p.text(wait_event)}];
    ++seen.count;
    seen.oldest = std::max(seen.oldest, p.number(xact_age).value_or(0));
  }
  for (const Text database : databases)
    for (const Text each : kStates)
      if (!taken.contains({database, each})) groups.try_emplace({database, each});
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
  double session = 0;
  double standby = 0;
  for (const Process& p : processes) {
    double& holder = p.text(backend_type) == "walsender" ? standby : session;
    if (!p.is_ours()) holder = std::max(holder, p.number(xmin_age).value_or(0));
  }
  std::map<std::array<Text, 1>, double> holders = {{{"session"}, session}, {{"standby"}, standby}};
  const auto everywhere = [&](Place place) {
    return processes.empty() ? 0 : processes.front().number(place).value_or(0);
  };
  holders[{"slot"}] = everywhere(slot_xmin_age);
  holders[{"prepared"}] = everywhere(prepared_xid_age);
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
  if (fold == nullptr || !std::ranges::equal(rows.columns, kProcessColumns))
    return base::fail(base::ErrorKind::contract, "these are not all processes of a server");
  Processes processes;
  for (std::size_t r = 0; r < rows.cells.rows(); ++r) processes.emplace_back(rows.cells, r);
  return fold(spec, processes);
}

}  // namespace pgvigil::collect
