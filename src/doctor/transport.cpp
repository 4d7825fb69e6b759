#include <fmt/format.h>

#include "doctor/checks.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::doctor {

Verdicts tls(const Examination& e) {
  const std::string used = e.tls.used ? fmt::format("{}, {}", e.tls.version, e.tls.cipher) : "no TLS";
  if (!e.over_network)
    return {ok(e.tls.used ? fmt::format("{}, sslmode={}", used, e.destination.sslmode)
                          : used + ", and none is needed: the connection stays on this machine")};
  // Bound to SCRAM's proof, a session cannot have somebody in the middle either.
  const bool proven = e.destination.sslmode == "verify-full" || e.destination.channel_binding == "require";
  if (e.tls.used && proven) return {ok(fmt::format("{}, the server is proven to be itself", used))};
  const Remedy remedy{
      .configuration =
          "sslmode=verify-full sslrootcert=FILE in the dsn; or, without an authority but with SCRAM, "
          "sslmode=require channel_binding=require"};
  if (!e.tls.used) return {warning("no TLS: whoever is on the way reads and changes everything", remedy)};
  return {warning(fmt::format("{}, but with sslmode={} anybody on the way can pass for the server", used,
                              e.destination.sslmode),
                  remedy)};
}

Verdicts password(const Examination& e) {
  if (!e.destination.password_on_command_line) return {ok("none on the command line")};
  return {warning("the password in --dsn is seen by everybody who lists processes",
                  {.configuration = "passfile=FILE in the dsn instead; FILE has the line "
                                    "HOST:PORT:DATABASE:USER:PASSWORD and mode 0600"})};
}

}  // namespace pgvigil::doctor
