#pragma once

#include "config/section.hpp"

namespace pgvigil::config {

/// The rules' limits, by rule id, in the unit of each.
Status read_thresholds(const Place& at, TargetConfig& target);

}  // namespace pgvigil::config
