#include "config/user_files.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "pgvigil/config/user_collector.hpp"

namespace pgvigil::config {
namespace {

constexpr std::size_t kMaxFileSize = 1 << 20;
constexpr std::array<std::string_view, 3> kKeys = {"collector_files", "queries_file",
                                                   "queries_in_each_database"};

/// A constant label beside a column of the same name would make a page that Prometheus refuses.
Status check_labels(const Place& at, const Config& config, const UserFile& file) {
  const auto is_constant = [&](const std::string& label) {
    const auto has_it = [&](const TargetConfig& target) { return target.labels.contains(label); };
    return has_it(config) || std::ranges::any_of(config.targets, has_it);
  };
  for (const UserCollector& collector : file.collectors)
    for (const model::Column& column : collector.spec().columns)
      if (column.use == model::Use::label && is_constant(std::string(column.name)))
        return wrong(at, "the label '{}' of collector {} is a constant label too; choose another name",
                     column.name, collector.spec().name);
  return {};
}

/// Reads one file and takes over what is in it.
template <typename Parse>
Status take_file(const Place& at, Config& config, const std::string& path, Parse parse) {
  const auto text = read_text(path);
  if (!text) return wrong(at, "{}: {}", at.path, text.error().message);
  auto file = parse(*text);
  if (!file) return tl::unexpected(file.error());
  if (Status labels = check_labels(at, config, *file); !labels) return labels;
  config.user_collectors.insert(config.user_collectors.end(), file->collectors.begin(),
                                file->collectors.end());
  config.notes.insert(config.notes.end(), file->notes.begin(), file->notes.end());
  return {};
}

/// Reads all files anew: what one of them may hold depends on the others.
Status read_files(const Place& at, Config& config) {
  config.user_collectors.clear();
  config.notes.clear();
  for (const std::string& path : config.collector_files) {
    const auto parse = [&](const std::string& text) {
      return parse_collectors(text, path, at.catalogue, config.user_collectors);
    };
    if (Status file = take_file(at, config, path, parse); !file) return file;
  }
  if (!config.queries_file.empty()) {
    const auto parse = [&](const std::string& text) {
      return parse_queries(text, config.queries_file, at.catalogue, config.user_collectors,
                           config.queries_in_each_database);
    };
    if (Status file = take_file(at, config, config.queries_file, parse); !file) return file;
  }
  const auto by_name = [](const UserCollector& a, const UserCollector& b) {
    return a.spec().name < b.spec().name;
  };
  std::sort(config.user_collectors.begin(), config.user_collectors.end(), by_name);
  return {};
}

}  // namespace

std::string resolved(const Place& at, const std::string& path) {
  return (std::filesystem::path(at.origin).parent_path() / path).lexically_normal().string();
}

Node files_first(Node root) {
  const auto names_files = [](const Entry& entry) {
    return std::find(kKeys.begin(), kKeys.end(), entry.key) != kKeys.end();
  };
  std::stable_partition(root.entries.begin(), root.entries.end(), names_files);
  return root;
}

Status read_collector_files(const Place& at, Config& config) {
  const auto paths = names(*at.node);
  if (!paths) return wrong_value(at, "a list of files such as [collectors.yml]");
  for (const std::string& path : *paths) {
    std::string file = resolved(at, path);
    auto& files = config.collector_files;
    if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(std::move(file));
  }
  return read_files(at, config);
}

Status read_queries_file(const Place& at, Config& config) {
  const auto path = text(*at.node);
  if (!path) return wrong_value(at, "the path of postgres_exporter's queries.yaml");
  config.queries_file = path->empty() ? "" : resolved(at, *path);
  return read_files(at, config);
}

Status read_in_each_database(const Place& at, Config& config) {
  if (!put(config.queries_in_each_database, boolean(*at.node))) return wrong_value(at, "true or false");
  return read_files(at, config);
}

base::Result<std::string> read_text(const std::string& path) {
  using base::ErrorKind;
  std::error_code ignored;  // what cannot be looked at cannot be read either: that error is the better one
  if (std::filesystem::is_directory(path, ignored))
    return base::fail(ErrorKind::config, "{}: is a directory; name the file in it", path);
  auto text = base::read_file(path, kMaxFileSize + 1);
  if (!text)
    return base::fail(ErrorKind::config, "{}: cannot be read ({}); name a readable file", path,
                      std::strerror(errno));
  if (text->size() > kMaxFileSize)
    return base::fail(ErrorKind::config, "{}: is larger than 1 MiB; that is no configuration file", path);
  return *std::move(text);
}

}  // namespace pgvigil::config
