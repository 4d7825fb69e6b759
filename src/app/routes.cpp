#include "app/routes.hpp"

#include "app/runbooks.hpp"
#include "app/version.hpp"
#include "pgvigil/render/status.hpp"

namespace pgvigil::app {
namespace {

std::shared_ptr<const std::string> shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

web::Response plain(int status, std::string text) {
  web::Response response;
  response.status = status;
  response.body = {shared(std::move(text))};
  return response;
}

/// The page as the poll left it, compressed once, and behind it the daemon's own metrics of now.
web::Response metrics(const Target& target, bool gzip) {
  const auto page = target.page();
  std::string own = target.metrics().text(page.get(), target.up());
  web::Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  if (!page) {
    response.body = {shared(std::move(own))};
  } else if (!gzip) {
    response.body = {page->text, shared(std::move(own))};
  } else {
    const Deflated last = deflate_part(own, true);
    response.content_encoding = "gzip";
    // The compressed page lives as long as the page does.
    response.body = {shared(gzip_header()), std::shared_ptr<const std::string>(page, &page->gzip().bytes),
                     shared(last.bytes), shared(gzip_trailer(page->gzip(), last))};
  }
  return response;
}

}  // namespace

std::map<std::string, web::Route> routes(const Target& target, const std::string& telemetry_path,
                                         const base::Clock& clock) {
  std::map<std::string, web::Route> routes;
  routes[telemetry_path] = [&target](const web::Request& request) {
    return metrics(target, request.accepts_gzip);
  };
  routes["/-/healthy"] = [](const web::Request&) { return plain(200, "pgvigil is alive.\n"); };
  routes["/-/ready"] = [&target](const web::Request&) {
    return target.page() ? plain(200, "pgvigil is ready.\n")
                         : plain(503, "The first poll has not ended yet.\n");
  };
  routes["/"] = [&target, &clock, telemetry_path](const web::Request&) {
    const auto page = target.page();
    if (!page) return plain(503, "The first poll has not ended yet.\n");
    auto response = plain(
        200, render::status_page(*page->snapshot, page->findings, clock.wall(), telemetry_path, kVersion));
    response.content_type = "text/html; charset=utf-8";
    return response;
  };
  routes["/api/v1/status"] = [&target, &clock](const web::Request&) {
    const auto page = target.page();
    auto response =
        page ? plain(200, render::status_json(*page->snapshot, page->findings, clock.wall(), kVersion))
             : plain(503, R"({"error":"the first poll has not ended yet"})");
    response.content_type = "application/json";
    return response;
  };
  add_runbooks(routes);
  return routes;
}

}  // namespace pgvigil::app
