#include "pgvigil/host/locality.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "tree.hpp"

namespace pgvigil::host {
namespace {

using base::WallTime;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr int kBoot = 1700000000;

WallTime after_boot(milliseconds time) { return WallTime(seconds(kBoot)) + time; }

/// `/proc/PID/stat` as the kernel writes it; `ticks` are hundredths of a second since boot.
void plant(const TempTree& proc, int pid, const std::string& name, int parent, long ticks) {
  proc.write(std::to_string(pid) + "/stat",
             fmt::format("{} ({}) S {} 7 7 0 -1 4194560 1 0 0 0 3 4 0 0 20 0 1 0 {} 223 1\n", pid, name,
                         parent, ticks));
}

class Locality : public testing::Test {
 protected:
  Locality() {
    proc_.write("stat", "cpu  1 2 3 4\nctxt 5\nbtime " + std::to_string(kBoot) + "\n");
    plant(proc_, 40, "postgres", 1, 90000);
    plant(proc_, 71, "postgres", 40, 100000);
  }

  std::string refusal(const Peer& peer) const {
    const auto found = find_postmaster(peer, proc_.root());
    EXPECT_FALSE(found) << "pid " << found.value_or(0);
    if (found) return "";
    EXPECT_EQ(found.error().kind, base::ErrorKind::io);
    return found.error().message;
  }

