#pragma once

#include "generate/board.hpp"

namespace pgvigil::generate::boards {
namespace bill_inquiry {

inline constexpr auto kInquiries = std::to_array<Panel>({
    {.title = "Inquiries (요금조회)",
     .description = "Inquiries of the last minutes, by status (처리 상태).",
     .targets = {{{"sum(bill_inquiry_recent_inquiries{$server, status=\"COMPLETED\"})", "COMPLETED",
                   Look::plain, "green"},
                  {"sum(bill_inquiry_recent_inquiries{$server, status=\"PROCESSING\"})", "PROCESSING",
                   Look::plain, "blue"},
                  {"sum(bill_inquiry_recent_inquiries{$server, status=\"TIMEOUT\"})", "TIMEOUT", Look::plain,
                   "orange"},
                  {"sum(bill_inquiry_recent_inquiries{$server, status=\"FAILED\"})", "FAILED", Look::plain,
                   "red"}}},
     .stack = true},
    {.title = "Failed share (실패율)",
     .description = "Inquiries of the last minutes that failed or ran out of time, of all that ended.",
     .unit = "percentunit",
     .targets = {{{"bill_inquiry_recent_failure_ratio{$server}"}}},
     .max = 1},
    {.title = "Oldest inquiry in process (처리 중)",
     .description = "How long the oldest inquiry that is still in process has been so.",
     .unit = "s",
     .targets = {{{"bill_inquiry_oldest_processing_age_seconds{$server}"}}},
     .nothing = "No inquiry is in process"},
});

inline constexpr auto kKos = std::to_array<Panel>({
    {.title = "Circuit breaker (서킷 브레이커)",
     .description =
         "Its state at the last call to KOS. Closed: calls go through. Open: they are refused at once. Half "
         "open: a few are tried.",
     .kind = Kind::stat,
     .targets = {{{"clamp_max(max by (instance) (kos_circuit_breaker_state{$server, state=\"HALF_OPEN\"}) + "
                   "2 * max by "
                   "(instance) (kos_circuit_breaker_state{$server, state=\"OPEN\"}), 2)"}}},
     .width = 6,
     .words = Words::breaker},
    {.title = "Circuit breaker over time",
     .description = "Closed: calls go through. Open: they are refused at once. Half open: a few are tried.",
     .kind = Kind::timeline,
     .targets = {{{"clamp_max(max by (instance) (kos_circuit_breaker_state{$server, state=\"HALF_OPEN\"}) + "
                   "2 * max by "
                   "(instance) (kos_circuit_breaker_state{$server, state=\"OPEN\"}), 2)"}}},
     .width = 18,
     .height = 4,
     .words = Words::breaker},
    {.title = "Calls by result (응답 코드)",
     .description = "Calls to KOS of the last minutes, by result code.",
     .targets = {{{"sum by (result_code) (kos_recent_calls{$server})", "{{result_code}}"}}},
     .stack = true},
    {.title = "Response time (응답 시간)",
     .description = "Time that KOS took to answer, of the last minutes.",
     .unit = "s",
     .targets = {{{"kos_recent_response_mean_seconds{$server}", "mean"},
                  {"kos_recent_response_max_seconds{$server}", "longest"}}}},
    {.title = "Retries a call (재시도)",
     .description = "Retries that a call to KOS of the last minutes needed on average.",
     .targets = {{{"kos_recent_retry_mean{$server}"}}}},
});

inline constexpr auto kCache = std::to_array<Panel>({
    {.title = "Bills in the cache (요금정보 캐시)",
     .description = "Cached bills that are still valid, and those that have expired.",
     .targets = {{{"sum(bill_cache_entries{$server, freshness=\"fresh\"})", "fresh", Look::plain, "green"},
                  {"sum(bill_cache_entries{$server, freshness=\"expired\"})", "expired", Look::plain,
                   "orange"}}},
     .stack = true},
    {.title = "Customers in the cache (고객정보 캐시)",
     .description = "Cached customers that are still valid, and those that have expired.",
     .targets = {{{"sum(bill_customer_cache_entries{$server, freshness=\"fresh\"})", "fresh", Look::plain,
                   "green"},
                  {"sum(bill_customer_cache_entries{$server, freshness=\"expired\"})", "expired", Look::plain,
                   "orange"}}},
     .stack = true},
    {.title = "Age of the oldest bill",
     .description = "How long the oldest cached bill has been there.",
     .unit = "s",
     .targets = {{{"bill_cache_oldest_age_seconds{$server}"}}}},
    {.title = "Accesses of cached bills",
     .description = "Accesses that the bills now in the cache have had.",
     .targets = {{{"sum(bill_cache_accesses{$server})", "accesses"}}}},
    {.title = "Accesses of a cached bill",
     .description = "Accesses over entries: what a place in the cache is good for.",
     .targets = {{{"sum(bill_cache_accesses{$server}) / (sum(bill_cache_entries{$server}) > 0)",
                   "accesses a bill"}}}},
    {.title = "Space of the five tables",
     .description = "Disk space of the service's tables, with their indexes.",
     .unit = "bytes",
     .targets = {{{"sum by (relname) (pg_stat_user_tables_table_size_bytes{$server, "
                   "relname=~\"bill_inquiry_history|kos_inquiry_history|bill_info_cache|customer_info|system_"
                   "config\"} "
                   "+ pg_stat_user_tables_index_size_bytes{$server, "
                   "relname=~\"bill_inquiry_history|kos_inquiry_history|bill_info_cache|customer_info|system_"
                   "config\"})",
                   "{{relname}}"}}},
     .stack = true},
});

inline constexpr auto kBackups = std::to_array<Panel>({
    {.title = "Since the last good backup (백업)",
     .description = "Time since a backup last succeeded.",
     .unit = "s",
     .targets = {{{"time() - pg_backup_last_success_timestamp_seconds{$server, kind=\"backup\"}"}}},
     .rule = "backup",
     .width = 6},
    {.title = "Since the last good restore test (복구 시험)",
     .description = "Time since a backup was last restored for a test, with every row that it should have.",
     .unit = "s",
     .targets = {{{"time() - pg_backup_last_success_timestamp_seconds{$server, kind=\"restore_test\"}"}}},
     .rule = "restore_test",
     .width = 6},
    {.title = "Last run",
     .description = "Whether the last run of each kind succeeded.",
     .kind = Kind::stat,
     .targets = {{{"min by (kind) (pg_backup_last_success{$server})", "{{kind}}"}}},
     .rule = "backup_failed",
     .width = 6,
     .height = 8,
     .words = Words::success},
    {.title = "Size of the last backup",
     .description = "Bytes that the last run of each kind wrote.",
     .unit = "bytes",
     .targets = {{{"max by (kind) (pg_backup_last_size_bytes{$server})", "{{kind}}"}}},
     .width = 6},
});

inline constexpr auto kCost = std::to_array<Panel>({
    {.title = "Cost a month (비용)",
     .description =
         "Price of the data volume by its size, and of one snapshot of what is used of it, at the configured "
         "prices.",
     .kind = Kind::stat,
     .unit = kCurrency,
     .targets =
         {{{"sum(max by (instance) (pg_mount_size_bytes{$server, role=\"data\"})) / 2 ^ 30 * $disk_price",
            "volume"},
           {"sum(max by (instance) (pg_mount_size_bytes{$server, role=\"data\"} - "
            "pg_mount_free_bytes{$server, "
            "role=\"data\"})) / 2 ^ 30 * $snapshot_price",
            "snapshot"}}},
     .width = 8,
     .height = 8,
     .decimals = 2},
    {.title = "Cost a month of each database",
     .description = "The volume's price by the share of it that each database fills.",
     .unit = kCurrency,
     .targets = {{{"sum by (datname) (pg_database_size_bytes{$server, datname!~\"template[01]\"}) / 2 ^ 30 * "
                   "$disk_price",
                   "{{datname}}"}}},
     .decimals = 4,
     .stack = true},
    {.title = "Paid for and used",
     .description = "Size of the data volume, which is paid for, and what is used of it.",
     .unit = "bytes",
     .targets = {{{"sum(max by (instance) (pg_mount_size_bytes{$server, role=\"data\"}))", "size",
                   Look::reference},
                  {"sum(max by (instance) (pg_mount_size_bytes{$server, role=\"data\"} - "
                   "pg_mount_free_bytes{$server, "
                   "role=\"data\"}))",
                   "used"}}}},
});

inline constexpr auto kRows = std::to_array<Row>({
    {"Inquiries (요금조회)", kInquiries},
    {"KOS", kKos},
    {"Cache (캐시)", kCache},
    {"Backups (백업)", kBackups},
    {"Cost (비용)", kCost},
});

}  // namespace bill_inquiry

inline constexpr Board kBillInquiry = {
    .id = "bill-inquiry",
    .title = "Bill-Inquiry (요금조회)",
    .description =
        "The service as its tables show it: inquiries, calls to KOS, cache, backups, and what storage costs.",
    .variables = {},
    .rows = bill_inquiry::kRows,
};

}  // namespace pgvigil::generate::boards
