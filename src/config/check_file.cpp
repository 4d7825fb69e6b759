#include "pgvigil/config/check_file.hpp"

#include <algorithm>
#include <string_view>

#include "config/document.hpp"
#include "config/section.hpp"
#include "config/user_files.hpp"
#include "pgvigil/config/web.hpp"

namespace pgvigil::config {
namespace {

using Key = std::string_view;

bool has(const Node& map, Key key) {
  return std::ranges::any_of(map.entries, [&](const Entry& entry) { return entry.key == key; });
}

bool is_web(const Node& root) {
  constexpr Key kKeys[] = {"tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"};
  return std::ranges::any_of(kKeys, [&](Key key) { return has(root, key); });
}

/// Both of ours have `collectors`: what a file of collectors adds has columns, what a configuration changes
/// has none.
bool is_collectors(const Node& root) {
  return root.entries.size() == 1 && has(root, "collectors") &&
         std::ranges::any_of(root.entries.front().value.entries, [](const Entry& collector) {
           return has(collector.value, "columns") || has(collector.value, "query") ||
                  has(collector.value, "queries");
         });
}

bool is_queries(const Node& root) {
  return std::ranges::any_of(root.entries, [](const Entry& entry) {
    return has(entry.value, "query") || has(entry.value, "metrics");
  });
}

template <typename T>
Status without_value(const base::Result<T>& result) {
  return result.map([](const auto&) {});
}

}  // namespace

base::Result<void> check_web_file(const std::string& path) { return load_web(path).and_then(web::verify); }

base::Result<void> check_file(const std::string& path, Catalogue catalogue, Rules rules) {
  const auto yaml = read_text(path);
  if (!yaml) return tl::unexpected(yaml.error());
  const auto root = read_document(*yaml, path);
  if (!root) return tl::unexpected(root.error());
  if (is_web(*root)) return check_web_file(path);
  if (is_collectors(*root)) return without_value(parse_collectors(*yaml, path, catalogue, {}));
  if (is_queries(*root)) return without_value(parse_queries(*yaml, path, catalogue, {}, false));
  const auto config = parse(*yaml, path, catalogue, rules);
  if (!config) return tl::unexpected(config.error());
  return config->web.config_file.empty() ? Status() : check_web_file(config->web.config_file);
}

}  // namespace pgvigil::config
