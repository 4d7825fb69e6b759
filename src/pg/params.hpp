#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"

namespace pgvigil::pg {

/// libpq's connection parameters as keyword and value, in the form that PQconnectStartParams takes.
class Params {
 public:
  /// Parses a conninfo string or URI. The error (kind config) names the fault and holds no password.
  static base::Result<Params> parse(const std::string& conninfo);

  void set(std::string_view keyword, std::string_view value);
  void set_default(std::string_view keyword, std::string_view value);
  void erase(std::string_view keyword);
  std::string get(std::string_view keyword) const;

  /// How many hosts are named, by name or by address; at least 1.
  std::size_t hosts() const;
  /// Leaves the hosts behind the one at that port; false where there are none, and nothing is changed.
  bool drop_hosts_through(std::string_view host, std::string_view port);

  /// Null-terminated arrays; they live as long as this object is not changed.
  std::vector<const char*> keywords() const;
  std::vector<const char*> values() const;

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

/// What every session of ours starts with, unless the conninfo says otherwise.
void add_session_defaults(Params& params);

}  // namespace pgvigil::pg
