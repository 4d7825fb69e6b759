#include "pgvigil/config/config.hpp"

#include <algorithm>
#include <utility>

#include "config/document.hpp"
#include "config/settings.hpp"
#include "config/target.hpp"
#include "config/user_files.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::config {
namespace {

/// The tree that a file would have for this one setting.
Node tree(const Assignment& assignment) {
  Node node;
  if (const auto* text = std::get_if<std::string>(&assignment.value)) {
    node = {Node::Kind::scalar, *text, 0, {}};
  } else {
    node.kind = Node::Kind::list;
    for (const std::string& item : std::get<std::vector<std::string>>(assignment.value))
      node.entries.push_back({{}, 0, {Node::Kind::scalar, item, 0, {}}});
  }
  for (auto key = assignment.path.rbegin(); key != assignment.path.rend(); ++key) {
    Node parent{Node::Kind::map, {}, 0, {}};
    parent.entries.push_back({*key, 0, std::move(node)});
    node = std::move(parent);
  }
  return node;
}

bool well_formed(const Assignment& assignment) {
  if (const auto* text = std::get_if<std::string>(&assignment.value)) return base::is_utf8(*text);
  const auto& list = std::get<std::vector<std::string>>(assignment.value);
  return std::all_of(list.begin(), list.end(), [](const std::string& item) { return base::is_utf8(item); });
}

}  // namespace

bool Databases::selects(std::string_view name) const {
  const auto in = [&](const std::vector<std::string>& list) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  return (include.empty() || in(include)) && !in(exclude);
}

base::Result<Config> load(const std::string& path, Catalogue catalogue, Rules rules, Config base) {
  const auto yaml = read_text(path);
  if (!yaml) return tl::unexpected(yaml.error());
  return parse(*yaml, path, catalogue, rules, std::move(base));
}

base::Result<Config> parse(std::string_view yaml, std::string_view file_name, Catalogue catalogue,
                           Rules rules, Config base) {
  const auto document = read_document(yaml, file_name);
  if (!document) return tl::unexpected(document.error());
  if (const auto applied = apply_tree(*document, file_name, catalogue, rules, base); !applied)
    return tl::unexpected(applied.error());
  return base;
}

base::Result<void> assign(Config& config, const Assignment& assignment, Catalogue catalogue, Rules rules) {
  if (!well_formed(assignment))
    return base::fail(base::ErrorKind::config, "{}: the text is not UTF-8; use UTF-8", assignment.origin);
  Config changed = config;
  const Node root = tree(assignment);
  auto applied = apply_tree(root, assignment.origin, catalogue, rules, changed);
  for (TargetConfig& target : changed.targets) {
    target.user_collectors = changed.user_collectors;
    if (applied && is_target_key(assignment.path.front()))
      applied = read_target({assignment.origin, catalogue, rules, &root, {}, 0}, target);
  }
  if (applied) config = std::move(changed);
  return applied;
}

std::span<const TargetConfig> watched(const Config& config) {
  const TargetConfig& root = config;
  if (config.targets.empty()) return {&root, 1};
  return config.targets;
}

model::CollectorSpec apply(model::CollectorSpec spec, const CollectorOverride& change) {
  spec.enabled = change.enabled.value_or(spec.enabled);
  spec.interval = change.interval.value_or(spec.interval);
  spec.timeout = change.timeout.value_or(std::min(spec.timeout, spec.interval));
  spec.max_rows = change.max_rows.value_or(spec.max_rows);
  return spec;
}

model::Limits apply(model::Limits limits, const ThresholdOverride& change) {
  limits.warning = change.warning.value_or(limits.warning);
  limits.critical = change.critical.value_or(limits.critical);
  limits.hold = change.hold.value_or(limits.hold);
  return limits;
}

std::vector<const model::CollectorSpec*> known(const TargetConfig& target, Catalogue catalogue) {
  std::vector<const model::CollectorSpec*> specs(catalogue.begin(), catalogue.end());
  for (const UserCollector& collector : target.user_collectors) specs.push_back(&collector.spec());
  const auto by_name = [](const auto* a, const auto* b) { return a->name < b->name; };
  std::sort(specs.begin(), specs.end(), by_name);
  return specs;
}

std::vector<model::CollectorSpec> collectors(const TargetConfig& target, Catalogue catalogue) {
  std::vector<model::CollectorSpec> specs;
  for (const model::CollectorSpec* spec : known(target, catalogue)) {
    specs.push_back(*spec);
    if (!spec->user) specs.back().enabled = spec->group() <= target.group;
    if (const auto change = target.collectors.find(spec->name); change != target.collectors.end())
      specs.back() = apply(specs.back(), change->second);
  }
  return specs;
}

std::map<std::string, model::Limits, std::less<>> limits(const TargetConfig& target, Rules rules) {
  std::map<std::string, model::Limits, std::less<>> all;
  for (const model::Rule* rule : rules) {
    const auto change = target.thresholds.find(rule->id);
    all.emplace(rule->id,
                change == target.thresholds.end() ? rule->limits : apply(rule->limits, change->second));
  }
  return all;
}

}  // namespace pgvigil::config
