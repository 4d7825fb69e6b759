#pragma once

#include <array>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "fake_world.hpp"
#include "pgvigil/collect/poller.hpp"

namespace pgvigil::collect {

inline constexpr base::Seconds kInterval{15};

/// A poller, the server it watches and the clock of both. A test adds collectors, then polls.
class PollerStory : public testing::Test {
 protected:
  using Entry = model::Entry;

  /// A collector of one label and one value, asked with a statement of its own name. Add them in the order of
  /// names.
  model::CollectorSpec& add(std::string_view name, model::Scope scope = model::Scope::cluster) {
    model::CollectorSpec& spec = specs_.emplace_back();
    spec.name = name;
    spec.scope = scope;
    spec.queries = queries_.emplace_back(std::array{model::Query{13, name}});
    spec.columns = kColumns;
    return spec;
  }
  model::CollectorSpec& add_at_database_scope(std::string_view name) {
    return add(name, model::Scope::database);
  }

  void add_database(std::string name) {
    server_.facts.databases.push_back({std::move(name)});
    std::ranges::sort(server_.facts.databases, {}, &pg::Database::name);
  }
  void drop_database(std::string_view name) {
    std::erase_if(server_.facts.databases,
                  [&](const pg::Database& database) { return database.name == name; });
  }

  void fails(std::string_view statement, base::ErrorKind kind, std::string sqlstate,
             base::Millis takes = base::Millis(0)) {
    const base::Error error{kind, "the server said no", std::move(sqlstate)};
    server_.answers.insert_or_assign(std::string(statement), Answer{tl::unexpected(error), takes});
  }
  void times_out(std::string_view statement) {
    fails(statement, base::ErrorKind::timeout, "57014", base::Seconds(5));
  }
  void takes(std::string_view statement, base::Millis time) {
    server_.answers.insert_or_assign(std::string(statement),
                                     Answer{rows({"datname", "value"}, {{"x", "1"}}), time});
  }
  void recovers(std::string_view statement) { server_.answers.erase(server_.answers.find(statement)); }

  void server_is_down() {
    server_.closed[""] = {base::ErrorKind::connect, "connection refused", {}};
    server_.cut_sessions();
  }
  void server_is_up() { server_.closed.clear(); }

  /// Polls when the next poll is due, the first at once.
  const model::Snapshot& poll() {
    if (!poller_) {
      for (const model::CollectorSpec& spec : specs_) pointers_.push_back(&spec);
      poller_ = std::make_unique<Poller>(pointers_, options_, server_, diary_, clock_);
    } else {
      clock_.advance_to(poller_->next_poll());
    }
    snapshot_ = poller_->poll();
    return *snapshot_;
  }
  void poll_for(base::Seconds time) {
    const auto end = clock_.steady() + time;
    poll();
    while (poller_->next_poll() <= end) poll();
  }
  base::Millis until_next_poll() const {
    return std::chrono::duration_cast<base::Millis>(poller_->next_poll() - clock_.steady());
  }

  const model::Entry& entry(std::string_view name) const {
    return *std::ranges::find(snapshot_->entries, name, [](const Entry& e) { return e.spec->name; });
  }
  const model::Part& part(std::string_view name, std::string_view database = "") const {
    const auto& parts = entry(name).parts;
    const auto found = std::ranges::find(parts, database, &model::Part::database);
    return found == parts.end() ? kNoPart : *found;
  }
  std::vector<std::string> databases_of(std::string_view name) const {
    std::vector<std::string> databases;
    for (const model::Part& each : entry(name).parts) databases.push_back(each.database);
    return databases;
  }

  ManualClock clock_;
  FakeServer server_{clock_};
  Diary diary_;
  PollerOptions options_{kInterval, {}, {}};
  std::shared_ptr<const model::Snapshot> snapshot_;
  std::unique_ptr<Poller> poller_;

 private:
  static constexpr std::array kColumns = {model::Column{"datname"},
                                          model::Column{"value", model::Use::gauge, "pg_value", "Value."}};
  inline static const model::Part kNoPart = {"there is no such part", {}, {}, {}, {}};

  std::list<std::array<model::Query, 1>> queries_;
  std::list<model::CollectorSpec> specs_;
  std::vector<const model::CollectorSpec*> pointers_;
};

}  // namespace pgvigil::collect
