#pragma once

#include "config/section.hpp"

namespace pgvigil::config {

/// The section `web:`.
Status read_web(const Place& at, Config& config);

}  // namespace pgvigil::config
