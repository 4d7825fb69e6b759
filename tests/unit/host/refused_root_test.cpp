#include <fmt/format.h>
#include <gmock/gmock.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <mutex>

#include "pgvigil/host/mounts.hpp"
#include "tree.hpp"

namespace pgvigil::host {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

/// This thread, and those that it starts, without root's right to look into any directory.
class WithoutRootsRight {
 public:
  WithoutRootsRight() {
    EXPECT_EQ(syscall(SYS_capget, &header_, before_.data()), 0);
    auto fewer = before_;
    fewer[0].effective &= ~((1U << CAP_DAC_OVERRIDE) | (1U << CAP_DAC_READ_SEARCH));
    EXPECT_EQ(syscall(SYS_capset, &header_, fewer.data()), 0);
  }
  ~WithoutRootsRight() { EXPECT_EQ(syscall(SYS_capset, &header_, before_.data()), 0); }
  WithoutRootsRight(const WithoutRootsRight&) = delete;
  WithoutRootsRight& operator=(const WithoutRootsRight&) = delete;

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> before_{};
};

/// A server, process 42, in another mount namespace, whose root may not be entered. Its volume is mounted
/// here too, at the same place.
class ARefusedRoot : public testing::Test {
 protected:
  ARefusedRoot() {
    proc_.directory("42/root");
    shut(proc_ / "42/root");
    machine_.directory("volume/pg");
    machine_.directory("elsewhere/pg");
  }
  ~ARefusedRoot() override {
    for (const std::string& directory : shut_)
      std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
  }

  void shut(const std::string& directory) {
    std::filesystem::permissions(directory, std::filesystem::perms::none);
    shut_.push_back(directory);
  }

  /// A mount on the volume's place, or on `place` of this machine.
  std::string mount(std::string_view ids, std::string_view source, std::string_view options = "rw",
                    std::string_view place = "volume") const {
    return fmt::format("{} {} {}/{} {} - ext4 /dev/sda rw\n", ids, source, machine_.root(), place, options);
  }

  /// What is seen of `paths` where mountinfo has these lines below the two roots.
  Mounts probe(std::string_view here, std::string_view there, const std::vector<ServerPath>& paths) {
    proc_.write("self/mountinfo", fmt::format("27 1 254:0 / / rw - ext4 /dev/vda rw\n{}", here));
    proc_.write("42/mountinfo", fmt::format("50 1 0:99 / / rw - overlay overlay rw\n{}", there));
    const WithoutRootsRight less;
    MountProber prober(
        [this](const std::string& path, struct statvfs& answer) {
          const std::lock_guard lock(mutex_);
          asked_.push_back(path);
          return system_statvfs(path, answer);
        },
        proc_.root());
    return prober.probe(paths, 42, std::chrono::steady_clock::now() + std::chrono::hours(1));
  }

  auto unseen_because(const std::string& reason) const {
    return ElementsAre(Field("reason", &UnseenPath::reason,
                             AllOf(HasSubstr("42/root"), HasSubstr("Permission denied: " + reason))));
  }

