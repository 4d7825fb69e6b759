#include "pgvigil/config/user_collector.hpp"

namespace pgvigil::config {

/// The views of `spec` point into this object, which never moves.
struct UserCollector::Owned {
  explicit Owned(CollectorText given) : text(std::move(given)) {
    for (const auto& query : text.queries) queries.push_back({query.since, query.sql});
    for (const auto& column : text.columns)
      columns.push_back({column.name, column.use, column.metric, column.help, column.scale, column.legacy});
    databases.assign(text.databases.begin(), text.databases.end());
    spec.name = text.name;
    spec.scope = text.scope;
    spec.role = text.role;
    spec.extension = text.extension;
    spec.interval = text.interval;
    spec.timeout = text.timeout;
    spec.max_rows = text.max_rows;
    spec.queries = queries;
    spec.columns = columns;
    spec.before = text.before;
    spec.databases = databases;
    spec.user = true;
    spec.open = text.open;
  }
  ~Owned() = default;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  CollectorText text;
  std::vector<model::Query> queries;
  std::vector<model::Column> columns;
  std::vector<std::string_view> databases;
  model::CollectorSpec spec;
};

UserCollector::UserCollector(CollectorText text) : owned_(std::make_shared<const Owned>(std::move(text))) {}

const model::CollectorSpec& UserCollector::spec() const { return owned_->spec; }

bool UserCollector::operator==(const UserCollector& other) const {
  return owned_->text == other.owned_->text;
}

}  // namespace pgvigil::config
