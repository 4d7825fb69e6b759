#include "report/prometheus.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "pgvigil/base/text.hpp"

namespace pgvigil::report {
namespace {

using Json = nlohmann::json;
using base::ErrorKind;

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-_.~").find(c) != std::string_view::npos;
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

/// [1714521600.123, "0.42"]; nothing for NaN, which is what 0/0 comes to.
std::optional<Point> point(const Json& pair) {
  const auto& text = pair.at(1).get_ref<const std::string&>();
  Point point{std::llround(pair.at(0).get<double>()), 0};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), point.value);
  const std::string_view infinity = text;
  if (infinity.ends_with("Inf"))
    point.value = infinity.starts_with('-') ? -HUGE_VAL : HUGE_VAL;
  else if (parsed.ec != std::errc{} || std::isnan(point.value))
    return std::nullopt;
  return point;
}

Series series(const Json& item) {
  Series series;
  for (const auto& [name, value] : item.at("metric").items()) series.labels[name] = value.get<std::string>();
  const auto take = [&](const Json& pair) {
    if (const auto taken = point(pair)) series.points.push_back(*taken);
  };
  if (item.contains("value")) take(item.at("value"));
  if (item.contains("values"))
    for (const Json& pair : item.at("values")) take(pair);
  return series;
}

}  // namespace

std::string_view Series::label(std::string_view name) const {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

std::string instant_path(std::string_view promql, std::int64_t time) {
  return fmt::format("/api/v1/query?query={}&time={}", percent_encoded(promql), time);
}

std::string range_path(std::string_view promql, std::int64_t start, std::int64_t end, std::int64_t step) {
  return fmt::format("/api/v1/query_range?query={}&start={}&end={}&step={}", percent_encoded(promql), start,
                     end, step);
}

base::Result<std::vector<Series>> parse_answer(const std::string& json) {
  const Json answer = Json::parse(json, nullptr, false);
  if (!answer.is_object() || !answer.contains("status"))
    return base::fail(ErrorKind::contract,
                      "what answers is not Prometheus: its URL may have a path of its own");
  try {
    if (answer.at("status") != "success")
      return base::fail(ErrorKind::io, "Prometheus: {}",
                        base::clean_utf8(answer.at("error").get_ref<const std::string&>()));
    std::vector<Series> all;
    for (const Json& item : answer.at("data").at("result"))
      if (Series one = series(item); !one.points.empty()) all.push_back(std::move(one));
    return all;
  } catch (const Json::exception& error) {
    return base::fail(ErrorKind::contract, "Prometheus' answer is not understood: {}", error.what());
  }
}

std::string quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : base::clean_utf8(text)) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n')
      quoted += "\\n";
    else
      quoted += c;
  }
  return quoted + '"';
}

}  // namespace pgvigil::report
