#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "doctor/checks.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/doctor/sql.hpp"

namespace pgvigil::doctor {
namespace {

using base::Error;

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The address between the message's quotes, as pg_hba.conf wants it; nothing over a unix socket.
std::optional<std::string> our_address(std::string_view message) {
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF:.";
  while (!message.empty()) {
    const auto from = std::min(message.find_first_of(kDigits), message.size());
    message.remove_prefix(from);
    const std::string word(message.substr(0, message.find_first_not_of(kDigits)));
    std::array<unsigned char, 16> binary{};
    if (inet_pton(AF_INET, word.c_str(), binary.data()) == 1) return word + "/32";
    if (inet_pton(AF_INET6, word.c_str(), binary.data()) == 1) return word + "/128";
    message.remove_prefix(word.size());
  }
  return std::nullopt;
}

struct Refusal {
  std::string says;
  Remedy remedy;
};

const std::string kPassfile =
    "passfile=FILE in the dsn; FILE has the line HOST:PORT:DATABASE:USER:PASSWORD and mode 0600";

Refusal of_login(const Destination& to, const Error& error) {
  const std::string role = base::one_line(to.user);
  if (error.sqlstate == "28P01")
    return {
        fmt::format("wrong password for role {}, or there is no such role: the server tells neither", role),
        {.sql = fmt::format("\\password {}", identifier(to.user)), .configuration = kPassfile}};
  if (error.sqlstate.empty())
    return {fmt::format("the server wants a password for role {}, and there is none", role),
            {.configuration = kPassfile}};
  if (!has(error.message, "pg_hba.conf"))
    return {fmt::format("role {} does not exist, may not log in, or is authenticated by other means", role),
            {.sql = make_role(to.user)}};
  const auto address = our_address(error.message);
  Remedy remedy{.configuration = fmt::format(
                    "pg_hba.conf of the server, then SELECT pg_reload_conf():\n{:<8} {} {} {}scram-sha-256",
                    address ? "hostssl" : "local", identifier(to.database), identifier(to.user),
                    address ? *address + " " : "")};
  if (to.sslmode == "disable" || to.sslmode == "allow")
    return {fmt::format("pg_hba.conf lets no plain text in, and the dsn says sslmode={}", to.sslmode),
            {.configuration = "sslmode=verify-full sslrootcert=FILE in the dsn"}};
  return {fmt::format("pg_hba.conf has no entry that lets role {} into database {}", role,
                      base::one_line(to.database)),
          remedy};
}

Refusal too_many(const Destination& to, const Error& error) {
  if (has(error.message, to.user))
    return {"the role has used up its own connections",
            {.sql = fmt::format("ALTER ROLE {} CONNECTION LIMIT 5;", identifier(to.user))}};
  if (has(error.message, to.database))
    return {"the database has used up its own connections",
            {.sql = fmt::format("ALTER DATABASE {} CONNECTION LIMIT -1;", identifier(to.database))}};
  return {"all connections are used up; from PostgreSQL 16 on some can be kept for pgvigil",
          {.sql = fmt::format("GRANT pg_use_reserved_connections TO {};\n{}", identifier(to.user),
                              alter_system("reserved_connections", "3", true))}};
}

/// libpq's own words, which it does not translate: pgvigil has no locale.
Refusal of_libpq(const Error& error) {
  const std::string_view text = error.message;
  if (has(text, "does not support SSL") || has(text, "does not support GSSAPI"))
    return {"the dsn asks for TLS, the server has none",
            {.sql = "-- with ssl_cert_file and ssl_key_file in place\n" + alter_system("ssl", "on")}};
  if (has(text, "certificate") || has(text, "SSL error"))
    return {
        "TLS: the server's certificate is not trusted, or ours is refused",
        {.configuration = "sslrootcert=FILE in the dsn: the authority that signed the server's certificate, "
                          "which must name the dsn's host"}};
  if (has(text, "could not translate host name"))
    return {"the host's name is not resolved", {.shell = "getent hosts HOST"}};
  if (has(text, "No such file or directory"))
    return {"no server listens at this socket",
            {.configuration = "host=DIRECTORY (or an address) in the dsn"}};
  return {"the server cannot be reached: it is down, listens elsewhere, or a firewall is in between",
          {.shell = "pg_isready -h HOST -p PORT"}};
}

Refusal classify(const Destination& to, const Error& error) {
  if (error.kind == base::ErrorKind::auth) return of_login(to, error);
  if (error.kind == base::ErrorKind::timeout) {
    Refusal silent = of_libpq({error.kind, {}, {}});
    silent.says = "no answer in time: the host is down, a firewall is in between, or the server hangs";
    return silent;
  }
  if (error.sqlstate == "3D000")
    return {fmt::format("there is no database {}", base::one_line(to.database)),
            {.configuration = "dbname=postgres in the dsn, or another database of the server"}};
  if (error.sqlstate == "42501" && has(error.message, to.database))
    return {fmt::format("role {} may not enter database {}", base::one_line(to.user),
                        base::one_line(to.database)),
            {.sql = fmt::format("GRANT CONNECT ON DATABASE {} TO {};", identifier(to.database),
                                identifier(to.user))}};
  if (error.sqlstate == "53300") return too_many(to, error);
  if (error.sqlstate == "57P03")
    return {"the server starts, recovers or stops: it takes no sessions now", {}};
  if (error.sqlstate.empty() && error.kind == base::ErrorKind::connect) return of_libpq(error);
  return {"no session", {}};
}

}  // namespace

Verdict refusal(const Destination& destination, const Error& error) {
  Refusal refusal = classify(destination, error);
  return {{},
          Status::failed,
          fmt::format("{} ({})", refusal.says, base::one_line(error.message)),
          std::move(refusal.remedy)};
}

}  // namespace pgvigil::doctor
