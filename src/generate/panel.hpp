#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "generate/board.hpp"
#include "pgvigil/generate/generate.hpp"

namespace pgvigil::generate {

/// Grafana's JSON, whose keys stay in the order in which they are written here.
using Json = nlohmann::ordered_json;

/// The data source that the reader chose.
Json datasource();

/// What Grafana calls a panel's first, second and further target.
std::string letter(std::size_t index);

/// An expression or a unit of a table, with what it stands for filled in.
std::string filled(std::string_view text, const Options& options);

/// Where another board is, with the time range and the servers kept, and `more` of its variables set.
std::string board_url(std::string_view board, std::string_view more = {});

/// A property of an override.
Json property(std::string_view id, Json value);

/// A panel without its id and its place. Its lines and colours are `options`' limits of its rule.
Json draw(const Panel& panel, const Options& options);

/// Rows of the grid that it takes, of 30 pixels each.
int height(const Panel& panel);

}  // namespace pgvigil::generate
