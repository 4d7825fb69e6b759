#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/sections.hpp"
#include "report/text.hpp"

namespace pgvigil::report {
namespace {

constexpr double kMib = 1024.0 * 1024;
constexpr double kGib = 1024 * kMib;
constexpr double kDay = 86'400;

struct Suggestion {
  std::string now;
  std::string suggested;
  std::string why;
};

using Maybe = std::optional<Suggestion>;

double down_to(double value, double unit) { return std::floor(value / unit) * unit; }
double power_of_two(double value) { return std::exp2(std::ceil(std::log2(value))); }
double per_day(const Instance& instance, double sum) { return sum * kDay / instance.seconds_with_data(); }

/// A quarter of the memory is what PostgreSQL's documentation begins with.
Maybe shared_buffers(const Instance& instance) {
  constexpr double kGoodHits = 0.95;
  constexpr double kFew = 100;  // blocks a second, on average
  const auto now = instance.setting("shared_buffers_bytes");
  const auto memory = instance.value(Ask::memory_limit);
  const auto peak = instance.value(Ask::memory_peak);
  const double hit = instance.sum(Ask::blocks_hit).value_or(0);
  const double read = instance.sum(Ask::blocks_read).value_or(0);
  if (!now || !memory || !peak || hit + read < kFew * instance.seconds_with_data()) return std::nullopt;
  const double wanted = down_to(*memory / 4, 64 * kMib);
  const double ratio = hit / (hit + read);
  if (ratio >= kGoodHits || *now >= wanted || *peak + wanted - *now > 0.85 * *memory) return std::nullopt;
  return Suggestion{
      bytes(*now), bytes(wanted),
      fmt::format("{} of the blocks were found in the cache; it has {} of the memory limit of {}, "
                  "of which {} were never used",
                  percent(ratio), percent(*now / *memory), bytes(*memory), bytes(*memory - *peak))};
}

Maybe effective_cache_size(const Instance& instance) {
  const auto now = instance.setting("effective_cache_size_bytes");
  const auto memory = instance.value(Ask::memory_limit);
  if (!now || !memory || (*now <= *memory && *now >= *memory / 4)) return std::nullopt;
  return Suggestion{bytes(*now), bytes(down_to(*memory / 2, 64 * kMib)),
                    fmt::format("the planner counts on {} of the memory limit of {}", percent(*now / *memory),
                                bytes(*memory))};
}

/// Twice the mean file: in memory a sort takes more than on disk. All sessions that there were at once, each
/// with that much, stay within a quarter of the memory.
Maybe work_mem(const Instance& instance) {
  constexpr double kMuch = kGib;  // a day
  const auto now = instance.setting("work_mem_bytes");
  const auto memory = instance.value(Ask::memory_limit);
  const auto sessions = instance.value(Ask::connections_peak);
  const double files = instance.sum(Ask::temp_files).value_or(0);
  const double written = instance.sum(Ask::temp_bytes).value_or(0);
  if (!now || files < 1 || per_day(instance, written) < kMuch) return std::nullopt;
  const double wanted = power_of_two(2 * written / files / kMib) * kMib;
  const std::string why = fmt::format("{} a day went to temporary files, {} each on average",
                                      bytes(per_day(instance, written)), bytes(written / files));
  if (memory && sessions && wanted * std::max(*sessions, 1.0) <= *memory / 4 && wanted > *now)
    return Suggestion{bytes(*now), bytes(wanted), why};
  return Suggestion{bytes(*now),
                    fmt::format("{} for the statements concerned alone", bytes(std::max(wanted, 2 * *now))),
                    why + "; for all sessions the memory would not do (SET LOCAL, or ALTER ROLE … SET)"};
}

Maybe max_wal_size(const Instance& instance) {
  constexpr double kShare = 0.3;
  constexpr double kFewADay = 2;
  const auto now = instance.setting("max_wal_size_bytes");
  const auto timeout = instance.setting("checkpoint_timeout_seconds");
  const double timed = instance.value(Ask::checkpoints_timed).value_or(0);
  const double requested = instance.value(Ask::checkpoints_requested).value_or(0);
  if (!now || !timeout || requested < kShare * (timed + requested) || per_day(instance, requested) < kFewADay)
    return std::nullopt;
  const double wal = instance.value(Ask::wal_written).value_or(0) / instance.seconds_with_data();
  const double wanted = power_of_two(std::max(2 * *now, 3 * wal * *timeout) / kGib) * kGib;
  const auto available = instance.value(Ask::disk_available, {{"role", "data"}});
  if (available && wanted > *available / 4) return std::nullopt;
  return Suggestion{
      bytes(*now), bytes(wanted),
      fmt::format("{} of {} checkpoints came before their time ({} a day), each followed by a wave of "
                  "full pages in the WAL",
                  percent(requested / (timed + requested)), count(timed + requested),
                  count(per_day(instance, requested)))};
}

Maybe checkpoint_timeout(const Instance& instance) {
  constexpr double kShort = 600;
  constexpr double kMuch = kGib;  // of WAL a day
  const auto now = instance.setting("checkpoint_timeout_seconds");
  const auto wal = instance.value(Ask::wal_written);
  const auto timed = instance.value(Ask::checkpoints_timed);
  if (!now || !wal || !timed || *now >= kShort || per_day(instance, *wal) < kMuch) return std::nullopt;
  return Suggestion{
      duration(*now), "15 min",
      fmt::format("{} timed checkpoints and {} of WAL a day; fewer checkpoints write fewer full "
                  "pages, recovery after a crash takes longer",
                  count(per_day(instance, *timed)), bytes(per_day(instance, *wal)))};
}

Maybe max_connections(const Instance& instance) {
  constexpr double kFull = 0.9;
  const auto now = instance.setting("max_connections");
  const auto peak = instance.value(Ask::connections_peak);
  if (!now || !peak) return std::nullopt;
  const std::string why = fmt::format("at most {} of {} were in use at once", count(*peak), count(*now));
  if (*peak >= kFull * *now)
    return Suggestion{count(*now), "a pooler in front",
                      why + "; more sessions would cost memory and switches"};
  constexpr double kFewest = 30;
  const double wanted = std::max(std::ceil((*peak * 1.5 + 10) / 10) * 10, kFewest);
  if (wanted > 0.6 * *now) return std::nullopt;
  return Suggestion{count(*now), count(wanted),
                    why + "; each that is allowed reserves memory, and a leak would be noticed sooner"};
}

Maybe autovacuum(const Instance& instance) {
  const auto now = instance.setting("autovacuum");
  if (!now || *now != 0) return std::nullopt;
  return Suggestion{"off", "on",
                    "without it tables bloat, and the server stops at transaction id wraparound"};
}

Maybe scale_factor(const Instance& instance) {
  constexpr double kMany = 10'000;
  constexpr double kShare = 0.2;
  const auto now = instance.setting("autovacuum_vacuum_scale_factor");
  if (!now) return std::nullopt;
  for (const Series* series : instance.of(Ask::dead_rows)) {
    const double dead = series->points.back().value;
    const auto live = instance.value(Ask::live_rows, series->labels);
    if (!live || dead < kMany || dead < kShare * (dead + *live)) continue;
    return Suggestion{
        fmt::format("{}", *now), "0.05 for that table",
        fmt::format("{} of {} are dead rows ({}): {}", percent(dead / (dead + *live)),
                    code(fmt::format("{}.{}", series->label("schemaname"), series->label("relname"))),
                    count(dead), "ALTER TABLE … SET (autovacuum_vacuum_scale_factor = 0.05)")};
  }
  return std::nullopt;
}

Maybe idle_timeout(const Instance& instance) {
  constexpr double kLong = 600;
  const auto now = instance.setting("idle_in_transaction_session_timeout_seconds");
  const auto longest = instance.value(Ask::idle_longest);
  if (!now || *now != 0 || !longest || *longest < kLong) return std::nullopt;
  return Suggestion{
      "none", "10 min",
      fmt::format("a session was idle in a transaction for {}; it holds locks and keeps vacuum from "
                  "cleaning up",
                  duration(*longest))};
}

Maybe track_io_timing(const Instance& instance) {
  const auto now = instance.setting("track_io_timing");
  if (!now || *now != 0) return std::nullopt;
  return Suggestion{"off", "on",
                    "without it nobody knows how long statements wait for the disk; try "
                    "`pg_test_timing` first"};
}

struct Advice {
  std::string_view setting;
  Maybe (*given)(const Instance&);
};

constexpr std::array kAdvice = {
    Advice{"shared_buffers", shared_buffers},
    Advice{"effective_cache_size", effective_cache_size},
    Advice{"work_mem", work_mem},
    Advice{"max_wal_size", max_wal_size},
    Advice{"checkpoint_timeout", checkpoint_timeout},
    Advice{"max_connections", max_connections},
    Advice{"autovacuum", autovacuum},
    Advice{"autovacuum_vacuum_scale_factor", scale_factor},
    Advice{"idle_in_transaction_session_timeout", idle_timeout},
    Advice{"track_io_timing", track_io_timing},
};

}  // namespace

std::string setting_section(const Instance& instance) {
  if (instance.of(Ask::settings).empty())
    return instance.nothing(Ask::settings, "settings are not collected (settings), or not in the last day");
  if (!instance.has_a_day()) return no_data("less than a day of it is no ground for advice");
  Table table({"setting", ">now", ">suggested", "why"});
  for (const Advice& advice : kAdvice)
    if (const Maybe suggestion = advice.given(instance))
      table.add(
          {fmt::format("`{}`", advice.setting), suggestion->now, suggestion->suggested, suggestion->why});
  if (table.empty()) return "What was measured gives no reason to change one.\n";
  return table.text() + "\nOne at a time, and look at this report again.\n";
}

}  // namespace pgvigil::report
