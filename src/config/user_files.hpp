#pragma once

#include "config/section.hpp"

/// The keys that name files with collectors, and the reading of those files.
namespace pgvigil::config {

/// `root` with those keys in front: what the other sections name must be known before them.
Node files_first(Node root);

Status read_collector_files(const Place& at, Config& config);
Status read_queries_file(const Place& at, Config& config);
Status read_in_each_database(const Place& at, Config& config);

/// A path in a file starts at that file's folder; one from elsewhere starts where the daemon does.
std::string resolved(const Place& at, const std::string& path);

/// The text of a file of at most 1 MiB. An error is one line that names the file.
base::Result<std::string> read_text(const std::string& path);

}  // namespace pgvigil::config
