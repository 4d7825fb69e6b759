#pragma once

#include <span>
#include <string>
#include <string_view>

#include "pgvigil/model/collector.hpp"

namespace pgvigil::generate {

/// `text` as a cell of a Markdown table.
std::string cell(std::string_view text);

/// docs/metrics.md: a section a collector, a line a metric.
std::string metrics_page(std::span<const model::CollectorSpec* const> catalogue);

}  // namespace pgvigil::generate
