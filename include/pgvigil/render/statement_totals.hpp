#pragma once

#include <string>

#include "pgvigil/model/rule.hpp"
#include "pgvigil/render/exposition.hpp"

namespace pgvigil::render {

/// pgvigil_statements_calls_total and pgvigil_statements_seconds_total in Prometheus' text format: the newest
/// of the running totals in `history`, which begin at 0 with the daemon's first look. A sum over the series
/// by statement says the same, but from two scrapes that may show different statements. Empty while nothing
/// is known of statements.
std::string statement_totals(const model::History& history, const ConstantLabels& labels = {});

}  // namespace pgvigil::render
