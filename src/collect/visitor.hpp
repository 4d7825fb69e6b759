#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collect/round.hpp"

namespace pgvigil::collect {

/// The second connection: it takes the database-scope collectors to each selected database in turn.
///
/// With one database it stays there; with several each is visited once a minute, the longest unvisited first,
/// by a fresh session. It uses at most a fifth of the time. Where databases are many, the collectors that are
/// due more rarely than once a minute take turns, so that the others' values stay young: what a visit asks of
/// them is what keeps their intervals, and no more. A session is given up after ten minutes or 2,000
/// relations sized: backends keep what they allocate (20,000 relations sized: 374 MB).
class Visitor {
 public:
  Visitor(World& world, Observer& observer, const base::Clock& clock)
      : world_(&world), observer_(observer), clock_(clock) {}

  /// Visits what is due. An error of SQLSTATE 57P03: the server takes no connections and is perhaps shutting
  /// down; of 3D000: a database is gone.
  base::Result<void> visit(Memory memory, const std::vector<std::string>& databases,
                           base::SteadyTime deadline);

  void change(World& world) { world_ = &world; }

  void disconnect() { session_.reset(); }

 private:
  std::string next(Ledger& ledger, const std::vector<std::string>& databases) const;
  base::Result<void> enter(const std::string& database, base::SteadyTime deadline);
  base::Result<void> visit_one(Memory memory, const std::string& database, bool one_of_many,
                               base::SteadyTime deadline);
  void refill();

  World* world_;
  Observer& observer_;
  const base::Clock& clock_;
  std::unique_ptr<pg::Session> session_;
  std::string entered_;
  base::SteadyTime entered_at_;
  base::SteadyTime looked_at_;
  std::size_t sized_ = 0;
  std::map<std::string, base::SteadyTime> visited_;  // when each database was last visited
  base::SteadyTime refilled_at_;
  base::SteadyTime::duration allowance_{base::Seconds(3)};
};

}  // namespace pgvigil::collect
