#include "pgvigil/catalogue/catalogue.hpp"

#include <array>

#include "catalogue/archive_status.hpp"
#include "catalogue/blocking.hpp"
#include "catalogue/buffercache_summary.hpp"
#include "catalogue/buffercache_usage.hpp"
#include "catalogue/container.hpp"
#include "catalogue/container_info.hpp"
#include "catalogue/container_pressure.hpp"
#include "catalogue/control.hpp"
#include "catalogue/control_info.hpp"
#include "catalogue/database.hpp"
#include "catalogue/database_checksums.hpp"
#include "catalogue/database_conflicts.hpp"
#include "catalogue/database_wraparound.hpp"
#include "catalogue/extensions.hpp"
#include "catalogue/file_settings.hpp"
#include "catalogue/hba_file_rules.hpp"
#include "catalogue/ident_file_mappings.hpp"
#include "catalogue/index_bloat.hpp"
#include "catalogue/locks.hpp"
#include "catalogue/log_directory.hpp"
#include "catalogue/log_messages.hpp"
#include "catalogue/log_reading.hpp"
#include "catalogue/long_running_transactions.hpp"
#include "catalogue/mounts.hpp"
#include "catalogue/partitioned_tables.hpp"
#include "catalogue/pgbouncer_config.hpp"
#include "catalogue/pgbouncer_databases.hpp"
#include "catalogue/pgbouncer_lists.hpp"
#include "catalogue/pgbouncer_pools.hpp"
#include "catalogue/pgbouncer_stats.hpp"
#include "catalogue/postmaster.hpp"
#include "catalogue/prepared_transactions.hpp"
#include "catalogue/probe.hpp"
#include "catalogue/process_idle.hpp"
#include "catalogue/publications.hpp"
#include "catalogue/recovery.hpp"
#include "catalogue/replication.hpp"
#include "catalogue/replication_senders.hpp"
#include "catalogue/replication_slots.hpp"
#include "catalogue/replication_slots_invalidation.hpp"
#include "catalogue/replication_slots_position.hpp"
#include "catalogue/replication_slots_wal_status.hpp"
#include "catalogue/role_attributes.hpp"
#include "catalogue/roles.hpp"
#include "catalogue/schema_indexes.hpp"
#include "catalogue/schema_invalid_indexes.hpp"
#include "catalogue/schema_keyless_tables.hpp"
#include "catalogue/schema_redundant_indexes.hpp"
#include "catalogue/schema_relations.hpp"
#include "catalogue/schema_tables.hpp"
#include "catalogue/schema_unindexed_foreign_keys.hpp"
#include "catalogue/sequences.hpp"
#include "catalogue/setting_info.hpp"
#include "catalogue/settings.hpp"
#include "catalogue/settings_pending_restart.hpp"
#include "catalogue/shmem_allocations.hpp"
#include "catalogue/stat_activity.hpp"
#include "catalogue/stat_activity_ages.hpp"
#include "catalogue/stat_activity_autovacuum.hpp"
#include "catalogue/stat_activity_backends.hpp"
#include "catalogue/stat_activity_waits.hpp"
#include "catalogue/stat_archiver.hpp"
#include "catalogue/stat_bgwriter.hpp"
#include "catalogue/stat_checkpointer.hpp"
#include "catalogue/stat_database.hpp"
#include "catalogue/stat_io.hpp"
#include "catalogue/stat_progress.hpp"
#include "catalogue/stat_progress_vacuum.hpp"
#include "catalogue/stat_progress_vacuum_phase.hpp"
#include "catalogue/stat_recovery_prefetch.hpp"
#include "catalogue/stat_replication.hpp"
#include "catalogue/stat_replication_slots.hpp"
#include "catalogue/stat_slru.hpp"
#include "catalogue/stat_ssl.hpp"
#include "catalogue/stat_statements.hpp"
#include "catalogue/stat_statements_detail.hpp"
#include "catalogue/stat_statements_info.hpp"
#include "catalogue/stat_statements_text.hpp"
#include "catalogue/stat_subscription.hpp"
#include "catalogue/stat_user_functions.hpp"
#include "catalogue/stat_user_indexes.hpp"
#include "catalogue/stat_user_indexes_rows.hpp"
#include "catalogue/stat_user_tables.hpp"
#include "catalogue/stat_user_tables_scans.hpp"
#include "catalogue/stat_wal.hpp"
#include "catalogue/stat_wal_receiver.hpp"
#include "catalogue/static.hpp"
#include "catalogue/statio_user_indexes.hpp"
#include "catalogue/statio_user_tables.hpp"
#include "catalogue/subscription_tables.hpp"
#include "catalogue/table_bloat.hpp"
#include "catalogue/table_freeze_age.hpp"
#include "catalogue/table_pages.hpp"
#include "catalogue/table_size.hpp"
#include "catalogue/table_size_skipped.hpp"
#include "catalogue/tablespaces.hpp"
#include "catalogue/temp_files.hpp"
#include "catalogue/tls.hpp"
#include "catalogue/tls_info.hpp"
#include "catalogue/wal.hpp"
#include "catalogue/xmin_horizon.hpp"

