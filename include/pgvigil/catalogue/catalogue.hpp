#pragma once

#include <span>

#include "pgvigil/model/collector.hpp"

/// The built-in collectors: tables in src/catalogue, one header each, checked by the compiler. Names, types
/// and labels are postgres_exporter's wherever it exports the quantity.
namespace pgvigil::catalogue {

/// All of them, sorted by name; they live as long as the program.
std::span<const model::CollectorSpec* const> collectors();

}  // namespace pgvigil::catalogue
