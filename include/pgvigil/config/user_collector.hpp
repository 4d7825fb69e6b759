#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/base/result.hpp"
#include "pgvigil/model/collector.hpp"

/// Collectors that come from a user's file. docs/user-collectors.md describes both formats.
namespace pgvigil::config {

using Catalogue = std::span<const model::CollectorSpec* const>;

/// What a file says of one collector: a model::CollectorSpec that owns its text.
struct CollectorText {
  struct Query {
    int since = 0;
    std::string sql;

    bool operator==(const Query&) const = default;
  };

  struct Column {
    std::string name;
    model::Use use = model::Use::label;
    std::string metric = {};
    std::string help = {};
    double scale = 1;
    std::string legacy = {};

    bool operator==(const Column&) const = default;
  };

  std::string name;
  model::Scope scope = model::Scope::cluster;
  model::Role role = model::Role::any;
  std::string extension;
  base::Millis interval = std::chrono::seconds(15);
  base::Millis timeout = std::chrono::seconds(5);
  std::size_t max_rows = 1000;
  std::vector<Query> queries;
  std::vector<Column> columns;
  int before = 0;
  std::vector<std::string> databases;
  bool open = false;

  bool operator==(const CollectorText&) const = default;
};

/// A user's collector and the text that its spec views. Immutable: copies share it, and it lives as long as
/// one of them.
class UserCollector {
 public:
  explicit UserCollector(CollectorText text);

  const model::CollectorSpec& spec() const;
  bool operator==(const UserCollector& other) const;

 private:
  struct Owned;
  std::shared_ptr<const Owned> owned_;
};

/// What a file holds, and what of it is left out.
struct UserFile {
  std::vector<UserCollector> collectors;
  std::vector<std::string> notes;  ///< one line each, with FILE:LINE
};

/// Reads collectors in our own format. Their names and metrics must be free: not in `catalogue`, nor among
/// `earlier` ones, nor pgvigil's own. Errors: kind config, `FILE:LINE: what is wrong; what would be right`.
base::Result<UserFile> parse_collectors(std::string_view yaml, std::string_view file_name,
                                        Catalogue catalogue, std::span<const UserCollector> earlier);

/// Reads postgres_exporter's queries.yaml (its exporter/queries.go and namespace.go): one collector a
/// namespace. What `catalogue` exports under the same name already is left out, with a note. Where
/// `in_each_database`, what is not `master: true` runs in each database. Errors as above.
base::Result<UserFile> parse_queries(std::string_view yaml, std::string_view file_name, Catalogue catalogue,
                                     std::span<const UserCollector> earlier, bool in_each_database);

}  // namespace pgvigil::config
