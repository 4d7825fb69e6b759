#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "require.hpp"

namespace pgvigil::fuzz {

/// A temporary directory for a tree that an input describes; gone at the end.
class Planted {
 public:
  Planted() : root_((std::filesystem::temp_directory_path() / "pgvigil-fuzz-XXXXXX").string()) {
    require(mkdtemp(root_.data()) != nullptr, "there is a temporary directory");
    root_ = std::filesystem::canonical(root_).string();
  }
  Planted(const Planted&) = delete;
  Planted& operator=(const Planted&) = delete;
  ~Planted() { std::filesystem::remove_all(root_); }

  const std::string& root() const { return root_; }

 private:
  std::string root_;
};

}  // namespace pgvigil::fuzz
