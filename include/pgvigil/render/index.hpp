#pragma once

#include <span>
#include <string>
#include <string_view>

#include "pgvigil/model/rule.hpp"
#include "pgvigil/model/snapshot.hpp"

namespace pgvigil::render {

/// What an index says of a target. Views.
struct IndexRow {
  std::string_view name;
  bool up = false;                            ///< whether the last poll that was due reached the server
  const model::Snapshot* snapshot = nullptr;  ///< null before the first poll has ended
  std::span<const model::Finding> findings = {};
};

/// All targets as HTML, as the status page is made: name, version, the worst state of the five thresholds or
/// why the server is down; those in trouble first. Each links to its own status page, ?target=NAME.
std::string index_page(std::span<const IndexRow> rows, std::string_view metrics_path,
                       std::string_view version);

/// The same as JSON: version, now, targets[]: name, up, reason (empty when up), version (empty until
/// reached), state ("waiting", "down", "critical", "warning", "unknown" or "ok"), taken (null before the
/// first poll).
std::string index_json(std::span<const IndexRow> rows, base::WallTime now, std::string_view version);

}  // namespace pgvigil::render
