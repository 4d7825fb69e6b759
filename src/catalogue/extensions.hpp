#pragma once

#include "catalogue/spec.hpp"

/// Extensions, in each database, because each has its own versions: after an upgrade of the packages every
/// one needs its ALTER EXTENSION. The server reads the control files of all extensions that it could have,
/// some fifty small ones, for each database: hence the interval. An extension whose files are gone is left
/// out.
namespace pgvigil::catalogue::extensions {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"extension"},
    {"version"},
    {"default_version"},
    {"update_available", Use::gauge, "pg_extension_update_available",
     "1 if the installed version of the extension is not the one that the server's files have as default."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT e.extname AS extension, e.extversion AS version, a.default_version,
       (e.extversion <> a.default_version)::int AS update_available
  FROM pg_catalog.pg_extension e
  JOIN pg_catalog.pg_available_extensions() a ON a.name = e.extname
 ORDER BY update_available DESC, e.extname)"}});

inline constexpr CollectorSpec kSpec = {.name = "extensions",
                                        .scope = model::Scope::database,
                                        .interval = seconds(300),
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::extensions
