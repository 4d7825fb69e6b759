#pragma once

#include "catalogue/spec.hpp"

/// How pgvigil's own session is encrypted: collect/tls_reader.hpp.
namespace pgvigil::catalogue::tls_info {

inline constexpr auto kColumns = std::to_array<Column>({
    {"version"},
    {"cipher"},
    {"info", Use::gauge, "pg_tls_info", "Always 1: how pgvigil's session with the server is encrypted."},
});

inline constexpr CollectorSpec kSpec = {
    .name = "tls_info", .interval = seconds(60), .source = model::Source::tls, .columns = kColumns};

}  // namespace pgvigil::catalogue::tls_info
