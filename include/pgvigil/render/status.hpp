#pragma once

#include <span>
#include <string>
#include <string_view>

#include "pgvigil/model/rule.hpp"
#include "pgvigil/model/snapshot.hpp"

namespace pgvigil::render {

/// The status page: HTML without JavaScript, one file, light and dark by prefers-color-scheme, readable on a
/// phone; it asks for itself again after 15 seconds. First whether the server is up, then each threshold with
/// value, limits and state or the reason why there is none, then each collector with outcome, age, duration
/// and samples, the failed first. `now` is what ages are counted from; `metrics_path` is linked to; `version`
/// is pgvigil's own; `target` is its name where there are several. Every text that comes from outside is
/// escaped, bytes that are no UTF-8 are written as \xNN.
std::string status_page(const model::Snapshot& snapshot, std::span<const model::Finding> findings,
                        base::WallTime now, std::string_view metrics_path, std::string_view version,
                        std::string_view target = {});

/// The same facts as JSON. Times are seconds since the epoch; what is not known is null; the keys do not
/// change:
///
///   version       pgvigil's own
///   now           when this was written
///   server        up, reason (empty when up), version (empty until reached), in_recovery, kind ("postgresql"
///                 or "pgbouncer"), taken (null before the first poll has ended)
///   thresholds[]  in the rules' order: rule, title, unit ("ratio" or "seconds"), value or null, warning,
///   critical,
///                 state ("ok", "warning", "critical") or null, reason (why there is no value, else empty)
///   collectors[]  by name: name, outcome ("ok", "skipped", "failed"), reason (empty when ok), last_success
///   or null,
///                 duration_seconds, samples, cut (rows dropped because of the series budget)
std::string status_json(const model::Snapshot& snapshot, std::span<const model::Finding> findings,
                        base::WallTime now, std::string_view version);

}  // namespace pgvigil::render
