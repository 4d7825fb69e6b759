#include "pgvigil/host/mounts.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <latch>
#include <mutex>

#include "../eventually.hpp"
#include "tree.hpp"

namespace pgvigil::host {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// Far enough that only a call which hangs could reach it.
base::SteadyTime far() { return std::chrono::steady_clock::now() + std::chrono::hours(1); }
base::SteadyTime now() { return std::chrono::steady_clock::now(); }

auto is(const std::string& role, const std::string& path, const std::string& reason) {
  return testing::AllOf(Field("role", &UnseenPath::role, role), Field("path", &UnseenPath::path, path),
                        Field("reason", &UnseenPath::reason, reason));
}

TEST(ServerPaths, AreTheServersOwn) {
  const std::vector<std::string> tablespaces = {"/fast", ""};
  const auto paths = server_paths("/data", tablespaces, "log");
  std::string all;
  for (const ServerPath& path : paths) all += path.role + " " + path.path + "\n";
  EXPECT_EQ(all, "data /data\nwal /data/pg_wal\ntablespace /fast\nlog /data/log\n");
  EXPECT_EQ(server_paths("", {}, "/var/log/postgresql").at(0).path, "/var/log/postgresql");
  EXPECT_THAT(server_paths("", {}, "log"), IsEmpty()) << "relative to a directory that is not known";
}

TEST(Mounts, OfThisMachineAreWhatStatvfsSays) {
  MountProber prober;
  const std::vector<ServerPath> paths = {
      {"data", "/"}, {"wal", "/proc"}, {"log", "/tmp"}, {"tablespace", "/dev/shm"}};
  const Mounts mounts = prober.probe(paths, 0, far());
  EXPECT_THAT(mounts.unseen, IsEmpty());
  ASSERT_THAT(mounts.seen, SizeIs(4));
  EXPECT_EQ(mounts.seen[0].mount, "/");
  EXPECT_EQ(mounts.seen[1].mount, "/proc");
  for (std::size_t i = 0; i < paths.size(); ++i) {
    struct statvfs expected {};
    ASSERT_EQ(statvfs(paths[i].path.c_str(), &expected), 0);
    const Mount& mount = mounts.seen[i];
    EXPECT_EQ(mount.role, paths[i].role);
    EXPECT_EQ(mount.size_bytes,
              static_cast<double>(expected.f_blocks) * static_cast<double>(expected.f_frsize));
    EXPECT_EQ(mount.files, static_cast<double>(expected.f_files));
    EXPECT_LE(mount.available_bytes, mount.free_bytes);
    EXPECT_LE(mount.free_bytes, mount.size_bytes);
  }
}

TEST(Mounts, OfOurOwnProcessByPidAreOurs) {
  MountProber prober;
  const std::vector<ServerPath> paths = {{"data", "/"}};
  const Mounts mounts = prober.probe(paths, getpid(), far());
  ASSERT_THAT(mounts.seen, SizeIs(1));
  EXPECT_EQ(mounts.seen[0].mount, "/");
}

int roomy(const std::string&, struct statvfs& answer) {
  answer.f_frsize = 4096;
  answer.f_blocks = 1000;
  answer.f_bfree = 300;
  answer.f_bavail = 250;
  answer.f_files = 64;
  answer.f_ffree = 60;
  answer.f_flag = ST_RDONLY;  // of the mount that was asked through
  return 0;
}

TEST(Mounts, AreCountedInBytes) {
  MountProber prober(roomy);
  const std::vector<ServerPath> paths = {{"data", "/"}};
  const Mount mount = prober.probe(paths, 0, far()).seen.at(0);
  EXPECT_EQ(mount.size_bytes, 4096000);
  EXPECT_EQ(mount.free_bytes, 1228800);
  EXPECT_EQ(mount.available_bytes, 1024000);
  EXPECT_EQ(mount.files, 64);
  EXPECT_EQ(mount.files_free, 60);
}

/// What the mount at / is, by our own mountinfo and, as seen through process 42, by the server's.
struct ReadOnly {
  bool by_ours = false;
  bool by_the_servers = false;
};

ReadOnly readonly_where(const std::string& mountinfo_line) {
  TempTree proc;
  proc.write("self/mountinfo", mountinfo_line);
  proc.write("42/mountinfo", mountinfo_line + "\n31 27 0:5 / /proc rw - proc proc rw\n");
  proc.directory("42/root");
  MountProber prober(roomy, proc.root());
  const std::vector<ServerPath> paths = {{"data", "/"}};
  return {prober.probe(paths, 0, far()).seen.at(0).readonly,
          prober.probe(paths, 42, far()).seen.at(0).readonly};
}

TEST(AReadOnlyMount, OfOursSaysNothingOfTheServers) {
  const ReadOnly found = readonly_where("27 1 8:1 / / ro,relatime - ext4 /dev/sda rw,discard");
  EXPECT_FALSE(found.by_ours);
  EXPECT_TRUE(found.by_the_servers);
}

TEST(AReadOnlyMount, IsSeenFromEverywhereWhereTheFileSystemIs) {
  for (const std::string_view options : {"ro,errors=remount-ro", "rw,emergency_ro"}) {
    const ReadOnly found = readonly_where(fmt::format("27 1 8:1 / / rw - ext4 /dev/sda {}", options));
    EXPECT_TRUE(found.by_ours) << options;
    EXPECT_TRUE(found.by_the_servers) << options;
  }
}

TEST(AReadOnlyMount, IsNotOneThatMerelyCouldBecomeOne) {
  const ReadOnly found = readonly_where("27 1 8:1 / / rw,noatime - ext4 /dev/sda rw,errors=remount-ro");
  EXPECT_FALSE(found.by_ours);
  EXPECT_FALSE(found.by_the_servers);
}

TEST(AReadOnlyMount, OfTheServersIsOursWhereWeShareThem) {
  TempTree proc;
  for (const std::string_view process : {"self", "42"})
    proc.write(fmt::format("{}/mountinfo", process), "27 1 8:1 / / ro - ext4 /dev/sda rw");
  MountProber prober(roomy, proc.root());
  const std::vector<ServerPath> paths = {{"data", "/"}};
  EXPECT_TRUE(prober.probe(paths, 42, far()).seen.at(0).readonly);
}

/// A server in another mount namespace, process 42, with links that mean something else from our own root.
class AnotherNamespace : public testing::Test {
 protected:
  AnotherNamespace() {
    proc_.write("self/mountinfo", "27 1 254:0 / / rw - ext4 /dev/vda rw\n");
    proc_.write("42/mountinfo",
                "50 1 0:9 / / rw - overlay overlay rw\n"
                "51 50 8:1 / /data rw - ext4 /dev/sda rw\n"
                "52 50 8:2 / /my\\040wal\\134s rw - ext4 /dev/sdb rw\n"
                "53 50 8:3 / /fast rw master:1 - ext4 /dev/sdc rw\n"
                "a line cut sho");
    proc_.directory("42/root/data/pg");
    proc_.directory("42/root/my wal\\s/pg_wal");
    proc_.directory("42/root/fast/a");
    proc_.directory("42/root/fast/b");
    proc_.directory("42/root/datadir");
    proc_.link("42/root/data/pg/pg_wal", "/my wal\\s/./pg_wal");
    proc_.link("42/root/ts", "datadir/../../fast/a");
    proc_.link("42/root/loop", "loop");
  }

