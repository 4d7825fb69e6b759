#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/model/rule.hpp"
#include "pgvigil/model/snapshot.hpp"

namespace pgvigil::render {

/// What page and JSON say of one collector, all its databases taken together.
struct CollectorView {
  std::string_view name;
  model::Outcome::Status status = model::Outcome::Status::ok;
  std::string reason;  ///< of the worst database, which is named; empty when ok
  std::optional<base::WallTime> last_success;
  base::Millis took{0};
  std::size_t samples = 0;
  std::size_t cut = 0;
};

/// In the snapshot's order, which is by name.
std::vector<CollectorView> view(std::span<const model::Entry> entries);

/// Whether a poll has ended yet.
bool polled(const model::Snapshot& snapshot);

/// The state's name, "unknown" where there is none.
std::string_view state_name(const std::optional<model::State>& state);

}  // namespace pgvigil::render
