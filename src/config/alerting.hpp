#pragma once

#include "config/section.hpp"

/// The sections of what `pgvigil generate` writes.
namespace pgvigil::config {

Status read_alerting(const Place& at, Config& config);
Status read_cost(const Place& at, Config& config);

}  // namespace pgvigil::config
