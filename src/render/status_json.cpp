#include <nlohmann/json.hpp>

#include "pgvigil/base/text.hpp"
#include "pgvigil/render/status.hpp"
#include "render/status_view.hpp"

namespace pgvigil::render {
namespace {

using Json = nlohmann::ordered_json;  // the order in which the header documents the keys

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json server(const model::Snapshot& snapshot) {
  return {
      {"up", snapshot.up},
      {"reason", base::clean_utf8(snapshot.down_reason)},
      {"version", base::clean_utf8(snapshot.server_version)},
      {"in_recovery", snapshot.in_recovery},
      {"kind", snapshot.server == model::Server::pgbouncer ? "pgbouncer" : "postgresql"},
      {"taken", polled(snapshot) ? Json(base::unix_seconds(snapshot.taken)) : Json()},
  };
}

Json threshold(const model::Finding& finding) {
  const bool ratio = finding.rule->indicator.unit == model::Unit::ratio;
  return {
      {"rule", finding.rule->id},
      {"title", finding.rule->title},
      {"unit", ratio ? "ratio" : "seconds"},
      {"value", or_null(finding.reading.value)},
      {"warning", finding.limits.warning},
      {"critical", finding.limits.critical},
      {"state", finding.state ? Json(model::name(*finding.state)) : Json()},
      {"reason", base::clean_utf8(finding.reading.reason)},
  };
}

Json collector(const CollectorView& shown) {
  return {
      {"name", shown.name},
      {"outcome", model::name(shown.status)},
      {"reason", base::clean_utf8(shown.reason)},
      {"last_success", shown.last_success ? Json(base::unix_seconds(*shown.last_success)) : Json()},
      {"duration_seconds", std::chrono::duration<double>(shown.took).count()},
      {"samples", shown.samples},
      {"cut", shown.cut},
  };
}

}  // namespace

std::string status_json(const model::Snapshot& snapshot, std::span<const model::Finding> findings,
                        base::WallTime now, std::string_view version) {
  Json thresholds = Json::array();
  for (const model::Finding& finding : findings) thresholds.push_back(threshold(finding));
  Json collectors = Json::array();
  for (const CollectorView& shown : view(snapshot.entries)) collectors.push_back(collector(shown));
  const Json status = {
      {"version", version},
      {"now", base::unix_seconds(now)},
      {"server", server(snapshot)},
      {"thresholds", std::move(thresholds)},
      {"collectors", std::move(collectors)},
  };
  return status.dump(2) + "\n";
}

}  // namespace pgvigil::render
