#include "host/mountinfo.hpp"

#include <algorithm>

#include "host/fields.hpp"

namespace pgvigil::host {
namespace {

/// The kernel writes blank, tab, newline, backslash and # as \ooo.
std::string unescape(std::string_view text) {
  const auto digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '7'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && digit(i + 1) && text[i + 1] < '4' && digit(i + 2) && digit(i + 3)) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool has_option(std::string_view options, std::string_view option) {
  const auto all = split(options, ',');
  return std::find(all.begin(), all.end(), option) != all.end();
}

/// A path that comes to `mount` crosses one mount after the other, each mounted on the one before. Where that
/// does not hold, something was mounted over a directory above, and the path never comes to `mount`.
bool in_sight(const std::vector<MountLine>& lines, const MountLine& mount) {
  std::vector<const MountLine*> way;
  std::string_view rest;
  for (const MountLine& line : lines)
    if (below(mount.point, line.point, rest)) way.push_back(&line);
  std::stable_sort(way.begin(), way.end(),
                   [](const MountLine* a, const MountLine* b) { return a->point.size() < b->point.size(); });
  const auto apart = [](const MountLine* upper, const MountLine* lower) {
    return lower->parent != upper->id;
  };
  return std::adjacent_find(way.begin(), way.end(), apart) == way.end();
}

}  // namespace

bool is_readonly_everywhere(const MountLine& line) {
  return has_option(line.options, "ro") || has_option(line.options, "emergency_ro");
}

std::vector<MountLine> parse_mountinfo(std::string_view text) {
  std::vector<MountLine> lines;
  for (const std::string_view line : split(text, '\n')) {
    const auto found = words(line);
    if (found.size() < 10 || found[4].front() != '/') continue;
    // id, parent, device, root, point, options, any number of optional fields, "-", type, source, options.
    const auto dash = std::find(found.begin() + 6, found.end(), "-");
    if (found.end() - dash < 4) continue;
    lines.push_back({std::string(found[0]), std::string(found[1]), std::string(found[2]), unescape(found[3]),
                     unescape(found[4]), std::string(dash[1]), std::string(dash[3]),
                     has_option(found[5], "ro")});
  }
  return lines;
}

bool below(std::string_view path, std::string_view top, std::string_view& rest) {
  if (top == "/") top = "";
  if (path.substr(0, top.size()) != top) return false;
  rest = path.substr(top.size());
  if (rest == "/") rest = "";
  return rest.empty() || rest.front() == '/';
}

const MountLine* mount_of(const std::vector<MountLine>& lines, std::string_view path) {
  const MountLine* best = nullptr;
  std::string_view rest;
  for (const MountLine& line : lines) {
    if (below(path, line.point, rest) && (best == nullptr || line.point.size() >= best->point.size()))
      best = &line;
  }
  return best;
}

bool is_same_mount(const std::vector<MountLine>& ours, const std::vector<MountLine>& theirs,
                   std::string_view path) {
  const MountLine* a = mount_of(ours, path);
  const MountLine* b = mount_of(theirs, path);
  return a != nullptr && b != nullptr && a->device == b->device && a->root == b->root &&
         a->point == b->point && in_sight(ours, *a) && in_sight(theirs, *b);
}

}  // namespace pgvigil::host
