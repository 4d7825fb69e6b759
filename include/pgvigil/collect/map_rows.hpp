#pragma once

#include "pgvigil/base/result.hpp"
#include "pgvigil/model/collector.hpp"
#include "pgvigil/model/snapshot.hpp"
#include "pgvigil/pg/rows.hpp"

namespace pgvigil::collect {

/// Rows as the server sent them → the sheet that `spec` declares. Pure.
///
/// Columns are matched by name, whatever their order; a listed spec's are the rows' first cells. A label
/// `datname` that is missing at database scope is `database`. A NULL label is the empty text, a NULL value is
/// no sample; bytes that are not UTF-8 become \xNN, a long label ends in a hash of itself (base::cut); true
/// is 1 and false is 0; a histogram that the server counted is made of four columns
/// (collect/row_histogram.hpp). Rows beyond `spec.max_rows` are cut and counted. An error of kind contract: a
/// column missing or too many (an open spec: only a label that is missing), not a number where a value should
/// be, two rows with the same labels, or a user's row that names another database than the visited one.
base::Result<model::Sheet> map_rows(const model::CollectorSpec& spec, const pg::Rows& rows,
                                    std::string_view database = {});

}  // namespace pgvigil::collect
