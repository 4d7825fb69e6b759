#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "pgvigil/generate/generate.hpp"

/// A rule's limits as Grafana wants them.
namespace pgvigil::generate {

/// The limit of the rule of that id that is met first, coming from the good side; and the last one.
double first_limit(std::string_view rule, const Options& options);
double last_limit(std::string_view rule, const Options& options);

/// Colours of values: green where all is well. For a panel that draws `lines`, only the limits have a colour.
nlohmann::ordered_json threshold_steps(std::string_view rule, const Options& options, bool lines);

}  // namespace pgvigil::generate
