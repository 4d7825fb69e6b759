#pragma once

#include <string>
#include <string_view>

#include "config/document.hpp"
#include "pgvigil/config/config.hpp"

namespace pgvigil::config {

/// Sets in `config` what stands in `root`, the tree of a file or a part of it. `origin` stands in front of
/// errors, with the line where there is one. On an error `config` is half changed: throw it away.
base::Result<void> apply_tree(const Node& root, std::string_view origin, Catalogue catalogue, Rules rules,
                              Config& config);

}  // namespace pgvigil::config
