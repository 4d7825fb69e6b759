#pragma once

#include "catalogue/spec.hpp"

/// How long the server takes to answer the simplest question, once a poll on the kept session: what is slow
/// here is the machine or the network, not a query. Counted for as long as pgvigil runs. collect/probe.hpp.
namespace pgvigil::catalogue::probe {

inline constexpr std::array kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                       0.025,  0.05,    0.1,    0.25,  1.0,    5.0};

inline constexpr auto kColumns = std::to_array<Column>({
    {"duration",
     Use::histogram,
     "pg_probe_duration_seconds",
     "Time from the sending of SELECT 1 to its answer, on the kept session, once a poll.",
     1,
     {},
     {kBounds}},
});

inline constexpr CollectorSpec kSpec = {
    .name = "probe", .source = model::Source::probe, .fold = model::Fold::probe, .columns = kColumns};

}  // namespace pgvigil::catalogue::probe
