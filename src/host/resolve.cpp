#include "host/resolve.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "host/fields.hpp"

namespace pgvigil::host {
namespace {

constexpr int kMostLinks = 40;  // as the kernel: path_resolution(7)

void push(std::vector<std::string>& pending, const std::string& path) {
  const auto parts = split(path, '/');
  pending.insert(pending.end(), parts.rbegin(), parts.rend());
}

}  // namespace

base::ErrorKind kind_of(const std::error_code& error) {
  const bool refused = error == std::errc::permission_denied || error == std::errc::operation_not_permitted;
  return refused ? base::ErrorKind::permission : base::ErrorKind::io;
}

base::Result<std::string> resolve(const std::string& root, const std::string& path,
                                  std::vector<std::string>* turns) {
  std::string resolved;
  std::vector<std::string> pending;
  push(pending, path);
  for (int links = 0; !pending.empty();) {
    const std::string part = pending.back();
    pending.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (turns != nullptr) turns->push_back(resolved);
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
    if (error) return base::fail(kind_of(error), "{}{}: {}", root, next, error.message());
    if (++links > kMostLinks) return base::fail(base::ErrorKind::io, "{}: too many links", path);
    if (turns != nullptr) turns->push_back(next);
    if (target.substr(0, 1) == "/") resolved.clear();
    push(pending, target);
  }
  return resolved.empty() ? "/" : resolved;
}

}  // namespace pgvigil::host
