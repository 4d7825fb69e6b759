#include "app/routes.hpp"

#include <algorithm>

#include "app/daemon_metrics.hpp"
#include "app/discovery.hpp"
#include "app/runbooks.hpp"
#include "app/version.hpp"
#include "pgvigil/render/index.hpp"
#include "pgvigil/render/status.hpp"
#include "pgvigil/web/query.hpp"

namespace pgvigil::app {
namespace {

constexpr const char* kHtml = "text/html; charset=utf-8";
constexpr const char* kJson = "application/json";

std::shared_ptr<const std::string> shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

web::Response plain(int status, std::string text, const char* content_type = "text/plain; charset=utf-8") {
  web::Response response;
  response.status = status;
  response.content_type = content_type;
  response.body = {shared(std::move(text))};
  return response;
}

/// The page as the poll left it, compressed once, and behind it the daemon's own metrics of now.
web::Response scraped(const std::shared_ptr<const Page>& page, std::string own, bool gzip) {
  web::Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  if (!page) {
    response.body = {shared(std::move(own))};
  } else if (!gzip) {
    response.body = page->text;
    response.body.push_back(shared(std::move(own)));
  } else {
    Deflated last = stored_part(own);
    const Zipped& zipped = page->gzip();
    response.content_encoding = "gzip";
    response.body = {gzip_header()};
    for (const auto& part : zipped.parts) response.body.emplace_back(part, &part->bytes);
    last.bytes += gzip_trailer(zipped, last);
    response.body.push_back(shared(std::move(last.bytes)));
  }
  return response;
}

/// The target that the query names. Only those that are configured: a request never says where to go.
tl::expected<std::shared_ptr<const Target>, web::Response> find(const Watch& watch,
                                                                const web::Request& request) {
  const auto name = web::parameter(request.query, "target");
  if (!name) return tl::unexpected(plain(400, "Which target? Ask for ?target=NAME; /sd lists them.\n"));
  const auto target = watch.targets.find(*name);
  if (name->empty() || target == watch.targets.end())
    return tl::unexpected(plain(404, "There is no such target. /sd lists those that are configured.\n"));
  return target->second;
}

web::Response metrics(const Watch& watch, bool gzip) {
  if (watch.named()) return scraped(nullptr, daemon_metrics(watch), false);
  const Target& target = *watch.targets.begin()->second;
  const auto page = target.page();
  return scraped(page, target.own_metrics(page.get()) + daemon_metrics(watch), gzip);
}

web::Response probe(const Watch& watch, const web::Request& request) {
  const auto target = find(watch, request);
  if (!target) return target.error();
  const auto page = (*target)->page();
  return scraped(page, (*target)->own_metrics(page.get()), request.accepts_gzip);
}

/// The answer goes to the one who sent the Host header, and no cache may keep it: whoever forges it misleads
/// but himself.
web::Response discovered(const Watch& watch, const web::Request& request, const std::string& telemetry_path) {
  if (!web::is_authority(request.host))
    return plain(400, "The Host header must be HOST or HOST:PORT: the answer repeats it.\n");
  return plain(200, service_discovery(watch, request.host, telemetry_path), kJson);
}

bool ready(const Watch& watch) {
  return std::ranges::all_of(watch.targets,
                             [](const auto& entry) { return entry.second->late() || entry.second->page(); });
}

web::Response reload(Fleet& fleet) {
  if (!fleet.watch()->lifecycle)
    return plain(403,
                 "Reloading by HTTP is off: set web.enable_lifecycle or --web.enable-lifecycle, or send "
                 "SIGHUP.\n");
  const auto done = fleet.reload();
  return done ? plain(200, "The configuration was reloaded.\n") : plain(500, done.error().message + "\n");
}

/// Whether an index of the targets is asked for, not one of them.
bool asks_index(const Watch& watch, const web::Request& request) {
  return watch.named() && !web::parameter(request.query, "target");
}

std::vector<render::IndexRow> index_rows(const Watch& watch,
                                         std::vector<std::shared_ptr<const Page>>& pages) {
  std::vector<render::IndexRow> rows;
  for (const auto& [name, target] : watch.targets) {
    const auto& page = pages.emplace_back(target->page());
    rows.push_back({name, target->up(), page ? page->snapshot.get() : nullptr, {}});
    if (page) rows.back().findings = page->findings;
  }
  return rows;
}

web::Response status(const Watch& watch, const web::Request& request, const std::string& telemetry_path,
                     base::WallTime now) {
  std::vector<std::shared_ptr<const Page>> pages;
  if (asks_index(watch, request))
    return plain(200, render::index_page(index_rows(watch, pages), telemetry_path, kVersion), kHtml);
  const auto target = watch.named() ? find(watch, request) : watch.targets.begin()->second;
  if (!target) return target.error();
  const auto page = (*target)->page();
  if (!page) return plain(503, "The first poll has not ended yet.\n");
  return plain(
      200,
      render::status_page(*page->snapshot, page->findings, now, telemetry_path, kVersion, (*target)->name()),
      kHtml);
}

web::Response status_json(const Watch& watch, const web::Request& request, base::WallTime now) {
  std::vector<std::shared_ptr<const Page>> pages;
  if (asks_index(watch, request))
    return plain(200, render::index_json(index_rows(watch, pages), now, kVersion), kJson);
  const auto target = watch.named() ? find(watch, request) : watch.targets.begin()->second;
  if (!target) return target.error();
  const auto page = (*target)->page();
  if (!page) return plain(503, R"({"error":"the first poll has not ended yet"})", kJson);
  return plain(200, render::status_json(*page->snapshot, page->findings, now, kVersion), kJson);
}

}  // namespace

std::map<std::string, web::Route> routes(Fleet& fleet, const std::string& telemetry_path,
                                         const base::Clock& clock) {
  std::map<std::string, web::Route> routes;
  using web::Request;
  routes[telemetry_path] = [&fleet](const Request& request) {
    return metrics(*fleet.watch(), request.accepts_gzip);
  };
  routes["/probe"] = [&fleet](const Request& request) { return probe(*fleet.watch(), request); };
  routes["/sd"] = [&fleet, telemetry_path](const Request& request) {
    return discovered(*fleet.watch(), request, telemetry_path);
  };
  routes["/-/healthy"] = [](const Request&) { return plain(200, "pgvigil is alive.\n"); };
  routes["/-/ready"] = [&fleet](const Request&) {
    return ready(*fleet.watch()) ? plain(200, "pgvigil is ready.\n")
                                 : plain(503, "The first poll has not ended yet.\n");
  };
  routes["POST /-/reload"] = [&fleet](const Request&) { return reload(fleet); };
  routes["/"] = [&fleet, &clock, telemetry_path](const Request& request) {
    return status(*fleet.watch(), request, telemetry_path, clock.wall());
  };
  routes["/api/v1/status"] = [&fleet, &clock](const Request& request) {
    return status_json(*fleet.watch(), request, clock.wall());
  };
  add_runbooks(routes);
  return routes;
}

}  // namespace pgvigil::app
