#pragma once

#include <string>
#include <string_view>

#include "pgvigil/model/rule.hpp"

/// Numbers in texts, by their unit.
namespace pgvigil::generate {

/// "80%", "100ms", "1d 2h", "256MiB", "10MiB/s", "1.1": a number known now, as Prometheus' templates would
/// show it.
std::string amount(double value, model::Unit unit);

/// `{{ PIPELINE | humanizePercentage }}`: the same for a number that a template of Prometheus' has.
std::string template_of(std::string_view pipeline, model::Unit unit);

/// `text` with each {value} and {limit} filled in.
std::string with_numbers(std::string_view text, std::string_view value, std::string_view limit);

}  // namespace pgvigil::generate
