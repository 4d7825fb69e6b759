#pragma once

#include "pgvigil/base/result.hpp"
#include "pgvigil/model/collector.hpp"
#include "pgvigil/model/snapshot.hpp"
#include "pgvigil/pg/rows.hpp"

namespace pgvigil::collect {

/// Rows as the server sent them → the sheet that `spec` declares. Pure.
///
/// Columns are matched by name, whatever their order. A NULL label is the empty text, a NULL value is no
/// sample; bytes that are not UTF-8 become \xNN. Rows beyond `spec.max_rows` are cut and counted. An error of
/// kind contract: a column missing, too many or not a number where a value should be, or two rows with the
/// same labels.
base::Result<model::Sheet> map_rows(const model::CollectorSpec& spec, const pg::Rows& rows);

}  // namespace pgvigil::collect
