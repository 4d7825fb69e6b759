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
inline constexpr std::array<const model::CollectorSpec*, 2> kCatalogue = {&kStatements, &kWal};

inline constexpr model::Rule kCpu = {"cpu", "CPU", {0.80, 0.90, base::Seconds(300)},        "",
                                     "",    "",    {"cpu", model::Unit::ratio, "", nullptr}};
inline constexpr model::Rule kLatency = {"latency",
                                         "Latency",
                                         {0.1, 0.5, base::Seconds(300)},
                                         "",
                                         "",
                                         "",
                                         {"latency", model::Unit::seconds, "", nullptr}};
inline constexpr std::array<const model::Rule*, 2> kRules = {&kCpu, &kLatency};

}  // namespace pgvigil::config::world
