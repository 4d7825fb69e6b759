#include "pgvigil/generate/generate.hpp"

#include <fmt/core.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "app/commands.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/rules/rules.hpp"

namespace pgvigil::app {
namespace {

using base::ErrorKind;
using generate::File;
using generate::Options;
using Files = std::vector<File>;

struct Product {
  std::string_view name;
  Files (*make)(const Options&, config::Catalogue);
};

constexpr std::array kProducts = {
    Product{"alerts", [](const Options& options, config::Catalogue) { return generate::alerts(options); }},
    Product{"dashboards",
            [](const Options& options, config::Catalogue) { return generate::dashboards(options); }},
    Product{"docs", generate::docs},
};
constexpr std::string_view kAll = "all";

base::Result<Files> files(std::string_view what, const Options& options, config::Catalogue catalogue) {
  Files made;
  std::vector<std::string_view> known = {kAll};
  for (const Product& product : kProducts) {
    known.push_back(product.name);
    if (what != product.name && what != kAll) continue;
    for (File& file : product.make(options, catalogue)) made.push_back(std::move(file));
  }
  if (!made.empty()) return made;
  if (what.empty())
    return base::fail(ErrorKind::config, "generate lacks what to make; add one of {}",
                      fmt::join(known, ", "));
  const auto near = base::nearest(what, known);
  return base::fail(
      ErrorKind::config, "cannot generate '{}'; {}", base::clean_utf8(what),
      near ? fmt::format("did you mean '{}'?", *near) : fmt::format("known are {}", fmt::join(known, ", ")));
}

/// Whether it had to be written: a file that says the same already stays as it is.
base::Result<bool> write(const std::filesystem::path& path, const std::string& text) {
  constexpr std::size_t kMost = 1 << 24;
  if (base::read_file(path, kMost) == text) return false;
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) return base::fail(ErrorKind::io, "{}: {}", path.parent_path().string(), error.message());
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) return base::fail(ErrorKind::io, "{}: cannot be written", path.string());
  return true;
}

base::Result<void> write_all(const CommandLine& line, const config::Config& config) {
  if (line.out.empty()) return base::fail(ErrorKind::config, "generate lacks where to write; add --out=DIR");
  const auto specs = config::collectors(config, catalogue::collectors());
  std::vector<const model::CollectorSpec*> catalogue;
  catalogue.reserve(specs.size());
  for (const model::CollectorSpec& spec : specs) catalogue.push_back(&spec);
  const Options options{config::limits(config, rules::rules()), config.alerting, config.cost};
  const auto made = files(line.product, options, catalogue);
  if (!made) return tl::unexpected(made.error());
  for (const File& file : *made) {
    const auto path = std::filesystem::path(line.out) / file.path;
    const auto written = write(path, file.text);
    if (!written) return tl::unexpected(written.error());
    if (*written) fmt::print("{}\n", path.string());
  }
  return {};
}

}  // namespace

int generate(const CommandLine& line, const config::Config& config) {
  const auto done = write_all(line, config);
  if (!done) fmt::print(stderr, "pgvigil: {}\n", done.error().message);
  return done ? 0 : kBadInput;
}

}  // namespace pgvigil::app
