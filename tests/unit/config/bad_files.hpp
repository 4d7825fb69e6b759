#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/base/text.hpp"

/// tests/config: files that are named by what is wrong with them, or by what is good.
namespace pgvigil::config {

inline std::vector<std::filesystem::path> files(const std::string& folder, std::string_view suffix) {
  std::vector<std::filesystem::path> found;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    if (file.path().string().ends_with(suffix)) found.push_back(file.path());
  std::sort(found.begin(), found.end());
  return found;
}

/// Holds each bad file of a folder against the message, behind the file's name, on its first line.
/// `load`: path → a result.
template <typename Load>
void expect_refusals(const std::string& folder, Load load) {
  constexpr std::string_view kMark = "# expect: ";
  const auto bad = files(folder, ".bad.yml");
  EXPECT_GT(bad.size(), 10U) << folder;
  for (const auto& file : bad) {
    const auto text = base::read_file(file);
    ASSERT_TRUE(text && text->starts_with(kMark)) << file;
    const std::string expected = text->substr(kMark.size(), text->find('\n') - kMark.size());
    const auto loaded = load(file.string());
    ASSERT_FALSE(loaded) << file;
    EXPECT_EQ(loaded.error().kind, base::ErrorKind::config) << file;
    EXPECT_EQ(loaded.error().message, file.string() + expected);
    EXPECT_EQ(loaded.error().message.find('\n'), std::string::npos) << file;
  }
}

}  // namespace pgvigil::config
