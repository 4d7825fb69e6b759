#include "host/resolve.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <vector>

#include "host/fields.hpp"

namespace pgvigil::host {
namespace {

constexpr int kMostLinks = 40;  // as the kernel: path_resolution(7)

void push(std::vector<std::string>& pending, const std::string& path) {
  const auto parts = split(path, '/');
  pending.insert(pending.end(), parts.rbegin(), parts.rend());
}

}  // namespace

base::Result<std::string> resolve(const std::string& root, const std::string& path) {
  std::string resolved;
  std::vector<std::string> pending;
  push(pending, path);
  for (int links = 0; !pending.empty();) {
    const std::string part = pending.back();
    pending.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      resolved.resize(resolved.empty() ? 0 : resolved.rfind('/'));
      continue;
    }
    const std::string next = fmt::format("{}/{}", resolved, part);
    std::error_code error;
    const std::string target = std::filesystem::read_symlink(root + next, error).string();
    if (error == std::errc::invalid_argument) {  // no link
      resolved = next;
      continue;
    }
    if (error) return base::fail(base::ErrorKind::io, "{}{}: {}", root, next, error.message());
    if (++links > kMostLinks) return base::fail(base::ErrorKind::io, "{}: too many links", path);
    if (target.substr(0, 1) == "/") resolved.clear();
    push(pending, target);
  }
  return resolved.empty() ? "/" : resolved;
}

}  // namespace pgvigil::host
