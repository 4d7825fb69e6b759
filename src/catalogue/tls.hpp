#pragma once

#include "catalogue/spec.hpp"

/// The certificate that the server shows: collect/tls_reader.hpp.
namespace pgvigil::catalogue::tls {

inline constexpr auto kColumns = std::to_array<Column>({
    {"not_after", Use::gauge, "pg_tls_server_certificate_not_after_timestamp_seconds",
     "When the certificate that the server showed in the TLS handshake expires."},
});

inline constexpr CollectorSpec kSpec = {.name = "tls",
                                        .interval = seconds(60),
                                        .source = model::Source::tls,
                                        .columns = kColumns,
                                        .minimal = true};

}  // namespace pgvigil::catalogue::tls
