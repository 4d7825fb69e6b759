#include "pgvigil/render/statement_totals.hpp"

#include <array>

#include "pgvigil/base/text.hpp"

namespace pgvigil::render {
namespace {

using model::Column;
using model::Use;

constexpr std::array kColumns = {
    Column{"calls", Use::counter, "pgvigil_statements_calls_total",
           "Executions of all statements since pgvigil was started, whatever the server forgot."},
    Column{"seconds", Use::counter, "pgvigil_statements_seconds_total",
           "Time spent executing all statements since pgvigil was started, whatever the server forgot."},
};

}  // namespace

std::string statement_totals(const model::History& history, const ConstantLabels& labels) {
  if (history.statement_calls.empty() || history.statement_seconds.empty()) return {};
  base::Cells totals(kColumns.size());
  totals.add(base::number(history.statement_calls.back().value));
  totals.add(base::number(history.statement_seconds.back().value));
  return exposition(kColumns, totals, labels);
}

}  // namespace pgvigil::render
