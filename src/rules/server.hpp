#pragma once

#include "rules/thresholds.hpp"

/// What is wrong with the server itself, or soon will be: its certificate, its data pages, its indexes,
/// panics.
namespace pgvigil::rules {

inline constexpr Rule kCertificate = {
    .id = "certificate",
    .title = "Certificate expires",
    .alert = "PostgresCertificateExpires",
    .limits = {1209600, 259200, Seconds(300)},
    .summary = "The server's certificate expires soon.",
    .description =
        "Time until the server's certificate expires: {value} (limit {limit}); from then on clients that "
        "verify it do not connect. First: put the new certificate into ssl_cert_file, then select "
        "pg_reload_conf().",
    .indicator = {"Time until the certificate that the server shows expires.", Unit::seconds,
                  "pg_tls_server_certificate_not_after_timestamp_seconds - time()"},
    .board = "server",
    .side = Side::below,
};

// By the time of the last one: it is there however the failure came, and the alert ends by itself a day
// later.
inline constexpr Rule kChecksum = {
    .id = "checksum",
    .title = "Wrong checksum",
    .alert = "PostgresChecksumFailure",
    .limits = {kNoLimit, 86400, Seconds(0)},
    .summary = "A data page is damaged: its checksum was wrong.",
    .description =
        "A page {{ with $labels.datname }}of {{ . }} {{ end }}with a wrong checksum was found {value} ago. "
        "First: keep "
        "the last good backup, and read in the server's log which file and block it is; the disk or the "
        "memory is at fault.",
    .indicator = {"Time since a page with a wrong checksum was found last, where the cluster has checksums.",
                  Unit::seconds, "time() - pg_stat_database_checksum_last_failure_timestamp_seconds"},
    .board = "server",
    .side = Side::below,
};

// A message's SQLSTATE has a series from its first message on, at which increase() does not look; the sum of
// them begins at 0.
inline constexpr Rule kPanic = {
    .id = "panic",
    .title = "Panic in the log",
    .alert = "PostgresPanic",
    .limits = {kNoLimit, 1, Seconds(0)},
    .summary = "The server panicked: it ended all sessions and recovers from its WAL.",
    .description =
        "PANIC messages in the server's log in 15 minutes: {value}. First: read the message there: mostly "
        "the disk of "
        "pg_wal is full or fails, or a file is damaged; after ABRT the server starts anew, again and again "
        "where "
        "the cause stays.",
    .indicator =
        {"Messages of severity PANIC in 15 minutes, where the server's log is read.", Unit::number,
         "round(increase(sum without (sqlstate) (pg_log_messages_total{severity=\"PANIC\"})[15m:1m]))"},
    .board = "server",
};

inline constexpr Rule kInvalidIndexes = {
    .id = "invalid_indexes",
    .title = "Invalid indexes",
    .alert = "PostgresIndexInvalid",
    .limits = {1, kNoLimit, Seconds(3600)},
    .summary = "An index is invalid: it takes space and time, and no query uses it.",
    .description =
        "Invalid indexes in {{ $labels.datname }} that nobody is building: {value}. First: drop each and "
        "build it again, by REINDEX INDEX CONCURRENTLY.",
    // A standby has its primary's indexes, and does not see who builds one.
    .indicator = {"Indexes that an unfinished CREATE, REINDEX or DROP INDEX CONCURRENTLY has left; not on a "
                  "standby.",
                  Unit::number,
                  "pg_schema_invalid_indexes unless ignoring (datname) pg_replication_is_replica == 1"},
    .board = "databases",
};

}  // namespace pgvigil::rules
