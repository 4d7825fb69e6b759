#pragma once

#include <map>
#include <string>
#include <string_view>

#include "pgvigil/base/text.hpp"

namespace pgvigil::fuzz {

/// The text that libFuzzer hands over.
inline std::string_view text_of(const unsigned char* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// A tree of files kept as one text, as in tests/unit/host/trees: a line `== /path`, then the file's lines.
inline std::map<std::string, std::string> tree_of(std::string_view text) {
  std::map<std::string, std::string> files;
  std::string* file = nullptr;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n') + 1);
    const std::string_view whole = line.empty() ? text : line;  // the last may lack its newline
    text.remove_prefix(whole.size());
    if (whole.starts_with("== "))
      file = &files[std::string(base::trim(whole.substr(3)))];
    else if (file != nullptr)
      *file += whole;
  }
  return files;
}

}  // namespace pgvigil::fuzz
