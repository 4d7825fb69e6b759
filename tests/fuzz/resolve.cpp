#include "host/resolve.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "host/fields.hpp"
#include "planted.hpp"
#include "require.hpp"
#include "tree.hpp"

namespace pgvigil::fuzz {
namespace {

namespace fs = std::filesystem;

/// `name target` is a link, `name` a directory; what cannot be made is left out. Never beyond the root: a
/// name is walked only through directories.
void plant(const std::string& root, std::string_view line) {
  const auto words = host::words(line);
  if (words.empty() || line.find('\0') != std::string_view::npos) return;
  std::error_code ignored;
  const auto parts = host::split(words.front(), '/');
  fs::path place = root;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty() || parts[i] == "." || parts[i] == "..") continue;
    place /= parts[i];
    if (i + 1 == parts.size() && words.size() > 1)
      fs::create_symlink(words[1], place, ignored);
    else
      fs::create_directory(place, ignored);
    if (!fs::is_directory(fs::symlink_status(place, ignored))) return;
  }
}

void clear(const std::string& root) {
  for (const auto& entry : fs::directory_iterator(root)) fs::remove_all(entry);
}

/// What the kernel takes `path` for below `root`; empty where it finds nothing.
std::string by_the_kernel(const std::string& root, const std::string& path) {
  const int top = open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct open_how how {};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT;
  const int found = static_cast<int>(syscall(SYS_openat2, top, path.c_str(), &how, sizeof how));
  close(top);
  if (found < 0) return "";
  const std::string name = fs::read_symlink("/proc/self/fd/" + std::to_string(found)).string();
  close(found);
  return name == root ? "/" : name.substr(root.size());
}

}  // namespace
}  // namespace pgvigil::fuzz

/// The first line is a path, the others a tree: what the kernel finds below a root, we find as well.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace pgvigil;
  static const fuzz::Planted tree;
  const auto lines = host::split(fuzz::text_of(data, size), '\n');
  const std::string path(lines.front());
  if (!path.starts_with('/') || path.find('\0') != std::string::npos) return -1;  // not worth keeping
  for (std::size_t i = 1; i < lines.size(); ++i) fuzz::plant(tree.root(), lines[i]);
  const std::string expected = fuzz::by_the_kernel(tree.root(), path);
  const auto resolved = host::resolve(tree.root(), path);
  fuzz::clear(tree.root());
  if (!expected.empty()) fuzz::require(resolved && *resolved == expected, "as the kernel resolves it");
  return 0;
}
