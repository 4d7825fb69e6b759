#pragma once

#include <span>
#include <string>
#include <vector>

#include "pgvigil/model/collector.hpp"
#include "pgvigil/model/snapshot.hpp"
#include "pgvigil/pg/facts.hpp"

namespace pgvigil::collect {

/// What is to be done for one collector: run `sql`, or nothing, for the reason that `skipped` gives.
struct Planned {
  const model::CollectorSpec* spec = nullptr;
  std::string
      sql;  ///< the staircase's step for this server, the extension's schema filled in; empty for a reader
  model::Outcome skipped;  ///< status skipped, or ok when the collector is to run
};

/// What kind of server a session is with.
model::Server server(const pg::ServerFacts& facts);

/// Chooses for each spec the SQL that fits the server. Pure.
std::vector<Planned> plan(std::span<const model::CollectorSpec* const> specs, const pg::ServerFacts& facts);

/// The outcome of an error: lacking a privilege, a loaded extension or not being visible is skipped, the rest
/// failed.
model::Outcome outcome_of(const model::CollectorSpec& spec, const base::Error& error);

}  // namespace pgvigil::collect
