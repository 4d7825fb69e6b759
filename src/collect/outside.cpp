#include "pgvigil/collect/outside.hpp"

#include "collect/host_reader.hpp"
#include "collect/log_reader.hpp"
#include "collect/tls_reader.hpp"
#include "pgvigil/collect/probe.hpp"
#include "pgvigil/host/locality.hpp"
#include "pgvigil/pg/connect.hpp"

namespace pgvigil::collect {
namespace {

class Outside final : public World {
 public:
  Outside(OutsideOptions options, const base::Stop& stop, const base::Clock& clock)
      : options_(std::move(options)), stop_(stop), clock_(clock), host_(options_.mounts, clock) {
    if (!options_.logs) options_.logs = log_reader(clock);
  }

  base::Result<std::unique_ptr<pg::Session>> connect(std::string_view database,
                                                     base::SteadyTime deadline) override {
    return pg::connect(options_.conninfo, database, deadline, stop_, options_.password_file);
  }

  base::Result<pg::Rows> read(const model::CollectorSpec& spec, pg::Session* session,
                              base::SteadyTime deadline) override {
    if (spec.source == model::Source::logs)
      return options_.logs->read(spec, session,
                                 session == nullptr ? host_.remaining() : host_.postmaster(*session),
                                 options_.mounts, deadline);
    if (spec.source == model::Source::tls)
      return tls_.read(
          spec, session, [&] { return connect("", deadline); }, deadline);
    if (spec.source == model::Source::probe) return read_probe(spec, session, clock_, deadline);
    return host_.read(spec, session, deadline);
  }

  /// Cheapest sign first; the first that can tell decides.
  bool stopping(pg::Session& session) override {
    const pg::ServerFacts& facts = session.facts();
    if (const auto local = host_.postmaster(session))
      if (const auto told = host::stopping(*local, facts.data_directory)) return *told;
    if (facts.stopping_function) return asked(session);
    return options_.ping && !facts.pooled && pg::ping(options_.conninfo) == pg::Ping::rejects;
  }

 private:
  static bool asked(pg::Session& session) {
    constexpr base::Millis kTimeout{1000};
    // A session that is lost here is found out by the next poll.
    const auto rows = pg::ask(session, {"server_stopping", "SELECT audit.server_stopping()", kTimeout},
                              std::chrono::steady_clock::now() + kTimeout);
    return rows && rows->cells.rows() == 1 && rows->cells.at(0, 0) == "true";
  }

  OutsideOptions options_;
  const base::Stop& stop_;
  const base::Clock& clock_;
  HostReader host_;
  TlsReader tls_;
};

}  // namespace

base::Result<int> local_postmaster(const pg::Session& session) {
  const pg::ServerFacts& facts = session.facts();
  if (facts.pooled) return base::fail(base::ErrorKind::io, "a pooler is in between");
  const std::string address = session.peer_address();
  return host::find_postmaster(
      {session.peer_pid(), address, host::is_own_address(address), facts.backend_pid, facts.backend_start});
}

std::unique_ptr<World> outside(OutsideOptions options, const base::Stop& stop, const base::Clock& clock) {
  return std::make_unique<Outside>(std::move(options), stop, clock);
}

}  // namespace pgvigil::collect
