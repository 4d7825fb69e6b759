#pragma once

#include "rules/thresholds.hpp"

/// Is pgvigil there, does it see, and is the server there?
namespace pgvigil::rules {

inline constexpr Rule kPgvigilDown = {
    .id = "pgvigil_down",
    .title = "pgvigil down",
    .alert = "PgvigilDown",
    .limits = {kNoLimit, 1, Seconds(120)},
    .summary = "Prometheus cannot scrape pgvigil.",
    .description =
        "No scrape of job {{ $labels.job }} {{ with $labels.instance }}at {{ . }} {{ end }}succeeds: nothing "
        "is "
        "known of the database. First: is the process, or the pod, running?",
    .indicator = {"1 where a scrape succeeded; 0 where it failed or there is no target.", Unit::state,
                  "up{job=\"$job\"} or absent(up{job=\"$job\"}) - 1"},
    .board = "pgvigil",
    .side = Side::below,
};

inline constexpr Rule kServerDown = {
    .id = "server_down",
    .title = "Server down",
    .alert = "PostgresDown",
    .limits = {kNoLimit, 1, Seconds(60)},
    .summary = "pgvigil cannot reach the PostgreSQL server.",
    .description =
        "The last poll did not reach the server. First: the status page of pgvigil says why; then the "
        "server's log.",
    .indicator = {"1 where the last poll reached the server.", Unit::state, "pg_up"},
    .board = "overview",
    .side = Side::below,
};

inline constexpr Rule kBlind = {
    .id = "exporter_blind",
    .title = "Exporter blind",
    .alert = "PgvigilBlind",
    .limits = {kNoLimit, 3, Seconds(60)},
    .summary = "pgvigil answers scrapes but does not poll any more.",
    .description =
        "The last poll began {value} poll intervals ago (limit {limit}): what it shows is old. First: read "
        "its log, then restart it.",
    .indicator = {"Poll intervals since the last poll.", Unit::number,
                  "(time() - pgvigil_last_poll_timestamp_seconds) / pgvigil_poll_interval_seconds"},
    .board = "pgvigil",
};

inline constexpr Rule kCollectorFailing = {
    .id = "collector_failing",
    .title = "Collector failing",
    .alert = "PgvigilCollectorFailing",
    .limits = {1, kNoLimit, Seconds(600)},
    .summary = "A collector fails, or lacks a privilege, while the server is up.",
    .description =
        "Collector {{ $labels.collector }} fails: its metrics are old or missing. First: run pgvigil explain "
        "{{ $labels.collector }}.",
    .indicator = {"1 where the collector's last run succeeded, 0 where it failed or lacks a privilege.",
                  Unit::state,
                  "(pg_scrape_collector_success or pgvigil_collector_skipped{reason=\"permission\"} - 1) and "
                  "ignoring (collector, reason) pg_up == 1"},
    .board = "pgvigil",
    .side = Side::below,
};

inline constexpr Rule kSeriesCut = {
    .id = "series_cut",
    .title = "Series cut",
    .alert = "PgvigilSeriesCut",
    .limits = {1, kNoLimit, Seconds(900)},
    .summary = "A collector drops rows because its budget is used up.",
    .description =
        "Rows that collector {{ $labels.collector }} drops at each poll, the smallest first: {value}. First: "
        "raise collectors.{{ $labels.collector }}.max_rows, or select fewer databases.",
    .indicator = {"Rows over the collector's budget.", Unit::number, "pgvigil_collector_cut_rows"},
    .board = "pgvigil",
};

inline constexpr Rule kConfigReload = {
    .id = "config_reload",
    .title = "Configuration refused",
    .alert = "PgvigilConfigRefused",
    .limits = {1, kNoLimit, Seconds(300)},
    .summary = "pgvigil runs with an old configuration, because the new one has a mistake.",
    .description =
        "When pgvigil last read its configuration it refused it, and goes on with the one before; a restart "
        "would fail. "
        "First: its log says the file and line, and so does pgvigil check-config.",
    .indicator = {"1 where the configuration was sound when it was last read.", Unit::state,
                  "pgvigil_config_last_reload_successful"},
    .board = "pgvigil",
    .side = Side::below,
};

inline constexpr Rule kRestarted = {
    .id = "restarted",
    .title = "Server restarted",
    .alert = "PostgresRestarted",
    .limits = {1, kNoLimit, Seconds(0)},
    .summary = "The PostgreSQL server was restarted.",
    .description =
        "Restarts in ten minutes: {value}. First: if nobody meant to, the server's log says whether it "
        "crashed "
        "or was killed.",
    .indicator = {"Starts of the server in ten minutes, the first not counted.", Unit::number,
                  "changes(pg_postmaster_start_time_seconds[10m])"},
    .board = "overview",
};

inline constexpr Rule kPendingRestart = {
    .id = "pending_restart",
    .title = "Settings pending restart",
    .alert = "PostgresPendingRestart",
    .limits = {1, kNoLimit, Seconds(3600)},
    .summary = "Changed settings wait for a restart of the server.",
    .description =
        "Settings that were changed in the files and wait for a restart: {value}. First: select name, "
        "setting "
        "from pg_settings where pending_restart.",
    .indicator = {"Settings that wait for a restart.", Unit::number, "pg_settings_pending_restart"},
    .board = "databases",
};

}  // namespace pgvigil::rules
