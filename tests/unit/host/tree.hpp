#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "pgvigil/base/text.hpp"
#include "pgvigil/host/container.hpp"

namespace pgvigil::host {

/// A tree of small files kept as one text: a line `== /path`, then the file's lines.
inline Files read_tree(const std::string& name) {
  const auto text = base::read_file(PGVIGIL_SOURCE_DIR "/tests/unit/host/trees/" + name + ".txt");
  EXPECT_TRUE(text) << name;
  Files files;
  std::string* file = nullptr;
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n') + 1);
    rest.remove_prefix(line.size());
    if (line.substr(0, 3) == "== ") {
      file = &files[std::string(base::trim(line.substr(3)))];
    } else if (file != nullptr) {
      *file += line;
    }
  }
  return files;
}

/// A temporary directory, gone at the end.
class TempTree {
 public:
  TempTree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pgvigil-host-XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = std::filesystem::canonical(pattern).string();
  }
  ~TempTree() { std::filesystem::remove_all(root_); }
  TempTree(const TempTree&) = delete;
  TempTree& operator=(const TempTree&) = delete;

  const std::string& root() const { return root_; }
  std::string operator/(std::string_view path) const { return root_ + "/" + std::string(path); }

  void write(std::string_view path, std::string_view text) const {
    std::filesystem::create_directories(std::filesystem::path(*this / path).parent_path());
    std::ofstream(*this / path) << text;
  }
  void directory(std::string_view path) const { std::filesystem::create_directories(*this / path); }
  void link(std::string_view path, std::string_view target) const {
    std::filesystem::create_directories(std::filesystem::path(*this / path).parent_path());
    std::filesystem::create_symlink(target, *this / path);
  }

 private:
  std::string root_;
};

}  // namespace pgvigil::host
