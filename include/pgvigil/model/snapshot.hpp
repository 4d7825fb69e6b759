#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pgvigil/base/cells.hpp"
#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/model/collector.hpp"

namespace pgvigil::model {

/// The mapped rows of one collector: cells in the order of its columns. Labels are well-formed UTF-8, not
/// escaped; values are numbers as Prometheus writes them, already scaled; NULL is no sample.
struct Sheet {
  base::Cells cells;
  std::size_t cut = 0;  ///< rows dropped because of the series budget

  bool operator==(const Sheet&) const = default;
};

/// How a collector's last run ended. "No data" is ok, not failed.
struct Outcome {
  enum class Status : std::uint8_t { ok, skipped, failed };
  Status status = Status::ok;
  std::string reason;  ///< one line for a person; empty when ok
  std::string_view
      code;  ///< of a closed set, fit for a label: an error kind, or why it was skipped; empty when ok
};

std::string_view name(Outcome::Status status);

/// One collector in one database (at cluster scope there is one part, and `database` is empty).
struct Part {
  std::string database;
  std::shared_ptr<const Sheet> sheet;  ///< the last good rows, or null once they are too old
  std::optional<base::WallTime> last_success;
  base::Millis took{0};  ///< of the last run
  Outcome outcome;       ///< of the last run
};

/// What is known of one collector.
struct Entry {
  const CollectorSpec* spec = nullptr;
  std::vector<Part> parts;  ///< never empty

  const Outcome& outcome() const;  ///< the worst of its parts
  std::optional<base::WallTime> last_success()
      const;                  ///< the oldest of its parts, nothing if one never succeeded
  base::Millis took() const;  ///< of all parts together
};

/// Everything that is known of one server after a poll. Immutable once published.
struct Snapshot {
  base::WallTime taken;
  bool up = false;             ///< the last poll that was due reached the server
  std::string down_reason;     ///< one line; empty when up
  std::string server_version;  ///< "14.23"; empty until a server was reached
  Server server = Server::postgresql;
  bool in_recovery = false;
  std::vector<Entry> entries;  ///< sorted by the collector's name
};

/// A label that a sample must carry to be counted.
struct Match {
  std::string_view label;
  std::string_view value;
};

/// The sum over the samples of `metric` that carry every one of `matches`; nothing where there is no such
/// sample.
std::optional<double> sum(const Snapshot& snapshot, std::string_view metric,
                          std::span<const Match> matches = {});

}  // namespace pgvigil::model
