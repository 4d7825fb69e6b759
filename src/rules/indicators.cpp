#include "rules/indicators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace pgvigil::rules {
namespace {

using model::History;
using model::Match;
using model::Reading;
using model::Snapshot;

/// Why `collector` gives no value.
Reading unknown(const Snapshot& snapshot, std::string_view collector) {
  const auto entry =
      std::ranges::find(snapshot.entries, collector, [](const model::Entry& e) { return e.spec->name; });
  if (snapshot.server == model::Server::pgbouncer) return {{}, "pgbouncer's console does not tell"};
  if (entry == snapshot.entries.end()) return {{}, fmt::format("collector {} is off", collector)};
  if (!entry->outcome().reason.empty()) return {{}, entry->outcome().reason};
  if (!snapshot.up) return {{}, snapshot.down_reason};
  return {{}, fmt::format("collector {} has no sample", collector)};
}

Reading ratio(const Snapshot& snapshot, std::optional<double> part, std::optional<double> whole,
              std::string_view collector) {
  if (!part || !whole || *whole <= 0) return unknown(snapshot, collector);
  return {*part / *whole, {}};
}

struct Growth {
  double value = 0;
  double seconds = 0;
};

/// How much a running total grew over the window, and in how long; nothing before two polls.
std::optional<Growth> growth(const std::deque<model::Sample>& samples) {
  if (samples.size() < 2) return std::nullopt;
  const std::chrono::duration<double> elapsed = samples.back().at - samples.front().at;
  if (elapsed.count() <= 0) return std::nullopt;
  return Growth{samples.back().value - samples.front().value, elapsed.count()};
}

const Reading kTooEarly = {{}, "needs two polls"};

}  // namespace

Reading read_cpu(const Snapshot& snapshot, const History& history) {
  const auto limit = model::sum(snapshot, "pg_container_cpu_limit_cores");
  if (!limit || history.cpu_seconds.empty()) return unknown(snapshot, "container");
  const auto used = growth(history.cpu_seconds);
  if (!used) return kTooEarly;
  return ratio(snapshot, used->value / used->seconds, limit, "container");
}

Reading read_memory(const Snapshot& snapshot, const History&) {
  return ratio(snapshot, model::sum(snapshot, "pg_container_memory_working_set_bytes"),
               model::sum(snapshot, "pg_container_memory_limit_bytes"), "container");
}

Reading read_disk(const Snapshot& snapshot, const History&) {
  Reading fullest = unknown(snapshot, "mounts");
  for (const std::string_view role : {"data", "wal"}) {
    const std::array<Match, 1> of_role{Match{"role", role}};
    const auto size = model::sum(snapshot, "pg_mount_size_bytes", of_role);
    const auto free = model::sum(snapshot, "pg_mount_free_bytes", of_role);
    const auto available = model::sum(snapshot, "pg_mount_available_bytes", of_role);
    if (!size || !free || !available) continue;
    const double used = *size - *free;
    const Reading use = ratio(snapshot, used, used + *available, "mounts");
    if (use.value && *use.value >= fullest.value.value_or(0)) fullest = use;
  }
  return fullest;
}

Reading read_connections(const Snapshot& snapshot, const History&) {
  constexpr std::array kClients{Match{"backend_type", "client backend"}};
  return ratio(snapshot, model::sum(snapshot, "pg_stat_activity_count", kClients),
               model::sum(snapshot, "pg_settings_max_connections"), "stat_activity");
}

Reading read_latency(const Snapshot& snapshot, const History& history) {
  if (history.statement_calls.empty()) return unknown(snapshot, "stat_statements");
  const auto calls = growth(history.statement_calls);
  const auto seconds = growth(history.statement_seconds);
  if (!calls || !seconds) return kTooEarly;
  if (calls->value <= 0) return {{}, "no statement ended in the window", true};
  return {seconds->value / calls->value, {}};
}

}  // namespace pgvigil::rules
