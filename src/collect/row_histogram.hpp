#pragma once

#include "pgvigil/base/result.hpp"
#include "pgvigil/model/collector.hpp"
#include "pgvigil/pg/rows.hpp"

namespace pgvigil::collect {

/// Rows in which each column NAME of `spec` that is a histogram with its bounds by row has
/// model::Histogram's cells, as postgres_exporter's HISTOGRAM is read: made of NAME (an array of upper
/// bounds, in any order), NAME_bucket (an array of how many were not above each), NAME_sum and NAME_count,
/// which are taken out. Of arrays of two lengths the rest of the longer is ignored; a bound of Infinity is
/// the bucket of everything, which NAME_count has. NULL where one of the four is. An error of kind contract:
/// one of the three is missing beside NAME, is not what it must be, or a bound stands there twice.
base::Result<pg::Rows> with_histograms(const model::CollectorSpec& spec, const pg::Rows& rows);

}  // namespace pgvigil::collect
