#pragma once

#include "pgvigil/base/result.hpp"
#include "pgvigil/model/collector.hpp"
#include "pgvigil/pg/rows.hpp"

namespace pgvigil::collect {

/// The processes of a server, a row each, as the statement of catalogue/sessions.hpp gives them → the rows of
/// the collector `spec`, whose fold says which; the most telling first. Pure. An error of kind contract: they
/// have other columns, or the fold is not one of sessions.
base::Result<pg::Rows> fold_sessions(const model::CollectorSpec& spec, const pg::Rows& processes);

}  // namespace pgvigil::collect
