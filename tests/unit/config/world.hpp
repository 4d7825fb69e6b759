#pragma once

#include <array>

#include "pgvigil/model/collector.hpp"
#include "pgvigil/model/rule.hpp"

/// A small catalogue and rule table, for tests that need some of each.
namespace pgvigil::config::world {

inline constexpr model::Column kColumns[] = {{"queryid"},
                                             {"calls", model::Use::counter, "pg_calls_total", "Calls."}};
inline constexpr model::Query kQueries[] = {{13, "SELECT 1, 2"}};
inline constexpr model::CollectorSpec kStatements = {.name = "stat_statements",
                                                     .extension = "pg_stat_statements",
                                                     .interval = base::Seconds(15),
                                                     .timeout = base::Seconds(5),
                                                     .max_rows = 101,
                                                     .queries = kQueries,
                                                     .columns = kColumns};
inline constexpr model::Column kWalColumns[] = {{"size", model::Use::gauge, "pg_wal_size_bytes", "Size."}};
inline constexpr model::CollectorSpec kWal = {
    .name = "wal", .extension = {}, .queries = kQueries, .columns = kWalColumns};
inline constexpr double kBounds[] = {1, 5};
inline constexpr model::Column kIdleColumns[] = {
    {"seconds", model::Use::histogram, "pg_process_idle_seconds", "Idle times.", 1, {}, {kBounds}}};
inline constexpr model::CollectorSpec kIdle = {
    .name = "process_idle", .extension = {}, .queries = kQueries, .columns = kIdleColumns};
inline constexpr std::array<const model::CollectorSpec*, 2> kCatalogue = {&kStatements, &kWal};
inline constexpr std::array<const model::CollectorSpec*, 3> kWithHistogram = {&kIdle, &kStatements, &kWal};

constexpr model::Rule rule(std::string_view id, model::Limits limits, model::Unit unit,
                           model::Side side = model::Side::above) {
  model::Rule made;
  made.id = id;
  made.limits = limits;
  made.indicator.unit = unit;
  made.side = side;
  return made;
}
inline constexpr model::Rule kCpu = rule("cpu", {0.80, 0.90, base::Seconds(300)}, model::Unit::ratio);
inline constexpr model::Rule kHits =
    rule("hits", {0.90, 0.50, base::Seconds(300)}, model::Unit::ratio, model::Side::below);
inline constexpr model::Rule kLatency = rule("latency", {0.1, 0.5, base::Seconds(300)}, model::Unit::seconds);
inline constexpr model::Rule kRestarted =
    rule("restarted", {1, model::kNoLimit, base::Seconds(0)}, model::Unit::number);
inline constexpr std::array<const model::Rule*, 4> kRules = {&kCpu, &kHits, &kLatency, &kRestarted};

}  // namespace pgvigil::config::world
