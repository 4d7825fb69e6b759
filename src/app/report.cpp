#include "pgvigil/report/report.hpp"

#include <fmt/core.h>

#include <csignal>
#include <fstream>

#include "app/commands.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/web/fetch.hpp"

namespace pgvigil::app {
namespace {

using base::ErrorKind;

base::Result<web::FetchOptions> fetch_options(const ReportRequest& request) {
  web::FetchOptions options;
  options.ca_file = request.ca_file;
  if (request.token_file.empty()) return options;
  const auto token = base::read_file(request.token_file);
  if (!token)
    return base::fail(ErrorKind::config, "--prometheus.token-file={}: cannot be read", request.token_file);
  options.bearer_token = base::trim(*token);
  if (options.bearer_token.empty() || options.bearer_token.find_first_of("\r\n") != std::string::npos)
    return base::fail(ErrorKind::config, "--prometheus.token-file={}: holds no token", request.token_file);
  return options;
}

/// The first answer must come soon: whether there is a Prometheus at all. A query over a year may take a
/// minute.
report::Get asker(std::string url, web::FetchOptions options) {
  while (url.ends_with('/')) url.pop_back();
  options.timeout = base::Seconds(10);
  return [url = std::move(url), options = std::move(options)](const std::string& path) mutable {
    auto answer = web::fetch(url + path, options);
    options.timeout = base::Seconds(60);
    return answer;
  };
}

base::Result<std::string> analysis(const CommandLine& line, const config::Config& config) {
  const ReportRequest& request = line.report;
  if (request.url.empty())
    return base::fail(ErrorKind::config,
                      "report lacks the Prometheus to ask; add --prometheus.url=http://127.0.0.1:9090");
  auto fetching = fetch_options(request);
  if (!fetching) return tl::unexpected(fetching.error());
  const base::SystemClock clock;
  report::Options options;
  options.job = config.alerting.job;
  options.instance = request.instance;
  options.until = request.until.value_or(clock.wall());
  options.since = request.since;
  options.cost = config.cost;
  return report::report(options, asker(request.url, *std::move(fetching)));
}

base::Result<void> deliver(const std::string& text, const std::string& path) {
  if (path.empty()) return fmt::print("{}", text), base::Result<void>();
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) return base::fail(ErrorKind::io, "--out={}: cannot be written", path);
  return {};
}

}  // namespace

int report(const CommandLine& line, const config::Config& config) {
  constexpr int kFailed = 1;
  std::signal(SIGPIPE, SIG_IGN);
  const auto text = analysis(line, config);
  const auto done = text ? deliver(*text, line.out) : tl::unexpected(text.error());
  if (done) return 0;
  fmt::print(stderr, "pgvigil: {}\n", done.error().message);
  return done.error().kind == ErrorKind::config ? kBadInput : kFailed;
}

}  // namespace pgvigil::app
