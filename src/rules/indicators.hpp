#pragma once

#include "pgvigil/model/rule.hpp"

/// One function an indicator: the number that its PromQL gives, from one snapshot and what is remembered.
namespace pgvigil::rules {

/// CPU seconds used per second of the window, over the limit in cores.
model::Reading read_cpu(const model::Snapshot& snapshot, const model::History& history);

/// Working set over limit, both in bytes.
model::Reading read_memory(const model::Snapshot& snapshot, const model::History& history);

/// used / (used + available to users), as df(1) computes it; the fuller of data and WAL.
model::Reading read_disk(const model::Snapshot& snapshot, const model::History& history);

/// Client backends over max_connections; background workers and walsenders hold slots of their own.
model::Reading read_connections(const model::Snapshot& snapshot, const model::History& history);

/// Seconds of execution per call over the window; idle where there was no call.
model::Reading read_latency(const model::Snapshot& snapshot, const model::History& history);

}  // namespace pgvigil::rules