  TempTree proc_;
  Peer tcp_{0, "127.0.0.1", true, 71, after_boot(seconds(1000))};
};

TEST_F(Locality, OverTcpTheBackendLeadsToItsPostmaster) {
  EXPECT_EQ(find_postmaster(tcp_, proc_.root()).value_or(0), 40);
  tcp_.backend_start = after_boot(seconds(1002));
  EXPECT_EQ(find_postmaster(tcp_, proc_.root()).value_or(0), 40);
  tcp_.backend_start = after_boot(seconds(998));
  EXPECT_EQ(find_postmaster(tcp_, proc_.root()).value_or(0), 40);
}

TEST_F(Locality, APostmasterByRedHatsNameIsOneToo) {
  plant(proc_, 40, "postmaster", 1, 90000);
  plant(proc_, 71, "postmaster", 40, 100000);
  EXPECT_EQ(find_postmaster(tcp_, proc_.root()).value_or(0), 40);
}

TEST_F(Locality, AnotherStartTimeIsAnotherProcess) {
  tcp_.backend_start = after_boot(milliseconds(1002100));
  EXPECT_EQ(refusal(tcp_), "process 71 and the backend of that pid started 2.1 s apart");
}

TEST_F(Locality, AnAddressThatIsNotOursIsNotLocal) {
  tcp_.address = "192.0.2.7";
  tcp_.address_is_ours = false;
  EXPECT_EQ(refusal(tcp_), "the server's address 192.0.2.7 is not one of this machine's");
}

TEST_F(Locality, AnotherProgramOfThatPidIsNotTheServer) {
  plant(proc_, 71, "pg (S) 40 bouncer", 40, 100000);
  EXPECT_EQ(refusal(tcp_), "the backend's process 71 is named pg (S) 40 bouncer, not postgres");
}

TEST_F(Locality, ANameOfTwoLinesGivesAReasonOfOne) {
  plant(proc_, 71, "pg\n\x1b[2J\xff", 40, 100000);
  EXPECT_EQ(refusal(tcp_), "the backend's process 71 is named pg  [2J\\xFF, not postgres");
}

TEST_F(Locality, TheParentMustBeTheServerToo) {
  plant(proc_, 40, "bash", 1, 90000);
  EXPECT_EQ(refusal(tcp_), "the backend's parent 40 is named bash, not postgres");
  plant(proc_, 71, "postgres", 0, 100000);
  EXPECT_THAT(refusal(tcp_), HasSubstr("the backend's parent 0 is not visible"));
}

TEST_F(Locality, WhatIsNotVisibleIsNotProven) {
  tcp_.backend_pid = 72;
  EXPECT_THAT(refusal(tcp_), HasSubstr("the backend's process 72 is not visible"));
  tcp_.backend_pid = 0;
  EXPECT_EQ(refusal(tcp_), "the backend's pid is not known");
  tcp_.backend_pid = 71;
  proc_.write("stat", "cpu 1 2 3\nbtime soon\n");
  EXPECT_THAT(refusal(tcp_), HasSubstr("has no btime"));
}

TEST_F(Locality, AMalformedStatIsNotVisible) {
  for (const std::string stat :
       {"", "71", "71 (postgres", "71 )postgres( S 40", "71 (postgres) S 40 1 2",
        "71 (postgres) S x 7 7 0 -1 1 1 0 0 0 3 4 0 0 20 0 1 0 100000 2",
        "71 (postgres) S 99999999999 7 7 0 -1 1 1 0 0 0 3 4 0 0 20 0 1 0 100000 2"}) {
    proc_.write("71/stat", stat);
    EXPECT_THAT(refusal(tcp_), HasSubstr("process 71 is not visible")) << stat;
  }
}

TEST_F(Locality, OverAUnixSocketTheListenerMustBeTheServer) {
  EXPECT_EQ(find_postmaster({40, "", false, 71, {}}, proc_.root()).value_or(0), 40);
  plant(proc_, 50, "pgbouncer", 1, 90000);
  EXPECT_EQ(refusal({50, "", false, 71, {}}),
            "the process behind the unix socket, 50 is named pgbouncer, not postgres");
  EXPECT_THAT(refusal({0, "", false, 71, {}}), HasSubstr("pid namespace"));
}

/// A shell under the name of the server that has a child under the same name; both end when its input closes.
class FakeServer {
 public:
  FakeServer() {
    program_ = tree_ / "postgres";
    std::filesystem::copy_file(std::filesystem::canonical("/bin/sh"), program_);
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    EXPECT_EQ(pipe2(in.data(), O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(out.data(), O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    std::string script = "'" + program_ + "' -c 'echo $$; read end'; true";
    std::string flag = "-c";
    const std::array<char*, 4> arguments = {program_.data(), flag.data(), script.data(), nullptr};
    EXPECT_EQ(posix_spawn(&pid_, program_.c_str(), &actions, nullptr, arguments.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    input_ = in[1];
    std::array<char, 32> text{};
    EXPECT_GT(::read(out[0], text.data(), text.size() - 1), 0);
    close(out[0]);
    backend_ = std::stoi(text.data());
  }
  ~FakeServer() {
    close(input_);
    waitpid(pid_, nullptr, 0);
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  int pid() const { return pid_; }
  int backend() const { return backend_; }

 private:
  TempTree tree_;
  std::string program_;
  int pid_ = 0;
  int backend_ = 0;
  int input_ = -1;
};

TEST(LocalityOfARealProcess, IsProvenByItsNameStartAndParent) {
  const WallTime before = std::chrono::system_clock::now();
  const FakeServer server;
  const WallTime after = std::chrono::system_clock::now();
  Peer peer{0, "127.0.0.1", is_own_address("127.0.0.1"), server.backend(), before + (after - before) / 2};
  const auto found = find_postmaster(peer);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, server.pid());

  peer.backend_start = before - seconds(60);
  EXPECT_FALSE(find_postmaster(peer));
  peer.backend_start = before;
  peer.backend_pid = server.pid();
  EXPECT_FALSE(find_postmaster(peer)) << "the parent of the postmaster is this test";
  EXPECT_EQ(find_postmaster({server.pid(), "", false, 0, {}}).value_or(0), server.pid());
  EXPECT_FALSE(find_postmaster({getpid(), "", false, 0, {}}));
}

TEST(OwnAddress, IsALoopbackOrAnInterface) {
  EXPECT_TRUE(is_own_address("127.0.0.1"));
  EXPECT_TRUE(is_own_address("127.8.9.10"));
  EXPECT_TRUE(is_own_address("::1"));
  EXPECT_TRUE(is_own_address("::ffff:127.0.0.1"));
  EXPECT_FALSE(is_own_address("192.0.2.1")) << "an address for documentation only (RFC 5737)";
  EXPECT_FALSE(is_own_address("2001:db8::1"));
  EXPECT_FALSE(is_own_address("localhost"));
  EXPECT_FALSE(is_own_address(""));
}

constexpr const char* kPidFile = "40\n/data\n1700000900\n5432\n/tmp\nlocalhost\n  5432001    3\n";

TEST(Stopping, IsLineEightOfThePidFile) {
  const TempTree tree;
  const auto say = [&](const std::string& state) { tree.write("40/cwd/postmaster.pid", kPidFile + state); };
  say("stopping\n");
  EXPECT_EQ(stopping(40, "", tree.root()), true);
  say("ready   \n");
  EXPECT_EQ(stopping(40, "", tree.root()), false);
  say("standby \n");
  EXPECT_EQ(stopping(40, "", tree.root()), false);
  say("");
  EXPECT_EQ(stopping(40, "", tree.root()), std::nullopt) << "no state yet";
  EXPECT_EQ(stopping(41, "", tree.root()), std::nullopt) << "no such process";
}

TEST(Stopping, IsReadFromTheDataDirectoryOnlyIfItIsThisServers) {
  const TempTree tree;
  tree.write("data/postmaster.pid", kPidFile + std::string("stopping\n"));
  EXPECT_EQ(stopping(40, tree / "data", tree.root()), true);
  EXPECT_EQ(stopping(41, tree / "data", tree.root()), std::nullopt);
  EXPECT_EQ(stopping(40, tree / "elsewhere", tree.root()), std::nullopt);
}

}  // namespace
}  // namespace pgvigil::host
