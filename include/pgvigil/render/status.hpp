#pragma once

#include <span>
#include <string>

#include "pgvigil/model/rule.hpp"
#include "pgvigil/model/snapshot.hpp"

namespace pgvigil::render {

/// The status page: HTML without JavaScript, one file, light and dark by prefers-color-scheme, readable on a phone.
/// Five thresholds with value, limit and state first, then each collector with age, duration and outcome.
/// `now` is what ages are counted from; `metrics_path` is linked to.
std::string status_page(const model::Snapshot& snapshot, std::span<const model::Finding> findings, base::WallTime now,
                        std::string_view metrics_path, std::string_view version);

/// The same facts as JSON.
std::string status_json(const model::Snapshot& snapshot, std::span<const model::Finding> findings, base::WallTime now,
                        std::string_view version);

}  // namespace pgvigil::render
