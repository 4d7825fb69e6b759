#pragma once

#include "catalogue/spec.hpp"

/// What the server writes to its log files: host/log.hpp.
namespace pgvigil::catalogue::log_messages {

inline constexpr auto kColumns = std::to_array<Column>({
    {"severity"},
    {"sqlstate"},
    {"messages", Use::counter, "pg_log_messages_total",
     "Messages in the server's log since pgvigil started, by severity and SQLSTATE."},
});

inline constexpr CollectorSpec kSpec = {.name = "log_messages",
                                        .max_rows = 200,
                                        .source = model::Source::logs,
                                        .columns = kColumns,
                                        .minimal = true};

}  // namespace pgvigil::catalogue::log_messages
