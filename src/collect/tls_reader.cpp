#include "collect/tls_reader.hpp"

#include "collect/number.hpp"
#include "collect/reading.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::collect {
namespace {

constexpr base::Millis kTimeout{2000};

/// When the server last read its configuration, as a time of the epoch.
base::Result<double> loaded(pg::Session& session, base::SteadyTime deadline) {
  const auto rows = pg::ask(
      session, {"conf_load_time", "SELECT extract(epoch FROM pg_catalog.pg_conf_load_time())", kTimeout},
      deadline);
  if (!rows) return tl::unexpected(rows.error());
  return to_number<double>(rows->cells.rows() == 1 ? rows->cells.at(0, 0) : std::nullopt);
}

}  // namespace

base::Result<pg::Rows> TlsReader::read(const model::CollectorSpec& spec, pg::Session* session,
                                       const Connect& connect, base::SteadyTime deadline) {
  if (session == nullptr) return base::fail(base::ErrorKind::io, "the server is down");
  auto tls = session->tls();
  if (!tls) return to_rows(spec, {});
  const pg::ServerFacts& facts = session->facts();
  if (facts.pooled || !known_ || facts.backend_start >= known_since_) {
    known_ = std::move(tls);
    known_since_ = facts.backend_start;
  }
  if (!facts.pooled) {
    const auto reloaded = loaded(*session, deadline);
    if (!reloaded) return tl::unexpected(reloaded.error());
    if (*reloaded > base::unix_seconds(known_since_)) {
      // One that fails is tried again the next time.
      const auto fresh = connect();
      if (fresh && (*fresh)->tls()) {
        known_ = (*fresh)->tls();
        known_since_ = (*fresh)->facts().backend_start;
      }
    }
  }
  Reading expiry;
  if (known_->certificate_expiry)
    expiry.emplace("pg_tls_server_certificate_not_after_timestamp_seconds",
                   base::number(base::unix_seconds(*known_->certificate_expiry)));
  return to_rows(spec,
                 {expiry, {{"version", known_->protocol}, {"cipher", known_->cipher}, {"pg_tls_info", "1"}}});
}

}  // namespace pgvigil::collect
