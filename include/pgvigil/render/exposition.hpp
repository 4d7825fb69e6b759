#pragma once

#include <map>
#include <span>
#include <string>

#include "pgvigil/model/snapshot.hpp"

namespace pgvigil::render {

/// Labels that every sample carries, by name.
using ConstantLabels = std::map<std::string, std::string>;

/// The snapshot in Prometheus' text format 0.0.4: each family once, in the catalogue's order.
/// HELP and label values are escaped as the format asks.
std::string exposition(const model::Snapshot& snapshot, const ConstantLabels& labels = {});

/// One table that is no collector's, in the same format: cells in the order of `columns`, as in a Sheet.
std::string exposition(std::span<const model::Column> columns, const base::Cells& cells,
                       const ConstantLabels& labels);

}  // namespace pgvigil::render
