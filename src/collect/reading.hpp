#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/model/collector.hpp"
#include "pgvigil/pg/rows.hpp"

namespace pgvigil::collect {

/// What a reader found: one sample of each metric, with its labels, by metric's or label's name.
using Reading = std::map<std::string_view, std::string>;

/// The readings that have any of the spec's metrics, as rows with the spec's columns.
pg::Rows to_rows(const model::CollectorSpec& spec, const std::vector<Reading>& readings);

}  // namespace pgvigil::collect
