#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/base/result.hpp"

/// YAML as the settings see it: a tree of texts. yaml-cpp ends in document.cpp.
namespace pgvigil::config {

struct Entry;

struct Node {
  enum class Kind : std::uint8_t { null, scalar, list, map };

  Kind kind = Kind::null;
  std::string text;            ///< of a scalar
  int line = 0;                ///< counted from 1; 0 where there is no file
  std::vector<Entry> entries;  ///< of a map, each key once; of a list, with empty keys
};

struct Entry {
  std::string key;
  int line = 0;
  Node value;
};

/// "a text", "a map": what the node is, for messages.
std::string_view name(Node::Kind kind);

/// The one document in `yaml`; a null node where there is none. Refused, besides invalid YAML: tabs in
/// indentation, text that is not UTF-8, duplicate keys, keys that are not plain texts, aliases, a second
/// document, more than 10,000 values. Errors: kind config, `FILE:LINE: what is wrong; what would be right`.
base::Result<Node> read_document(std::string_view yaml, std::string_view file_name);

}  // namespace pgvigil::config