  std::vector<std::string> asked_;
  TempTree proc_;
};

TEST_F(AnotherNamespace, IsSeenThroughTheServersRoot) {
  std::mutex mutex;
  MountProber prober(
      [&](const std::string& path, struct statvfs& answer) {
        const std::lock_guard lock(mutex);
        asked_.push_back(path);
        return roomy(path, answer);
      },
      proc_.root());
  const std::vector<ServerPath> paths = {
      {"data", "/data/pg"}, {"wal", "/data/pg/pg_wal"}, {"log", "/datadir"}};
  const Mounts mounts = prober.probe(paths, 42, far());
  EXPECT_THAT(mounts.seen,
              ElementsAre(Field("mount", &Mount::mount, "/data"), Field("mount", &Mount::mount, "/my wal\\s"),
                          Field("mount", &Mount::mount, "/")));
  const std::string root = proc_ / "42/root";
  EXPECT_THAT(asked_, testing::UnorderedElementsAre(root + "/data/pg", root + "/my wal\\s/pg_wal",
                                                    root + "/datadir"));
}

TEST_F(AnotherNamespace, HasEachPairOfMountAndRoleOnce) {
  MountProber prober(roomy, proc_.root());
  const std::vector<ServerPath> paths = {
      {"tablespace", "/ts"}, {"tablespace", "/fast/b"}, {"log", "/fast/b"}};
  const Mounts mounts = prober.probe(paths, 42, far());
  ASSERT_THAT(mounts.seen, SizeIs(2));
  EXPECT_EQ(mounts.seen[0].role, "tablespace");
  EXPECT_EQ(mounts.seen[0].mount, "/fast");
  EXPECT_EQ(mounts.seen[1].role, "log");
}

TEST_F(AnotherNamespace, SaysWhyAPathIsNotSeen) {
  MountProber prober(
      [](const std::string& path, struct statvfs& answer) {
        return path.ends_with("/fast/a") ? EIO : roomy(path, answer);
      },
      proc_.root());
  const std::string root = proc_ / "42/root";
  const std::vector<ServerPath> paths = {{"data", "/gone/pg"}, {"wal", "/loop"}, {"log", "/fast/a"}};
  EXPECT_THAT(prober.probe(paths, 42, far()).unseen,
              ElementsAre(is("data", "/gone/pg", root + "/gone: No such file or directory"),
                          is("wal", "/loop", "/loop: too many links"),
                          is("log", "/fast/a", "statvfs " + root + "/fast/a: Input/output error")));
  EXPECT_THAT(prober.probe(paths, 43, far()).unseen, SizeIs(3)) << "no such process";
}

/// A statvfs that hangs for every path but "/", until the test lets it go.
struct DeadMount {
  std::latch released{1};
  std::atomic<int> asked{0};
};

Statvfs hanging(const std::shared_ptr<DeadMount>& dead) {
  return [dead](const std::string& path, struct statvfs& answer) {
    if (path == "/") return roomy(path, answer);
    ++dead->asked;
    dead->released.wait();
    return roomy(path, answer);
  };
}

TEST(AMountThatHangs, StopsNothingAndIsNotAskedAgain) {
  const auto dead = std::make_shared<DeadMount>();
  MountProber prober(hanging(dead));
  const std::vector<ServerPath> paths = {{"wal", "/tmp"}, {"data", "/"}};
  EXPECT_THAT(prober.probe({paths.data(), 1}, 0, now()).unseen,
              ElementsAre(is("wal", "/tmp", "statvfs did not return in time")));

  const Mounts later = prober.probe(paths, 0, far());
  EXPECT_THAT(later.unseen, ElementsAre(is("wal", "/tmp", "an earlier statvfs has not returned yet")));
  EXPECT_THAT(later.seen, ElementsAre(Field("role", &Mount::role, "data")));

  dead->released.count_down();
  EXPECT_TRUE(eventually([&] { return prober.probe(paths, 0, far()).seen.size() == 2; }));
  EXPECT_THAT(prober.probe(paths, 0, far()).unseen, IsEmpty());
}

TEST(AMountThatHangs, LeavesTheOthersToAnotherThread) {
  const auto dead = std::make_shared<DeadMount>();
  MountProber prober(hanging(dead));
  const std::vector<ServerPath> paths = {{"wal", "/tmp"}, {"data", "/"}};
  EXPECT_THAT(prober.probe(paths, 0, now()).unseen, Not(IsEmpty()));
  while (prober.probe(paths, 0, far()).seen.empty()) std::this_thread::yield();
  dead->released.count_down();
}

TEST(AMountThatHangs, MayOutliveTheProber) {
  const auto dead = std::make_shared<DeadMount>();
  const std::vector<ServerPath> paths = {{"wal", "/tmp"}};
  EXPECT_THAT(MountProber(hanging(dead)).probe(paths, 0, now()).seen, IsEmpty());
  dead->released.count_down();
}

TEST(AMountThatHangs, TakesNoMoreThreadsThanAreAllowed) {
  const auto dead = std::make_shared<DeadMount>();
  TempTree tree;
  std::vector<ServerPath> paths;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "tablespace" + std::to_string(i);
    tree.directory(name);
    paths.push_back({"tablespace", tree / name});
  }
  paths.push_back(paths.front());
  MountProber prober(hanging(dead));
  const auto first = prober.probe(paths, 0, now()).unseen;
  ASSERT_THAT(first, SizeIs(21));
  EXPECT_EQ(first[7].reason, "statvfs did not return in time");
  EXPECT_EQ(first[8].reason, "not asked, 8 other paths hang");
  EXPECT_LE(dead->asked, static_cast<int>(MountProber::kMostThreads));
  const auto again = prober.probe(paths, 0, far()).unseen;
  ASSERT_THAT(again, SizeIs(21));
  EXPECT_EQ(again.front().reason, "an earlier statvfs has not returned yet");
  EXPECT_EQ(again[19].reason, "not asked, 8 other paths hang");
  dead->released.count_down();
  EXPECT_TRUE(eventually([&] { return !prober.probe(paths, 0, far()).seen.empty(); }));
}

TEST(Mounts, OfMorePathsThanThreadsAreAllSeen) {
  TempTree tree;
  std::vector<ServerPath> paths;
  for (int i = 0; i < 20; ++i) paths.push_back({"role" + std::to_string(i), tree.root()});
  MountProber prober(roomy);
  EXPECT_THAT(prober.probe(paths, 0, far()).seen, SizeIs(20));
}

}  // namespace
}  // namespace pgvigil::host