namespace pgvigil::catalogue {
namespace {

constexpr auto kCollectors = std::to_array<const model::CollectorSpec*>({
    &archive_status::kSpec,
    &blocking::kSpec,
    &buffercache_summary::kSpec,
    &buffercache_usage::kSpec,
    &container::kSpec,
    &container_info::kSpec,
    &container_pressure::kSpec,
    &control::kSpec,
    &control_info::kSpec,
    &database::kSpec,
    &database_checksums::kSpec,
    &database_conflicts::kSpec,
    &database_wraparound::kSpec,
    &extensions::kSpec,
    &file_settings::kSpec,
    &hba_file_rules::kSpec,
    &ident_file_mappings::kSpec,
    &index_bloat::kSpec,
    &locks::kSpec,
    &log_directory::kSpec,
    &log_messages::kSpec,
    &log_reading::kSpec,
    &long_running_transactions::kSpec,
    &mounts::kSpec,
    &partitioned_tables::kSpec,
    &pgbouncer_config::kSpec,
    &pgbouncer_databases::kSpec,
    &pgbouncer_lists::kSpec,
    &pgbouncer_pools::kSpec,
    &pgbouncer_stats::kSpec,
    &postmaster::kSpec,
    &prepared_transactions::kSpec,
    &probe::kSpec,
    &process_idle::kSpec,
    &publications::kSpec,
    &recovery::kSpec,
    &replication::kSpec,
    &replication_senders::kSpec,
    &replication_slots::kSpec,
    &replication_slots_invalidation::kSpec,
    &replication_slots_position::kSpec,
    &replication_slots_wal_status::kSpec,
    &role_attributes::kSpec,
    &roles::kSpec,
    &schema_indexes::kSpec,
    &schema_invalid_indexes::kSpec,
    &schema_keyless_tables::kSpec,
    &schema_redundant_indexes::kSpec,
    &schema_relations::kSpec,
    &schema_tables::kSpec,
    &schema_unindexed_foreign_keys::kSpec,
    &sequences::kSpec,
    &setting_info::kSpec,
    &settings::kSpec,
    &settings_pending_restart::kSpec,
    &shmem_allocations::kSpec,
    &stat_activity::kSpec,
    &stat_activity_ages::kSpec,
    &stat_activity_autovacuum::kSpec,
    &stat_activity_backends::kSpec,
    &stat_activity_waits::kSpec,
    &stat_archiver::kSpec,
    &stat_bgwriter::kSpec,
    &stat_checkpointer::kSpec,
    &stat_database::kSpec,
    &stat_io::kSpec,
    &stat_progress::kSpec,
    &stat_progress_vacuum::kSpec,
    &stat_progress_vacuum_phase::kSpec,
    &stat_recovery_prefetch::kSpec,
    &stat_replication::kSpec,
    &stat_replication_slots::kSpec,
    &stat_slru::kSpec,
    &stat_ssl::kSpec,
    &stat_statements::kSpec,
    &stat_statements_detail::kSpec,
    &stat_statements_info::kSpec,
    &stat_statements_text::kSpec,
    &stat_subscription::kSpec,
    &stat_user_functions::kSpec,
    &stat_user_indexes::kSpec,
    &stat_user_indexes_rows::kSpec,
    &stat_user_tables::kSpec,
    &stat_user_tables_scans::kSpec,
    &stat_wal::kSpec,
    &stat_wal_receiver::kSpec,
    &server_static::kSpec,
    &statio_user_indexes::kSpec,
    &statio_user_tables::kSpec,
    &subscription_tables::kSpec,
    &table_bloat::kSpec,
    &table_freeze_age::kSpec,
    &table_pages::kSpec,
    &table_size::kSpec,
    &table_size_skipped::kSpec,
    &tablespaces::kSpec,
    &temp_files::kSpec,
    &tls::kSpec,
    &tls_info::kSpec,
    &wal::kSpec,
    &xmin_horizon::kSpec,
});

static_assert(!model::fault(kCollectors),
              "a built-in collector is unsound: model/collector_fault.hpp says why");

}  // namespace

std::span<const model::CollectorSpec* const> collectors() { return kCollectors; }

}  // namespace pgvigil::catalogue
