#pragma once

#include <nlohmann/json.hpp>

#include "generate/board.hpp"

namespace pgvigil::generate {

/// What to show for 0, 1 and so on, with its colour, as Grafana's value mappings; empty for Words::none.
nlohmann::ordered_json mappings(Words words);

}  // namespace pgvigil::generate
