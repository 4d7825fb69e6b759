#pragma once

#include <span>

#include "collect/ledger.hpp"
#include "pgvigil/collect/fold.hpp"
#include "pgvigil/collect/probe.hpp"
#include "pgvigil/collect/statement_texts.hpp"
#include "pgvigil/collect/world.hpp"
#include "pgvigil/model/rule.hpp"

namespace pgvigil::collect {

/// How old the facts about a server may be.
inline constexpr base::Seconds kLookAgain{60};

/// What every round of statements works on; references into the Poller.
struct Memory {
  Ledger& ledger;
  StatementFold& statements;
  StatementTexts& texts;
  ProbeFold& probe;
  model::History& history;
};

/// How a round ended. `lost` is an error where the session is of no use any more.
struct RoundResult {
  base::Result<void> lost;
  bool reached = false;     ///< the server answered at least one statement
  bool look_again = false;  ///< a statement failed in a way that old facts would explain
  std::size_t sized = 0;    ///< relations whose size was asked for
};

/// Reads what is due and does not come from SQL while there is no server to ask: a disk goes on filling.
void read_alone(World& world, Observer& observer, const base::Clock& clock, Memory memory,
                base::SteadyTime deadline);

/// Steps 3 to 5 for `specs` in one session: plan, run, fold, map; the ledger has the outcome of each.
RoundResult run_round(World& world, Observer& observer, const base::Clock& clock, Memory memory,
                      pg::Session& session, std::span<const model::CollectorSpec* const> specs,
                      std::string_view database, base::SteadyTime deadline);

}  // namespace pgvigil::collect
