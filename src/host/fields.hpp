#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Small readers of the kernel's text formats. Views into the text given.
namespace pgvigil::host {

std::vector<std::string_view> split(std::string_view text, char separator);
std::vector<std::string_view> split(std::string&& temporary, char separator) = delete;

/// The words of a line, separated by blanks or tabs.
std::vector<std::string_view> words(std::string_view line);

/// A text that is one non-negative decimal number and white space around it; nothing where it is anything
/// else.
std::optional<double> count(std::string_view text);

/// The number behind `key` in a flat-keyed file (`oom_kill 3`, `MemTotal:  24684084 kB`).
std::optional<double> keyed(std::string_view text, std::string_view key);

}  // namespace pgvigil::host
