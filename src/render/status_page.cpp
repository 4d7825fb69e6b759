#include <algorithm>
#include <iterator>

#include "pgvigil/base/text.hpp"
#include "pgvigil/render/status.hpp"
#include "render/status_parts.hpp"
#include "render/status_units.hpp"
#include "render/status_view.hpp"

namespace pgvigil::render {
namespace {

using model::Outcome;

std::string headline(const model::Snapshot& snapshot, std::string_view server, std::string_view word,
                     base::WallTime now) {
  if (!polled(snapshot))
    return R"(<header class="waiting">
<p class="product">pgvigil</p>
<h1>Waiting for the first poll to end</h1>
</header>
)";
  std::string role = snapshot.in_recovery ? "Replica" : "Primary";
  if (snapshot.server == model::Server::pgbouncer) role = "Its own console";
  if (!snapshot.up) role += " when last seen";
  if (snapshot.server_version.empty()) role = "Never reached yet";
  const std::string cause =
      snapshot.up ? "" : fmt::format("<p class=\"cause\">{}</p>\n", base::escape_html(snapshot.down_reason));
  return fmt::format(R"(<header class="{}">
<p class="product">pgvigil</p>
<div class="headline"><h1>{} is {}</h1>{}</div>
<p class="quiet">{} · polled {} · {}</p>
{}</header>
)",
                     word, server, snapshot.up ? "up" : "down", state_label(word), role,
                     age_element(snapshot.taken, now), utc(snapshot.taken), cause);
}

/// Where on the bar a value stands, in percent. The bar ends at 100 %, or a quarter beyond the critical
/// limit.
double position(double value, const model::Finding& finding) {
  const double end = finding.rule->indicator.unit == model::Unit::ratio ? 1 : finding.limits.critical * 1.25;
  return value > 0 && end > 0 ? std::min(value / end, 1.0) * 100 : 0;
}

std::string meter(const model::Finding& finding) {
  const model::Unit unit = finding.rule->indicator.unit;
  const auto mark = [&](std::string_view name, double limit) {
    return fmt::format(R"(<div class="mark at-{}" style="left:{:.2f}%"></div>)", name,
                       position(limit, finding));
  };
  const std::string marks =
      mark("warning", finding.limits.warning) + mark("critical", finding.limits.critical);
  if (!finding.reading.value) return fmt::format(R"(<div class="meter" aria-hidden="true">{}</div>)", marks);
  const double at = position(*finding.reading.value, finding);
  return fmt::format(
      R"(<div class="meter" role="meter" aria-label="{}" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{:.1f}" )"
      R"(aria-valuetext="{}, {}"><div class="fill" style="width:{:.2f}%"></div>{}</div>)",
      base::escape_html(finding.rule->title), at, amount(*finding.reading.value, unit),
      state_name(finding.state), at, marks);
}

std::string threshold(const model::Finding& finding) {
  const model::Unit unit = finding.rule->indicator.unit;
  const std::string why = finding.reading.reason.empty()
                              ? ""
                              : fmt::format("\n<p>{}</p>", base::escape_html(finding.reading.reason));
  return fmt::format(R"(<li class="{}">
<div class="name"><h3>{}</h3><p class="quiet">{}</p></div>
<p class="value">{}</p>
<div class="gauge">{}{}
<p class="quiet">warning from {}, critical from {}</p></div>
{}
</li>
)",
                     state_name(finding.state), base::escape_html(finding.rule->title),
                     base::escape_html(finding.rule->indicator.meaning),
                     finding.reading.value ? amount(*finding.reading.value, unit) : "–", meter(finding), why,
                     amount(finding.limits.warning, unit), amount(finding.limits.critical, unit),
                     state_label(state_name(finding.state)));
}

std::string thresholds(std::span<const model::Finding> findings) {
  std::string items;
  for (const model::Finding& finding : findings) items += threshold(finding);
  return fmt::format(R"(<section>
<h2>Thresholds <small>{}</small></h2>
<ul class="card thresholds">
{}</ul>
</section>
)",
                     tally(findings, {"critical", "warning", "unknown", "ok"},
                           [](const model::Finding& finding) { return state_name(finding.state); }),
                     items);
}

std::string collector(const CollectorView& shown, base::WallTime now) {
  const bool skipped = shown.status == Outcome::Status::skipped;
  const std::string success = shown.last_success ? age_element(*shown.last_success, now)
                              : skipped          ? "–"
                                                 : "never";
  std::string note = base::escape_html(shown.reason);
  if (shown.cut > 0)
    note += fmt::format("{}{} rows over the series budget were cut", note.empty() ? "" : "; ", shown.cut);
  return fmt::format(R"(<tr class="{}">
<th scope="row">{}</th>
<td class="outcome">{}</td>
<td class="when" data-label="Last success">{}</td>
<td class="number" data-label="Duration">{}</td>
<td class="number" data-label="Samples">{}</td>
<td class="note">{}</td>
</tr>
)",
                     model::name(shown.status), base::escape_html(shown.name),
                     state_label(model::name(shown.status)), success, skipped ? "–" : amount(shown.took),
                     skipped ? "–" : std::to_string(shown.samples), note);
}

std::string collectors(std::vector<CollectorView> views, base::WallTime now) {
  if (views.empty()) return {};
  std::stable_partition(views.begin(), views.end(),
                        [](const CollectorView& shown) { return shown.status == Outcome::Status::failed; });
  std::string rows;
  for (const CollectorView& shown : views) rows += collector(shown, now);
  return fmt::format(
      R"(<section>
<h2 id="collectors">Collectors <small>{}</small></h2>
<div class="card"><table aria-labelledby="collectors">
<thead><tr><th scope="col">Collector</th><th scope="col">Outcome</th><th scope="col">Last success</th>)"
      R"(<th scope="col" class="number">Duration</th><th scope="col" class="number">Samples</th>)"
      R"(<th scope="col">Note</th></tr></thead>
<tbody>
{}</tbody>
</table></div>
</section>
)",
      tally(views, {"failed", "skipped", "ok"},
            [](const CollectorView& shown) { return model::name(shown.status); }),
      rows);
}

}  // namespace

std::string status_page(const model::Snapshot& snapshot, std::span<const model::Finding> findings,
                        base::WallTime now, std::string_view metrics_path, std::string_view version,
                        std::string_view target) {
  const std::string_view word = verdict(snapshot, findings);
  std::string server = snapshot.server == model::Server::pgbouncer ? "pgbouncer" : "PostgreSQL";
  if (!snapshot.server_version.empty()) server += " " + base::escape_html(snapshot.server_version);
  if (!target.empty()) server = fmt::format("{}, {},", base::escape_html(target), server);
  const std::string query = target.empty() ? "" : fmt::format("?target={}", base::escape_html(target));
  const std::string metrics = target.empty() ? base::escape_html(metrics_path) : "/probe" + query;
  return fmt::format(R"({}<body>
{}<main>
{}{}</main>
<footer class="quiet"><span>pgvigil {}</span>{}<a href="{}">Metrics</a><a href="/runbooks/">Runbooks</a><a href="/api/v1/status{}">This page as JSON</a></footer>
</body>
</html>
)",
                     head(word, server), headline(snapshot, server, word, now), thresholds(findings),
                     collectors(view(snapshot.entries), now), base::escape_html(version),
                     target.empty() ? "" : R"(<a href="/">All targets</a>)", metrics, query);
}

}  // namespace pgvigil::render