  TempTree proc_;
  TempTree machine_;
  std::vector<std::string> shut_;
  std::mutex mutex_;
  std::vector<std::string> asked_;
};

TEST_F(ARefusedRoot, IsNoHindranceWhereTheVolumeIsMountedHereToo) {
  const std::string data = machine_ / "volume/pg";
  const Mounts mounts = probe(mount("30 27", "8:1 /"), mount("51 50", "8:1 /"), {{"data", data}});
  EXPECT_THAT(mounts.unseen, IsEmpty());
  EXPECT_THAT(mounts.seen, ElementsAre(Field("mount", &Mount::mount, machine_ / "volume")));
  EXPECT_THAT(asked_, ElementsAre(data));
  struct statvfs expected {};
  ASSERT_EQ(statvfs(data.c_str(), &expected), 0);
  EXPECT_EQ(mounts.seen.at(0).size_bytes,
            static_cast<double>(expected.f_blocks) * static_cast<double>(expected.f_frsize));
}

TEST_F(ARefusedRoot, LeavesItToTheServersMountWhetherItCanBeWritten) {
  const std::vector<ServerPath> paths = {{"data", machine_ / "volume/pg"}};
  const auto readonly = [&](std::string_view here, std::string_view there) {
    return probe(mount("30 27", "8:1 /", here), mount("51 50", "8:1 /", there), paths).seen.at(0).readonly;
  };
  EXPECT_FALSE(readonly("ro", "rw")) << "as all are under ProtectSystem=strict";
  EXPECT_TRUE(readonly("rw", "ro"));
}

TEST_F(ARefusedRoot, IsNotGuessedAtFromAnotherFileSystemAtTheSamePlace) {
  const std::vector<ServerPath> paths = {{"data", machine_ / "volume/pg"}};
  const std::string here = mount("30 27", "8:1 /");
  const std::string its_own = machine_ / "volume/pg is on another mount here";
  const std::array others = {
      std::string(),                               // on its root, which is not ours
      mount("51 50", "8:2 /"),                     // another device
      mount("51 50", "8:1 /pg"),                   // another directory of it
      mount("51 50", "8:1 /", "rw", "volume/pg"),  // at another point
  };
  for (const std::string& there : others)
    EXPECT_THAT(probe(here, there, paths).unseen, unseen_because(its_own)) << there;
  EXPECT_THAT(probe("", mount("51 50", "8:1 /"), paths).unseen, unseen_because(its_own)) << "on our root";
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(ARefusedRoot, IsNotGuessedAtFromAMountThatIsHiddenBelowAnother) {
  const std::vector<ServerPath> paths = {{"data", machine_ / "volume/pg"}};
  const std::string cover = fmt::format("8:7 / {} rw - tmpfs tmpfs rw\n", machine_.root());
  const std::string here = mount("30 27", "8:1 /");
  const std::string there = mount("51 50", "8:1 /");
  EXPECT_THAT(probe(here + "31 27 " + cover, there, paths).seen, IsEmpty());
  EXPECT_THAT(probe(here, there + "52 50 " + cover, paths).seen, IsEmpty());
  EXPECT_THAT(asked_, IsEmpty());
  // The same lines, but the volume is mounted on what covers.
  EXPECT_THAT(probe(mount("30 31", "8:1 /") + "31 27 " + cover, there, paths).unseen, IsEmpty());
}

TEST_F(ARefusedRoot, FollowsOnlyLinksThatTheServerHasAsWell) {
  machine_.link("volume/current", "pg");
  machine_.link("outside", "volume/pg");
  const std::string here = mount("30 27", "8:1 /");
  const std::string there = mount("51 50", "8:1 /");
  EXPECT_THAT(probe(here, there, {{"data", machine_ / "volume/current"}}).unseen, IsEmpty());
  EXPECT_THAT(asked_, ElementsAre(machine_ / "volume/pg"));
  EXPECT_THAT(probe(here, there, {{"data", machine_ / "outside"}}).unseen,
              unseen_because(machine_ / "outside is on another mount here"));
  EXPECT_THAT(probe(here, there, {{"data", machine_ / "elsewhere/../volume/pg"}}).unseen,
              unseen_because(machine_ / "elsewhere is on another mount here"));
}

TEST_F(ARefusedRoot, DoesNotSayWherePgWalIsInADirectoryThatIsShut) {
  machine_.link("volume/pg/pg_wal", machine_ / "elsewhere/pg");
  shut(machine_ / "volume/pg");
  const std::vector<ServerPath> paths = {{"data", machine_ / "volume/pg"},
                                         {"wal", machine_ / "volume/pg/pg_wal"}};
  const Mounts mounts = probe(mount("30 27", "8:1 /"), mount("51 50", "8:1 /"), paths);
  EXPECT_THAT(mounts.seen, ElementsAre(Field("role", &Mount::role, "data")));
  EXPECT_THAT(mounts.unseen, unseen_because(machine_ / "volume/pg/pg_wal: Permission denied"));
}

TEST_F(ARefusedRoot, IsNotOneThatIsGone) {
  std::filesystem::remove(proc_ / "42/root");
  shut_.clear();
  const std::string here = mount("30 27", "8:1 /");
  EXPECT_THAT(probe(here, mount("51 50", "8:1 /"), {{"data", machine_ / "volume/pg"}}).unseen,
              ElementsAre(Field("reason", &UnseenPath::reason, HasSubstr("No such file or directory"))));
  EXPECT_THAT(asked_, IsEmpty());
}

}  // namespace
}  // namespace pgvigil::host
