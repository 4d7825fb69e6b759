#pragma once

#include <string_view>

/// The status page's style. Every text colour keeps a contrast of 4.5 to its ground (WCAG 2.1, AA), light and
/// dark; tests/integration/status_page_test.py measures it.
namespace pgvigil::render {

inline constexpr std::string_view kStyle = R"css(
:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --card: #ffffff; --line: #dde1e7; --track: #e6e9ee;
  --text: #1b2230; --quiet: #566072; --link: #1f5fbf;
  --ok: #146c3f; --ok-tint: #e3f3ea; --ok-bar: #2f9e68;
  --warning: #7d4e00; --warning-tint: #fcefd2; --warning-bar: #dd9412;
  --critical: #a81e29; --critical-tint: #fbe5e6; --critical-bar: #d43f4a;
  --unknown: #4d5768; --unknown-tint: #e9ecf1; --unknown-bar: #a3acba;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1318; --card: #171c23; --line: #29313b; --track: #2a323d;
    --text: #e5e9ef; --quiet: #9ba6b5; --link: #7fb0ff;
    --ok: #5fd39b; --ok-tint: #14301f; --ok-bar: #37a871;
    --warning: #f3bf58; --warning-tint: #38290b; --warning-bar: #d9971f;
    --critical: #ff9096; --critical-tint: #421a1d; --critical-bar: #e2555f;
    --unknown: #b3bccb; --unknown-tint: #262d37; --unknown-bar: #6b7686;
  }
}
* { box-sizing: border-box; margin: 0; padding: 0; }
body {
  background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  max-width: 68rem; margin: 0 auto; padding: 2rem 1.5rem 3rem; overflow-wrap: anywhere;
}
a { color: var(--link); text-underline-offset: .15em; }
h1 { font-size: 1.6rem; line-height: 1.25; font-weight: 650; letter-spacing: -.01em; }
h2 { font-size: 1.05rem; font-weight: 650; }
h3 { font-size: 1rem; font-weight: 600; }
ul { list-style: none; }
small, .quiet { font-size: .87rem; color: var(--quiet); font-weight: 400; }

.ok { --state: var(--ok); --tint: var(--ok-tint); --fill: var(--ok-bar); }
.warning { --state: var(--warning); --tint: var(--warning-tint); --fill: var(--warning-bar); }
.critical, .failed, .down { --state: var(--critical); --tint: var(--critical-tint); --fill: var(--critical-bar); }
.unknown, .skipped, .waiting { --state: var(--unknown); --tint: var(--unknown-tint); --fill: var(--unknown-bar); }
.state {
  display: inline-block; white-space: nowrap; padding: .1rem .65rem; border-radius: 1rem; font-size: .87rem; font-weight: 600;
  color: var(--state); background: var(--tint);
}

header { margin-bottom: 2rem; }
.product { font-size: .87rem; font-weight: 600; color: var(--quiet); letter-spacing: .02em; }
.headline { display: flex; flex-wrap: wrap; align-items: center; gap: .3rem .8rem; }
.cause {
  margin-top: .8rem; padding: .7rem .9rem; border-radius: .5rem; background: var(--tint); color: var(--state);
}
section { margin-bottom: 2rem; }
section > h2 { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .7rem; margin-bottom: .6rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }

.thresholds li {
  display: grid; grid-template-columns: minmax(0, 17rem) 6rem minmax(0, 1fr) 7rem; gap: .2rem 1.5rem; align-items: center;
  padding: .9rem 1.1rem;
}
.thresholds li + li { border-top: 1px solid var(--line); }
.value { font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
.thresholds .state { justify-self: end; }
.meter { position: relative; height: .5rem; margin: .35rem 0 .3rem; border-radius: .25rem; background: var(--track); }
.meter .fill { height: 100%; border-radius: .25rem; background: var(--fill); }
.meter .mark {
  position: absolute; top: -.25rem; bottom: -.25rem; width: 2px; margin-left: -1px;
  background: var(--mark); box-shadow: 0 0 0 1px var(--card);
}
.mark.at-warning { --mark: var(--warning-bar); }
.mark.at-critical { --mark: var(--critical-bar); }

table { width: 100%; border-collapse: collapse; }
th, td { padding: .5rem .6rem; text-align: left; vertical-align: baseline; font-variant-numeric: tabular-nums; }
th:first-child { padding-left: 1.1rem; }
td:last-child { padding-right: 1.1rem; }
thead th { font-size: .87rem; font-weight: 600; color: var(--quiet); white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); }
tbody th { font-weight: 500; }
.number { text-align: right; white-space: nowrap; }
.when { white-space: nowrap; }
tbody .ok .state { background: none; }
.note { width: 38%; color: var(--quiet); }
.failed .note { color: var(--text); }

footer { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; }

@media (max-width: 46rem) {
  body { padding: 1.2rem 1rem 2rem; }
  h1 { font-size: 1.35rem; }
  .thresholds li { grid-template-columns: minmax(0, 1fr) auto; }
  .thresholds .name { display: contents; }
  .thresholds h3 { grid-area: 1 / 1; }
  .thresholds .state { grid-area: 1 / 2; }
  .thresholds .name p { grid-area: 2 / 1 / auto / span 2; }
  .thresholds .value { grid-area: 3 / 1; text-align: left; }
  .thresholds .gauge { grid-area: 4 / 1 / auto / span 2; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody { display: block; }
  tbody tr { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .15rem 1rem; padding: .7rem 1rem; }
  tbody tr:first-child { border-top: 0; }
  tbody th, tbody td, th:first-child, td:last-child { padding: 0; }
  tbody th { grid-area: 1 / 1 / auto / span 2; }
  tbody td.outcome { grid-area: 1 / 3; justify-self: end; }
  tbody .ok .state { padding-right: 0; }
  tbody td[data-label]::before { content: attr(data-label); display: block; font-size: .8rem; color: var(--quiet); }
  td.number { text-align: left; }
  td.number + td.number { text-align: right; }
  tbody td.note { grid-column: 1 / -1; width: auto; }
  tbody td.note:empty { display: none; }
}
)css";

}  // namespace pgvigil::render
