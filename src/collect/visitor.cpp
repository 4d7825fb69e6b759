#include "collect/visitor.hpp"

#include <algorithm>

#include "pgvigil/collect/plan.hpp"

namespace pgvigil::collect {
namespace {

constexpr base::Seconds kRound{60};  // several databases: each once in this time
constexpr std::size_t kMany = 20;    // databases: beyond it a round has no time for everything at once
constexpr base::Seconds kLongestSession{600};
constexpr std::size_t kMostSized = 2000;
constexpr base::Seconds kMostAllowance{3};  // a fifth of the default interval

}  // namespace

/// Time is saved up at a fifth of its pace, up to a limit, and spent by visits.
void Visitor::refill() {
  const auto now = clock_.steady();
  if (refilled_at_ != base::SteadyTime{})
    allowance_ = std::min<base::SteadyTime::duration>(allowance_ + (now - refilled_at_) / 5, kMostAllowance);
  refilled_at_ = now;
}

std::string Visitor::next(Ledger& ledger, const std::vector<std::string>& databases) const {
  const auto now = clock_.steady();
  std::string longest;
  // As everywhere, a tenth early is on time. With one database only its collectors' intervals count.
  base::SteadyTime longest_at = databases.size() == 1 ? now : now - kRound + kRound / 10;
  for (const std::string& database : databases) {
    const auto known = visited_.find(database);
    const auto at = known == visited_.end() ? base::SteadyTime::min() : known->second;
    if (at > longest_at || (at == longest_at && !longest.empty()) || ledger.next_due(database) > now)
      continue;
    longest = database;
    longest_at = at;
  }
  return longest;
}

base::Result<void> Visitor::enter(const std::string& database, base::SteadyTime deadline) {
  const auto now = clock_.steady();
  if (session_ && (entered_ != database || now - entered_at_ >= kLongestSession || sized_ >= kMostSized))
    disconnect();
  if (session_ && now - looked_at_ < kLookAgain) return {};
  looked_at_ = now;
  if (session_) return session_->look(deadline);
  auto session = world_->connect(database, deadline);
  observer_.connection(database, session ? nullptr : &session.error());
  if (!session) return tl::unexpected(session.error());
  session_ = std::move(*session);
  entered_ = database;
  entered_at_ = now;
  sized_ = 0;
  return {};
}

base::Result<void> Visitor::visit_one(Memory memory, const std::string& database, bool one_of_many,
                                      base::SteadyTime deadline) {
  const auto now = clock_.steady();
  const auto specs = one_of_many ? memory.ledger.due_in_turn(database, now, kRound)
                                 : memory.ledger.due(model::Scope::database, database, now);
  visited_[database] = now;
  if (auto entered = enter(database, deadline); !entered) {
    for (const model::CollectorSpec* spec : specs) {
      Record& record = memory.ledger.record(*spec, database);
      record.part.outcome = outcome_of(*spec, entered.error());
      memory.ledger.schedule(*spec, record, now);
    }
    disconnect();
    return entered;
  }
  const RoundResult round =
      run_round(*world_, observer_, clock_, memory, *session_, specs, database, deadline);
  sized_ += round.sized;
  if (round.look_again) looked_at_ = {};
  if (!round.lost) {
    if (round.lost.error().kind != base::ErrorKind::too_large)
      observer_.connection(database, &round.lost.error());
    disconnect();
  }
  return round.lost;
}

base::Result<void> Visitor::visit(Memory memory, const std::vector<std::string>& databases,
                                  base::SteadyTime deadline) {
  std::erase_if(visited_, [&](const auto& known) {
    return std::ranges::find(databases, known.first) == databases.end();
  });
  refill();
  while (allowance_.count() > 0 && clock_.steady() < deadline) {
    const std::string database = next(memory.ledger, databases);
    if (database.empty()) break;
    const auto start = clock_.steady();
    auto visited = visit_one(memory, database, databases.size() > kMany, deadline);
    allowance_ -= clock_.steady() - start;
    if (databases.size() > 1) disconnect();
    if (!visited && (visited.error().sqlstate == "57P03" || visited.error().sqlstate == "3D000"))
      return visited;
  }
  return {};
}

}  // namespace pgvigil::collect
