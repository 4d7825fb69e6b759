#pragma once

#include "catalogue/spec.hpp"

/// How far the server's log files were read, and how well they could be: host/log.hpp.
namespace pgvigil::catalogue::log_reading {

inline constexpr auto kColumns = std::to_array<Column>({
    {"format"},
    {"read_bytes", Use::counter, "pg_log_read_bytes_total",
     "Bytes of the server's log files that were read since pgvigil started."},
    {"unread_bytes", Use::gauge, "pg_log_unread_bytes",
     "Bytes of the server's log files that wait for the next poll, which reads 8 MiB at most."},
    {"unparsed_lines", Use::counter, "pg_log_unparsed_lines_total",
     "Lines of the server's log files that are no message in the expected format."},
    {"gaps", Use::counter, "pg_log_gaps_total",
     "Times that a log file was cut off while it was written, so that messages may not have been counted."},
});

inline constexpr CollectorSpec kSpec = {
    .name = "log_reading", .source = model::Source::logs, .columns = kColumns};

}  // namespace pgvigil::catalogue::log_reading
