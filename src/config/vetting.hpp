#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/section.hpp"
#include "pgvigil/config/user_collector.hpp"

/// What both formats of user collectors are held against.
namespace pgvigil::config {

/// The document of a file whose root must be a map; `expects` completes "it must be".
base::Result<Node> read_root(std::string_view yaml, std::string_view file_name, std::string_view expects);

/// The lines on which a collector's columns and metrics stand, by column name and by metric name.
using Lines = std::map<std::string, int, std::less<>>;

/// Who exports that metric already, or a sample of that name where it is a histogram.
struct Owner {
  std::string name;  ///< "the built-in collector wal", "the collector bills", "pgvigil itself"; empty: nobody
  bool built_in = false;  ///< of pgvigil's: not a user's
};

Owner owner_of(std::string_view metric, model::Use use, Catalogue catalogue,
               std::span<const UserCollector> earlier);

/// Whether that name of a collector is taken.
bool is_taken(std::string_view collector, Catalogue catalogue, std::span<const UserCollector> earlier);

/// Puts the collector among `all` if it is sound and its names are free. `at` is the collector's place.
Status admit(const Place& at, CollectorText text, const Lines& lines, std::vector<UserCollector>& all);

/// Whether a statement does nothing but give rows: it begins with SELECT, WITH, VALUES, TABLE or SHOW, behind
/// comments and parentheses. Others would change the session that the built-in collectors use.
bool gives_rows(std::string_view sql);

/// As a help text: on one line, with its full stop.
std::string sentence(std::string_view text);

}  // namespace pgvigil::config
