#pragma once

#include <vector>

#include "pgvigil/doctor/doctor.hpp"

/// The checks of the table in doctor.cpp, by the file that they are in. Each gives its verdicts without its
/// name.
namespace pgvigil::doctor {

using Verdicts = std::vector<Verdict>;

inline Verdict ok(std::string message) { return {{}, Status::ok, std::move(message), {}}; }
inline Verdict warning(std::string message, Remedy remedy = {}) {
  return {{}, Status::warning, std::move(message), std::move(remedy)};
}
inline Verdict missing(std::string message, Remedy remedy = {}) {
  return {{}, Status::missing, std::move(message), std::move(remedy)};
}

/// "1 sequence", "2 sequences".
std::string counted(long count, std::string_view what);

/// Gives the role the rights of pg_monitor, or of the part of it that it lacks; it may belong to the group
/// without inheriting from it.
std::string grant(const Examination& e, std::string_view group = "pg_monitor");

/// Makes a role that pgvigil can run as; right also where it exists.
std::string make_role(std::string_view role);

// refusal.cpp
Verdict refusal(const Destination& destination, const base::Error& error);

// role.cpp
Verdicts privileges(const Examination& e);
Verdicts attributes(const Examination& e);
Verdicts role_limit(const Examination& e);
Verdicts timeouts(const Examination& e);

// databases.cpp
Verdicts databases(const Examination& e);
Verdicts sequences(const Examination& e);

// collectors.cpp
Verdicts collectors(const Examination& e);

// statements.cpp
Verdicts preload(const Examination& e);
Verdicts extension(const Examination& e);
Verdicts query_ids(const Examination& e);
Verdicts evictions(const Examination& e);
Verdicts own_statements(const Examination& e);

// server.cpp
Verdicts connection(const Examination& e);
Verdicts version(const Examination& e);
Verdicts pooler(const Examination& e);
Verdicts tracking(const Examination& e);
Verdicts reserve(const Examination& e);
Verdicts clock(const Examination& e);

// transport.cpp
Verdicts tls(const Examination& e);
Verdicts password(const Examination& e);

// host.cpp
Verdicts container(const Examination& e);
Verdicts mounts(const Examination& e);
Verdicts logs(const Examination& e);
Verdicts shutdown(const Examination& e);

}  // namespace pgvigil::doctor
