#include "pgvigil/rules/rules.hpp"

#include <array>

#include "rules/capacity.hpp"
#include "rules/exporter.hpp"
#include "rules/pooler.hpp"
#include "rules/replication.hpp"
#include "rules/server.hpp"
#include "rules/sessions.hpp"
#include "rules/thresholds.hpp"
#include "rules/upkeep.hpp"

namespace pgvigil::rules {
namespace {

constexpr std::array kRules = {
    &kCpu,
    &kMemory,
    &kDisk,
    &kConnections,
    &kLatency,
    &kPgvigilDown,
    &kServerDown,
    &kBlind,
    &kCollectorFailing,
    &kSeriesCut,
    &kConfigReload,
    &kRestarted,
    &kPendingRestart,
    &kCertificate,
    &kChecksum,
    &kPanic,
    &kConnectionsForecast,
    &kDiskForecast,
    &kInodes,
    &kReadOnly,
    &kCpuThrottled,
    &kMemoryPressure,
    &kOomKill,
    &kSequence,
    &kLongTransaction,
    &kIdleInTransaction,
    &kLockWait,
    &kRootBlocker,
    &kPoolerWait,
    &kPoolerFull,
    &kPoolerClients,
    &kRefused,
    &kDeadlocks,
    &kRollbacks,
    &kCacheHits,
    &kTempFiles,
    &kStatementRegression,
    &kXidWraparound,
    &kMultixactWraparound,
    &kFreezeOverdue,
    &kAutovacuumBehind,
    &kInvalidIndexes,
    &kCheckpoints,
    &kBackup,
    &kRestoreTest,
    &kBackupFailed,
    &kReplicationLag,
    &kReplicationBehind,
    &kReceiver,
    &kSynchronousMissing,
    &kSubscription,
    &kSlotInactive,
    &kSlotWal,
    &kArchiver,
    &kArchiveBacklog,
};

constexpr std::array kRecords = {
    Record{"statement:pg_stat_statements_mean:seconds_rate10m",
           "rate(pg_stat_statements_seconds_total{queryid!=\"other\"}[10m]) / "
           "(rate(pg_stat_statements_calls_total{queryid!=\"other\"}[10m]) > 0)"},
    Record{"statement:pg_stat_statements_mean:seconds_rate1d_offset10m",
           "rate(pg_stat_statements_seconds_total{queryid!=\"other\"}[1d] offset 10m) / "
           "rate(pg_stat_statements_calls_total{queryid!=\"other\"}[1d] offset 10m) and "
           "increase(pg_stat_statements_calls_total{queryid!=\"other\"}[1d] offset 10m) > 100"},
};

}  // namespace

std::span<const model::Rule* const> rules() { return kRules; }

std::span<const Record> records() { return kRecords; }

}  // namespace pgvigil::rules
