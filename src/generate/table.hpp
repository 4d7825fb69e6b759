#pragma once

#include "generate/panel.hpp"

/// What only a table panel has: its columns, made from labels and values.
namespace pgvigil::generate {

/// Joins the targets' rows by their labels, and keeps the columns that the table names, in its order.
Json table_transformations(const Panel& panel);

/// Unit, width, colours and link of each column.
Json table_overrides(const Panel& panel, const Options& options);

Json table_options(const Panel& panel);

}  // namespace pgvigil::generate
