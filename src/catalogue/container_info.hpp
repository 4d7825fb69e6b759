#pragma once

#include "catalogue/spec.hpp"

/// Whose numbers the container metrics are, and where they were read.
namespace pgvigil::catalogue::container_info {

inline constexpr auto kColumns = std::to_array<Column>({
    {"scope"},
    {"source"},
    {"cgroup_version"},
    {"info", Use::gauge, "pg_container_info",
     "Always 1: whether the container metrics are a container's or the host's, and how they were read."},
});

inline constexpr CollectorSpec kSpec = {
    .name = "container_info", .source = model::Source::container, .columns = kColumns};

}  // namespace pgvigil::catalogue::container_info
