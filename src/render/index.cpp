#include "pgvigil/render/index.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "pgvigil/base/text.hpp"
#include "render/status_parts.hpp"
#include "render/status_view.hpp"

namespace pgvigil::render {
namespace {

/// From the worst to the best.
constexpr std::array<std::string_view, 6> kWords = {"down",    "critical", "warning",
                                                    "waiting", "unknown",  "ok"};

std::string_view word_of(const IndexRow& row) {
  if (row.snapshot == nullptr) return "waiting";
  return row.up ? verdict(*row.snapshot, row.findings) : "down";
}

std::string reason(const IndexRow& row) {
  if (row.up || row.snapshot == nullptr) return {};
  return row.snapshot->up ? "no poll has ended for three intervals" : row.snapshot->down_reason;
}

/// What is worth reading of a target: why it is down, or which thresholds are not ok.
std::string note(const IndexRow& row) {
  std::string text = reason(row);
  if (!text.empty()) return text;
  for (const model::Finding& finding : row.findings)
    if (finding.state && *finding.state != model::State::ok)
      text +=
          fmt::format("{}{}: {}", text.empty() ? "" : ", ", finding.rule->title, state_name(finding.state));
  return text;
}

std::string html(const IndexRow& row) {
  const std::string_view word = word_of(row);
  const std::string name = base::escape_html(row.name);
  return fmt::format(R"(<tr class="{}">
<th scope="row"><a href="/?target={}">{}</a></th>
<td class="outcome">{}</td>
<td data-label="PostgreSQL">{}</td>
<td class="note">{}</td>
</tr>
)",
                     word, name, name, state_label(word),
                     row.snapshot == nullptr ? "" : base::escape_html(row.snapshot->server_version),
                     base::escape_html(note(row)));
}

}  // namespace

std::string index_page(std::span<const IndexRow> rows, std::string_view metrics_path,
                       std::string_view version) {
  std::string body;
  std::string_view worst = "ok";
  for (const std::string_view word : kWords)
    for (const IndexRow& row : rows) {
      if (word_of(row) != word) continue;
      if (body.empty()) worst = word;
      body += html(row);
    }
  return fmt::format(R"({}<body>
<header class="{}">
<p class="product">pgvigil</p>
<div class="headline"><h1>{} targets</h1>{}</div>
<p class="quiet">{}</p>
</header>
<main>
<section>
<div class="card"><table aria-label="Targets">
<thead><tr><th scope="col">Target</th><th scope="col">State</th><th scope="col">PostgreSQL</th><th scope="col">Note</th></tr></thead>
<tbody>
{}</tbody>
</table></div>
</section>
</main>
<footer class="quiet"><span>pgvigil {}</span><a href="{}">Metrics</a><a href="/sd">Pages to scrape</a><a href="/runbooks/">Runbooks</a><a href="/api/v1/status">This page as JSON</a></footer>
</body>
</html>
)",
                     head(worst, fmt::format("{} targets", rows.size())), worst, rows.size(),
                     state_label(worst),
                     tally(rows, {"down", "critical", "warning", "waiting", "unknown", "ok"}, word_of), body,
                     base::escape_html(version), base::escape_html(metrics_path));
}

std::string index_json(std::span<const IndexRow> rows, base::WallTime now, std::string_view version) {
  using Json = nlohmann::ordered_json;
  Json targets = Json::array();
  for (const IndexRow& row : rows)
    targets.push_back({
        {"name", row.name},
        {"up", row.up},
        {"reason", base::clean_utf8(reason(row))},
        {"version", row.snapshot == nullptr ? "" : base::clean_utf8(row.snapshot->server_version)},
        {"state", word_of(row)},
        {"taken", row.snapshot == nullptr ? Json() : Json(base::unix_seconds(row.snapshot->taken))},
    });
  const Json index = {
      {"version", version}, {"now", base::unix_seconds(now)}, {"targets", std::move(targets)}};
  return index.dump(2) + "\n";
}

}  // namespace pgvigil::render
