#include "pgvigil/host/mounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "host/mountinfo.hpp"
#include "host/resolve.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::host {
namespace {

/// After so long without an answer, another thread goes on with the other paths.
constexpr base::Millis kPatience{50};

struct Space {
  std::string path;  ///< without links
  struct statvfs numbers {};
};

base::Result<Space> ask_for(const Statvfs& call, const std::string& root, std::string resolved) {
  Space space{std::move(resolved), {}};
  const std::error_code error(call(root + space.path, space.numbers), std::generic_category());
  if (error) return base::fail(kind_of(error), "statvfs {}{}: {}", root, space.path, error.message());
  return space;
}

/// statvfs tells of the mount that it was asked through. Through ours, that says nothing of the server's: a
/// sidecar's is often read-only where the server's is not.
bool is_readonly(const MountLine* line, bool through_the_servers, const struct statvfs& numbers) {
  if (line == nullptr) return (numbers.f_flag & ST_RDONLY) != 0;
  return is_readonly_everywhere(*line) || (through_the_servers && line->readonly);
}

Mount to_mount(const Space& space, const std::string& role, const std::vector<MountLine>& lines,
               bool through_the_servers) {
  const MountLine* line = mount_of(lines, space.path);
  const struct statvfs& numbers = space.numbers;
  const auto bytes = [&](fsblkcnt_t blocks) {
    return static_cast<double>(blocks) * static_cast<double>(numbers.f_frsize);
  };
  return {line != nullptr ? line->point : space.path,
          role,
          bytes(numbers.f_blocks),
          bytes(numbers.f_bfree),
          bytes(numbers.f_bavail),
          static_cast<double>(numbers.f_files),
          static_cast<double>(numbers.f_ffree),
          is_readonly(line, through_the_servers, numbers)};
}

void add(std::vector<Mount>& mounts, Mount mount) {
  const auto same = [&](const Mount& other) {
    return other.mount == mount.mount && other.role == mount.role;
  };
  if (std::none_of(mounts.begin(), mounts.end(), same)) mounts.push_back(std::move(mount));
}

}  // namespace

/// Whose mounts are looked at.
struct MountProber::View {
  std::array<std::string, 2> texts;  ///< of mountinfo, ours and the server's
  std::string root;                  ///< "" for ours
  std::vector<MountLine> lines;
  bool is_the_servers = false;  ///< a server in our own namespace has our mounts
  std::vector<MountLine> ours;  ///< where `lines` are of another namespace

  base::Result<Space> look(const Statvfs& call, const std::string& path) const;
  base::Result<Space> look_from_here(const Statvfs& call, const std::string& path) const;
};

base::Result<Space> MountProber::View::look(const Statvfs& call, const std::string& path) const {
  auto space = resolve(root, path).and_then([&](const auto& found) { return ask_for(call, root, found); });
  if (space || root.empty() || space.error().kind != base::ErrorKind::permission) return space;
  auto from_here = look_from_here(call, path);
  if (!from_here) return base::within(space.error().message, std::move(from_here.error()));
  return from_here;
}

/// Through our own mounts, where those are the server's too. A name on a mount that is not may be a link
/// there and none here; but what lies above a mount point is a directory for both.
base::Result<Space> MountProber::View::look_from_here(const Statvfs& call, const std::string& path) const {
  std::vector<std::string> turns;
  const auto resolved = resolve("", path, &turns);
  if (!resolved) return tl::unexpected(resolved.error());
  turns.push_back(*resolved);
  for (const std::string& turn : turns) {
    if (!is_same_mount(ours, lines, turn))
      return base::fail(base::ErrorKind::io, "{} is on another mount here", turn);
  }
  return ask_for(call, "", *resolved);
}

/// One question on its way. Shared by the prober and the thread that asks.
struct MountProber::Call {
  explicit Call(std::string asked) : path(std::move(asked)) {}

  const std::string path;
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<base::Result<Space>> answer;

  void put(base::Result<Space> result) {
    const std::lock_guard lock(mutex);
    answer = std::move(result);
    answered.notify_all();
  }

  std::optional<base::Result<Space>> wait_until(base::SteadyTime deadline) {
    std::unique_lock lock(mutex);
    answered.wait_until(lock, deadline, [&] { return answer.has_value(); });
    return answer;
  }
};

/// The questions of one time, in the order in which threads take them.
struct MountProber::Round {
  std::shared_ptr<const View> view;
  std::vector<std::shared_ptr<Call>> calls;
  std::atomic<std::size_t> next = 0;
};

int system_statvfs(const std::string& path, struct statvfs& answer) {
  return ::statvfs(path.c_str(), &answer) == 0 ? 0 : errno;
}

