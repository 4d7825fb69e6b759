#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "host/mountinfo.hpp"
#include "pgvigil/host/locality.hpp"
#include "planted.hpp"
#include "require.hpp"
#include "tree.hpp"

namespace pgvigil::fuzz {
namespace {

constexpr int kPostmaster = 70;
constexpr int kBackend = 71;
constexpr std::array<std::string_view, 5> kFiles = {"/stat", "/70/stat", "/71/stat", "/70/cwd/postmaster.pid",
                                                    "/data/postmaster.pid"};

void plant(const std::string& root, const std::map<std::string, std::string>& tree) {
  for (const char* directory : {"/70/cwd", "/71", "/data"})
    std::filesystem::create_directories(root + directory);
  for (const std::string_view path : kFiles) {
    const std::string file = root + std::string(path);
    const auto found = tree.find(std::string(path));
    if (found == tree.end())
      std::filesystem::remove(file);
    else
      std::ofstream(file) << found->second;
  }
}

void hold(const base::Result<int>& postmaster) {
  if (postmaster) {
    require(*postmaster > 0, "a postmaster has a pid");
    return;
  }
  const auto& [kind, message, sqlstate] = postmaster.error();
  require(kind == base::ErrorKind::io, "the kind is io");
  require(base::is_utf8(message) && base::one_line(message) == message, "a reason is one line");
}

void hold_mounts(const std::string& ours, const std::string& theirs) {
  const auto lines = host::parse_mountinfo(ours);
  const auto others = host::parse_mountinfo(theirs);
  for (const host::MountLine& line : lines) {
    require(line.point.starts_with('/'), "a mount point is absolute");
    const host::MountLine* covering = host::mount_of(lines, line.point);
    require(covering != nullptr, "a mount point lies on a mount");
    std::string_view rest;
    require(host::below(line.point, covering->point, rest), "and below it");
    const bool same = host::is_same_mount(lines, others, line.point);
    require(same == host::is_same_mount(others, lines, line.point), "the same for both");
  }
}

}  // namespace
}  // namespace pgvigil::fuzz

/// Whatever /proc says of processes and mounts, and a postmaster.pid of its server: an answer, or a reason.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace pgvigil;
  static const fuzz::Planted proc;
  auto tree = fuzz::tree_of(fuzz::text_of(data, size));
  fuzz::plant(proc.root(), tree);
  host::Peer peer;
  peer.peer_pid = fuzz::kPostmaster;
  fuzz::hold(host::find_postmaster(peer, proc.root()));
  peer.address = "127.0.0.1";
  peer.address_is_ours = true;
  peer.backend_pid = fuzz::kBackend;
  peer.backend_start = base::WallTime(base::Seconds(1'700'000'000));
  fuzz::hold(host::find_postmaster(peer, proc.root()));
  host::stopping(fuzz::kPostmaster, proc.root() + "/data", proc.root());
  fuzz::hold_mounts(tree["/self/mountinfo"], tree["/70/mountinfo"]);
  return 0;
}
