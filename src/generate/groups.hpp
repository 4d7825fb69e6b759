#pragma once

#include <string>
#include <utility>
#include <vector>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/generate/generate.hpp"

/// The rules as Prometheus evaluates them, before they are written in any format.
namespace pgvigil::generate {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// One rule of a rule file: a recording one where `record` is set, else an alerting one.
struct Entry {
  std::string record;
  std::string alert;
  std::string expr;
  base::Seconds hold{0};         ///< `for`; 0: none
  base::Seconds keep_firing{0};  ///< `keep_firing_for`; 0: none
  Pairs labels;
  Pairs annotations;
};

struct Group {
  std::string name;
  base::Seconds interval{30};
  std::vector<Entry> entries;
};

/// The rule's limits as configured.
model::Limits limits_of(const model::Rule& rule, const Options& options);

/// The recording rules first, then the alerts by the board that shows them: one for each level that a rule
/// has.
std::vector<Group> groups(const Options& options);

}  // namespace pgvigil::generate
