#pragma once

#include <map>
#include <string>

#include "pgvigil/model/snapshot.hpp"

namespace pgvigil::render {

/// Labels that every sample carries, by name.
using ConstantLabels = std::map<std::string, std::string>;

/// The snapshot in Prometheus' text format 0.0.4: each family once, in the catalogue's order.
/// HELP and label values are escaped as the format asks.
std::string exposition(const model::Snapshot& snapshot, const ConstantLabels& labels = {});

}  // namespace pgvigil::render
