#include "pgvigil/render/thresholds.hpp"

#include <array>

#include "pgvigil/base/text.hpp"

namespace pgvigil::render {
namespace {

using model::Column;
using model::Use;

constexpr std::array kValueColumns = {
    Column{"rule"},
    Column{"value", Use::gauge, "pgvigil_threshold_value",
           "What the rule's indicator says now: a ratio, or seconds."},
    Column{"state", Use::gauge, "pgvigil_threshold_state",
           "Where the value stands now: 0 ok, 1 warning, 2 critical."},
};
constexpr std::array kLimitColumns = {
    Column{"rule"},
    Column{"severity"},
    Column{"limit", Use::gauge, "pgvigil_threshold_limit",
           "The rule's limit in the unit of its value; at or above it is over it."},
};

}  // namespace

std::string thresholds(std::span<const model::Finding> findings, const ConstantLabels& labels) {
  base::Cells values(kValueColumns.size());
  base::Cells limits(kLimitColumns.size());
  for (const model::Finding& finding : findings) {
    values.add(finding.rule->id);
    if (finding.reading.value)
      values.add(base::number(*finding.reading.value));
    else
      values.add_null();
    if (finding.state)
      values.add(base::number(static_cast<double>(*finding.state)));
    else
      values.add_null();
    for (const auto& [severity, limit] :
         {std::pair("warning", finding.limits.warning), std::pair("critical", finding.limits.critical)}) {
      limits.add(finding.rule->id);
      limits.add(severity);
      limits.add(base::number(limit));
    }
  }
  return exposition(kLimitColumns, limits, labels) + exposition(kValueColumns, values, labels);
}

}  // namespace pgvigil::render
