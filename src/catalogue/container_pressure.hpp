#pragma once

#include "catalogue/spec.hpp"

/// Pressure stall information of the database's container.
namespace pgvigil::catalogue::container_pressure {

inline constexpr auto kColumns = std::to_array<Column>({
    {"resource"},
    {"waiting_seconds", Use::counter, "pg_container_pressure_waiting_seconds_total",
     "Time in which at least one task of the container waited for the resource (cpu, memory, io)."},
});

inline constexpr CollectorSpec kSpec = {
    .name = "container_pressure", .source = model::Source::container, .columns = kColumns, .minimal = true};

}  // namespace pgvigil::catalogue::container_pressure
