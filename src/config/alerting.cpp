#include "config/alerting.hpp"

#include <algorithm>
#include <array>

#include "pgvigil/base/text.hpp"

namespace pgvigil::config {
namespace {

using model::Alerting;
using model::Cost;

constexpr std::size_t kMostHurry = 1000;
constexpr double kMostPrice = 1e6;

/// A text that stands in an expression between quotes as it is.
bool put_name(std::string& target, const Node& value) {
  const auto unsuited = [](char c) { return base::is_control(c) || c == '"' || c == '\\' || c == '`'; };
  const std::string& name = value.text;
  return !name.empty() && std::none_of(name.begin(), name.end(), unsuited) && put(target, text(value));
}

/// A name of Kubernetes' kind (RFC 1123): lower case, digits, '-' and '.'.
bool put_object_name(std::string& target, const Node& value) {
  const auto suited = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  const std::string& name = value.text;
  return !name.empty() && std::all_of(name.begin(), name.end(), suited) && put(target, text(value));
}

/// The front part of a URL; Prometheus' templates such as {{ $labels.instance }} may stand in it.
bool put_url(std::string& target, const Node& value) {
  const std::string& url = value.text;
  const bool is_url = url.starts_with("http://") || url.starts_with("https://");
  return is_url && !url.ends_with('/') && put_name(target, value);
}

/// Alertmanager tells alerts apart by these, and the links name the server by them.
bool is_taken(std::string_view label) {
  constexpr std::array<std::string_view, 4> kTaken = {"alertname", "instance", "job", "severity"};
  return std::find(kTaken.begin(), kTaken.end(), label) != kTaken.end();
}

Status read_alert_labels(const Place& at, Alerting& alerting) {
  if (Status map = expect_map(at); !map) return map;
  alerting.labels.clear();
  for (const Entry& entry : at.node->entries) {
    const Place here = at.inside(entry);
    if (!is_label_name(entry.key))
      return wrong(here, "{} is not a label name; it must be letters, digits and _, not led by a digit or __",
                   shown(entry.key));
    if (is_taken(entry.key))
      return wrong(here, "the label '{}' is taken by the alerts themselves; choose another name", entry.key);
    if (entry.value.kind != Node::Kind::scalar) return wrong_value(here, "a text");
    alerting.labels[entry.key] = entry.value.text;
  }
  return {};
}

constexpr std::string_view kObjectName = "a name of Kubernetes' kind: lower-case letters, digits, - and .";
constexpr std::string_view kUrl = "a URL such as https://grafana.example, without / at its end";
constexpr Setting<Alerting> kAlerting[] = {
    {"job", "the job_name of Prometheus' scrape configuration, without quotes and \\",
     [](const Node& value, Alerting& alerting) { return put_name(alerting.job, value); }},
    {"runbooks", kUrl,
     [](const Node& value, Alerting& alerting) { return put_url(alerting.runbooks, value); }},
    {"grafana", kUrl, [](const Node& value, Alerting& alerting) { return put_url(alerting.grafana, value); }},
    {"labels", {}, nullptr, read_alert_labels},
    {"kubelet", "true or false",
     [](const Node& value, Alerting& alerting) { return put(alerting.kubelet, boolean(value)); }},
    {"container", kObjectName,
     [](const Node& value, Alerting& alerting) { return put_object_name(alerting.container, value); }},
    {"claim", kObjectName,
     [](const Node& value, Alerting& alerting) { return put_object_name(alerting.claim, value); }},
    {"hurry", "a number from 1 to 1000",
     [](const Node& value, Alerting& alerting) {
       const auto hurry = count(value, 1, kMostHurry);
       if (hurry) alerting.hurry = static_cast<unsigned>(*hurry);
       return hurry.has_value();
     }},
};

bool put_price(double& target, const Node& value) {
  if (value.text == "0") target = 0;
  return value.text == "0" || put(target, positive(value, kMostPrice));
}

constexpr std::string_view kPrice = "a price per GiB and month from 0 to 1000000, such as 0.10";
constexpr Setting<Cost> kCost[] = {
    {"disk", kPrice, [](const Node& value, Cost& cost) { return put_price(cost.disk, value); }},
    {"snapshot", kPrice, [](const Node& value, Cost& cost) { return put_price(cost.snapshot, value); }},
    {"currency", "a currency such as USD, without quotes and \\",
     [](const Node& value, Cost& cost) { return put_name(cost.currency, value); }},
};

}  // namespace

Status read_alerting(const Place& at, Config& config) {
  return read_map<Alerting>(at, kAlerting, config.alerting);
}

Status read_cost(const Place& at, Config& config) { return read_map<Cost>(at, kCost, config.cost); }

}  // namespace pgvigil::config