std::vector<ServerPath> server_paths(const std::string& data_directory,
                                     std::span<const std::string> tablespaces,
                                     const std::string& log_directory) {
  std::vector<ServerPath> paths;
  if (!data_directory.empty()) {
    paths.push_back({"data", data_directory});
    paths.push_back({"wal", data_directory + "/pg_wal"});
  }
  for (const std::string& location : tablespaces) {
    if (!location.empty()) paths.push_back({"tablespace", location});
  }
  if (log_directory.empty()) return paths;
  if (log_directory.front() == '/') {
    paths.push_back({"log", log_directory});
  } else if (!data_directory.empty()) {
    paths.push_back({"log", data_directory + "/" + log_directory});
  }
  return paths;
}

MountProber::MountProber(Statvfs call, std::string proc)
    : statvfs_(std::move(call)), proc_(std::move(proc)) {}

/// Detached, because a thread that hangs in the kernel can be neither joined nor ended.
void MountProber::start_thread(const std::shared_ptr<Round>& round) const {
  const auto run = [round, statvfs = statvfs_] {
    for (std::size_t i = 0; (i = round->next++) < round->calls.size();) {
      try {
        round->calls[i]->put(round->view->look(statvfs, round->calls[i]->path));
      } catch (const std::exception& error) {
        round->calls[i]->put(base::fail(base::ErrorKind::io, "{}", error.what()));
      }
    }
  };
  try {
    std::thread(run).detach();
  } catch (const std::system_error& error) {
    for (std::size_t i = 0; (i = round->next++) < round->calls.size();)
      round->calls[i]->put(base::fail(base::ErrorKind::io, "cannot start a thread: {}", error.what()));
  }
}

/// Parsed again only where the kernel says something else.
std::shared_ptr<const MountProber::View> MountProber::view_of(int postmaster_pid) {
  const std::string process = postmaster_pid > 0 ? fmt::format("{}/{}", proc_, postmaster_pid) : "";
  std::array<std::string, 2> texts = {base::read_file(proc_ + "/self/mountinfo").value_or("")};
  if (!process.empty()) texts[1] = base::read_file(process + "/mountinfo").value_or("");
  // Mount ids are unique in the kernel: the same text is the same namespace, and needs no right to enter
  // /proc/PID/root.
  const bool are_ours = process.empty() || texts[0] == texts[1];
  const std::string root = are_ours ? "" : process + "/root";
  if (view_ && view_->texts == texts && view_->root == root) return view_;
  View view{texts, root, parse_mountinfo(texts[are_ours ? 0 : 1]), !process.empty(), {}};
  if (!are_ours) view.ours = parse_mountinfo(texts[0]);
  view_ = std::make_shared<const View>(std::move(view));
  return view_;
}

Mounts MountProber::probe(std::span<const ServerPath> paths, int postmaster_pid, base::SteadyTime deadline) {
  const auto view = view_of(postmaster_pid);
  std::erase_if(unanswered_, [](const auto& entry) { return entry.second->wait_until({}).has_value(); });
  Mounts result;
  result.ours = view->root.empty();
  while (!paths.empty()) {
    // Those that hang take a thread each; the others share what is left.
    const std::size_t threads = kMostThreads - unanswered_.size();
    const std::size_t batch = std::min(paths.size(), std::max<std::size_t>(threads, 1));
    probe_batch(paths.first(batch), view, deadline, result);
    paths = paths.subspan(batch);
  }
  return result;
}

void MountProber::probe_batch(std::span<const ServerPath> paths, const std::shared_ptr<const View>& view,
                              base::SteadyTime deadline, Mounts& result) {
  const auto unseen = [&](const ServerPath& path, std::string reason) {
    result.unseen.push_back({path.role, path.path, std::move(reason)});
  };
  const bool full = unanswered_.size() >= kMostThreads;
  const auto round = std::make_shared<Round>();
  round->view = view;
  std::vector<std::pair<const ServerPath*, std::shared_ptr<Call>>> asked;
  for (const ServerPath& path : paths) {
    if (unanswered_.contains(view->root + path.path)) {
      unseen(path, "an earlier statvfs has not returned yet");
    } else if (full) {
      unseen(path, fmt::format("not asked, {} other paths hang", unanswered_.size()));
    } else {
      auto same = std::ranges::find(round->calls, path.path, &Call::path);
      if (same == round->calls.end()) same = round->calls.insert(same, std::make_shared<Call>(path.path));
      asked.emplace_back(&path, *same);
    }
  }
  if (!round->calls.empty()) start_thread(round);
  for (const auto& [path, call] : asked) {
    auto answer = call->wait_until(std::min(deadline, std::chrono::steady_clock::now() + kPatience));
    if (!answer) {
      start_thread(round);
      answer = call->wait_until(deadline);
    }
    if (!answer) {
      unanswered_.emplace(view->root + path->path, call);
      unseen(*path, "statvfs did not return in time");
    } else if (!*answer) {
      unseen(*path, answer->error().message);
    } else {
      add(result.seen, to_mount(**answer, path->role, view->lines, view->is_the_servers));
    }
  }
}

}  // namespace pgvigil::host
