#include "pgvigil/host/container.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cmath>
#include <set>

#include "tree.hpp"

namespace pgvigil::host {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

ReadFile reader(const Files& files) {
  return [&files](const std::string& path) -> std::optional<std::string> {
    const auto file = files.find(path);
    return file == files.end() ? std::nullopt : std::optional(file->second);
  };
}

base::Result<Container> container_of(const ReadFile& read, std::string_view pid) {
  const auto places = find_places(read, pid);
  if (!places) return tl::unexpected(places.error());
  return read_container(read, *places);
}

Container read(const Files& files, std::string_view pid = "self") {
  const auto container = container_of(reader(files), pid);
  EXPECT_TRUE(container) << container.error().message;
  return container.value_or(Container{});
}

MATCHER_P2(Waits, resource, seconds, "") {
  return arg.resource == resource && std::abs(arg.waiting_seconds - seconds) < 1e-9;
}

constexpr double kMemTotal = 16384000.0 * 1024;

TEST(Container, APodOfVersion2ShowsEveryValue) {
  const Container pod = read(read_tree("v2_pod"));
  EXPECT_THAT(pod.cpu_usage_seconds, Optional(DoubleEq(12.5)));
  EXPECT_THAT(pod.cpu_limit_cores, Optional(DoubleEq(1.5)));
  EXPECT_THAT(pod.cpu_throttled_seconds, Optional(DoubleEq(0.75)));
  EXPECT_THAT(pod.memory_working_set_bytes, Optional(600000000.0));
  EXPECT_THAT(pod.memory_limit_bytes, Optional(1073741824.0));
  EXPECT_THAT(pod.oom_kills, Optional(2.0));
  EXPECT_THAT(pod.pressure, ElementsAre(Waits("cpu", 4.5), Waits("memory", 0.25), Waits("io", 0.125)));
  EXPECT_EQ(pod.scope, "container");
  EXPECT_EQ(pod.source, "cgroup");
  EXPECT_EQ(pod.cgroup_version, 2);
}

TEST(Container, AServiceWithoutLimitsIsLimitedByTheHost) {
  const Container service = read(read_tree("v2_service"));
  EXPECT_THAT(service.cpu_usage_seconds, Optional(DoubleEq(99)));
  EXPECT_THAT(service.cpu_limit_cores, Optional(4.0));
  EXPECT_EQ(service.cpu_throttled_seconds, std::nullopt) << "its cpu.stat has no throttled_usec";
  EXPECT_THAT(service.memory_working_set_bytes, Optional(0.0)) << "more inactive than used is not negative";
  EXPECT_THAT(service.memory_limit_bytes, Optional(kMemTotal));
  EXPECT_THAT(service.oom_kills, Optional(0.0));
  EXPECT_THAT(service.pressure, IsEmpty()) << "the host's pressure is not the service's";
  EXPECT_EQ(service.scope, "container");
}

TEST(Container, AProcessInTheRootIsTheHost) {
  const Container host = read(read_tree("v2_root"));
  EXPECT_THAT(host.cpu_usage_seconds, Optional(DoubleEq(13.41))) << "guest time is in user already";
  EXPECT_THAT(host.cpu_limit_cores, Optional(4.0));
  EXPECT_EQ(host.cpu_throttled_seconds, std::nullopt);
  EXPECT_THAT(host.memory_working_set_bytes, Optional((16384000.0 - 8192000.0) * 1024));
  EXPECT_THAT(host.memory_limit_bytes, Optional(kMemTotal));
  EXPECT_THAT(host.oom_kills, Optional(5.0));
  EXPECT_THAT(host.pressure, ElementsAre(Waits("cpu", 1), Waits("memory", 2), Waits("io", 3)));
  EXPECT_EQ(host.scope, "host");
  EXPECT_EQ(host.source, "proc");
  EXPECT_EQ(host.cgroup_version, 2);
}

TEST(Container, AContainerOfVersion1HasItsControllersApart) {
  const Container docker = read(read_tree("v1_docker"));
  EXPECT_THAT(docker.cpu_usage_seconds, Optional(DoubleEq(8)));
  EXPECT_THAT(docker.cpu_limit_cores, Optional(DoubleEq(0.5)));
  EXPECT_THAT(docker.cpu_throttled_seconds, Optional(DoubleEq(1.5)));
  EXPECT_THAT(docker.memory_working_set_bytes, Optional(400000000.0));
  EXPECT_THAT(docker.memory_limit_bytes, Optional(536870912.0));
  EXPECT_THAT(docker.oom_kills, Optional(1.0));
  EXPECT_THAT(docker.pressure, IsEmpty());
  EXPECT_EQ(docker.source, "cgroup");
  EXPECT_EQ(docker.cgroup_version, 1);
}

TEST(Container, TheMountOfCpuAloneIsFoundToo) {
  Files files = read_tree("v1_docker");
  std::string& mountinfo = files["/proc/self/mountinfo"];
  const std::string joined = "/sys/fs/cgroup/cpu,cpuacct ";
  mountinfo.replace(mountinfo.find(joined), joined.size(), "/sys/fs/cgroup/cpu ");
  for (const auto& [path, text] : Files(files)) {
    if (path.starts_with("/sys/fs/cgroup/cpu,cpuacct/")) {
      files["/sys/fs/cgroup/cpu" + path.substr(path.rfind('/'))] = text;
      files.erase(path);
    }
  }
  EXPECT_THAT(read(files).cpu_limit_cores, Optional(DoubleEq(0.5)));
}

TEST(Container, ACpusetLimitsWhereThereIsNoQuota) {
  Files files = read_tree("v1_docker");
  files["/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us"] = "-1\n";
  EXPECT_THAT(read(files).cpu_limit_cores, Optional(2.0));
}

TEST(Container, InAHybridEachControllerSpeaksForItself) {
  const Container job = read(read_tree("hybrid"));
  EXPECT_THAT(job.cpu_usage_seconds, Optional(DoubleEq(13.41))) << "CPU is not counted apart: the host's";
  EXPECT_THAT(job.cpu_limit_cores, Optional(4.0));
  EXPECT_THAT(job.memory_working_set_bytes, Optional(650000000.0));
  EXPECT_THAT(job.memory_limit_bytes, Optional(2147483648.0)) << "its parent's limit counts";
  EXPECT_EQ(job.scope, "container");
  EXPECT_EQ(job.source, "cgroup+proc");
  EXPECT_EQ(job.cgroup_version, 1);
}

TEST(Container, ASidecarSeesItsNeighbourAndNotItself) {
  const Files files = read_tree("v2_sidecar");
  const Container neighbour = read(files, "14");
  EXPECT_THAT(neighbour.cpu_limit_cores, Optional(DoubleEq(2)));
  EXPECT_THAT(neighbour.memory_limit_bytes, Optional(1073741824.0));
  EXPECT_THAT(neighbour.memory_working_set_bytes, Optional(300000000.0));
}

TEST(Container, ASidecarThatMayNotLookIsToldSoAndGivenNoOthersNumbers) {
  Files files = read_tree("v2_sidecar");
  std::erase_if(files, [](const auto& file) { return file.first.starts_with("/proc/14/root"); });
  const auto container = container_of(reader(files), "14");
  ASSERT_FALSE(container);
  EXPECT_EQ(container.error().kind, base::ErrorKind::io);
  EXPECT_EQ(container.error().message,
            "the cgroup of process 14 cannot be seen (0::/../cri-containerd-77ab.scope)");
}

TEST(Container, TheNodeSeesThatThePodsLimitIsBelowTheContainers) {
  const Container container = read(read_tree("v2_node"), "900");
  EXPECT_THAT(container.cpu_limit_cores, Optional(DoubleEq(2.5)));
  EXPECT_THAT(container.memory_limit_bytes, Optional(1073741824.0));
}

TEST(Container, AMountFromAboveOurNamespaceIsNotTakenForOurCgroup) {
  Files files = read_tree("v2_root");
  files["/proc/self/mountinfo"] = "31 23 0:28 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
  EXPECT_FALSE(read_container(files));
}

TEST(Container, ALimitAboveTheMachineIsTheMachines) {
  Files files = read_tree("v2_pod");
  files["/sys/fs/cgroup/cpu.max"] = "9900000 100000\n";
  files["/sys/fs/cgroup/memory.max"] = "99999999999999\n";
  const Container pod = read(files);
  EXPECT_THAT(pod.cpu_limit_cores, Optional(4.0));
  EXPECT_THAT(pod.memory_limit_bytes, Optional(kMemTotal));
}

TEST(Container, CpusAreCountedInCpuinfoWhereSysfsIsHidden) {
  Files files = read_tree("v2_root");
  files.erase("/sys/devices/system/cpu/online");
  files["/proc/cpuinfo"] = "processor\t: 0\nmodel name\t: x\n\nprocessor\t: 1\nmodel name\t: x\n";
  EXPECT_THAT(read(files).cpu_limit_cores, Optional(2.0));
}

/// Which values a container has, one letter each, so that a test can say which single one is gone.
std::string values(const Container& container) {
  const auto letter = [](const std::optional<double>& value, char name) { return value ? name : '-'; };
  return {letter(container.cpu_usage_seconds, 'u'),          letter(container.cpu_limit_cores, 'l'),
          letter(container.cpu_throttled_seconds, 't'),      letter(container.memory_working_set_bytes, 'w'),
          letter(container.memory_limit_bytes, 'm'),         letter(container.oom_kills, 'o'),
          static_cast<char>('0' + container.pressure.size())};
}

struct Loss {
  std::string path;
  std::string remaining;
};

TEST(Container, AMissingFileTakesItsOwnValueAndNoOther) {
  const std::string top = "/sys/fs/cgroup/";
  for (const Loss& loss :
       {Loss{"cpu.stat", "-l-wmo3"}, Loss{"cpu.max", "u-twmo3"}, Loss{"memory.current", "ult-mo3"},
        Loss{"memory.stat", "ult-mo3"}, Loss{"memory.max", "ultw-o3"}, Loss{"memory.events", "ultwm-3"},
        Loss{"io.pressure", "ultwmo2"}}) {
    Files files = read_tree("v2_pod");
    ASSERT_EQ(files.erase(top + loss.path), 1U) << loss.path;
    EXPECT_EQ(values(read(files)), loss.remaining) << loss.path;
  }
}

TEST(Container, AMalformedNumberIsNoSample) {
  const std::string top = "/sys/fs/cgroup/";
  const std::vector<Loss> losses = {{"cpu.stat", "-l-wmo3"},       {"cpu.max", "u-twmo3"},
                                    {"memory.current", "ult-mo3"}, {"memory.stat", "ult-mo3"},
                                    {"memory.max", "ultw-o3"},     {"memory.events", "ultwm-3"},
                                    {"cpu.pressure", "ultwmo2"}};
  for (const std::string garbage :
       {"", "\n", "-5", "12 monkeys 3", "99999999999999999999999", "usage_usec\noom_kill",
        "usage_usec 1e9\nthrottled_usec 0x1\noom_kill 1.5\ninactive_file -1", "some avg10=0 total=\n",
        "0 0\n", "100 max\n", "max\xff\n"}) {
    for (const Loss& loss : losses) {
      Files files = read_tree("v2_pod");
      files[top + loss.path] = garbage;
      EXPECT_EQ(values(read(files)), loss.remaining) << loss.path << ": " << garbage;
    }
  }
}

TEST(Container, MalformedHostFilesAreNoSamples) {
  Files files = read_tree("v2_root");
  files["/proc/stat"] = "cpu  1 2 three 4 5 6 7 8\n";
  files["/proc/meminfo"] = "MemTotal: much\n";
  files["/sys/devices/system/cpu/online"] = "3-0\n";
  files["/proc/vmstat"] = "";
  EXPECT_EQ(values(read(files)), "------3");
}

TEST(Container, NoPlaceIsAnErrorThatSaysWhere) {
  const auto nothing = read_container(Files{});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().message, "cannot read /proc/self/cgroup");
  for (const std::string cgroup : {"", "\n", "0::", "0::relative\n", "::::\n", "4:memory\n", "0:/\n"}) {
    Files files = read_tree("v2_pod");
    files["/proc/self/cgroup"] = cgroup;
    const auto container = read_container(files);
    ASSERT_FALSE(container) << cgroup;
    EXPECT_THAT(container.error().message, HasSubstr("cannot be seen"));
  }
}

TEST(Container, WhatIsFetchedOverSqlIsAllThatIsRead) {
  for (const std::string name : {"v2_pod", "v2_service", "v2_root", "v1_docker", "hybrid"}) {
    const Files files = read_tree(name);
    std::set<std::string> read_paths;
    const ReadFile recording = [&](const std::string& path) {
      read_paths.insert(path);
      return reader(files)(path);
    };
    ASSERT_TRUE(container_of(recording, "self"));
    const auto fetched =
        paths_by_sql(files.at(std::string(kCgroupPath)), files.at(std::string(kMountinfoPath)));
    EXPECT_THAT(fetched, testing::IsSupersetOf(read_paths)) << name;
    EXPECT_LT(fetched.size(), 50U) << name;
  }
}

TEST(Container, AtItsPlacesEachFileIsReadOnceAndNoneOfThoseThatSayWhere) {
  for (const std::string name : {"v2_pod", "v2_service", "v2_root", "v1_docker", "hybrid"}) {
    const Files files = read_tree(name);
    const auto places = find_places(reader(files), "self");
    ASSERT_TRUE(places) << places.error().message;
    std::multiset<std::string> read_paths;
    const ReadFile recording = [&](const std::string& path) {
      read_paths.insert(path);
      return reader(files)(path);
    };
    EXPECT_TRUE(read_container(recording, *places).has_numbers());
    for (const std::string& path : read_paths) {
      EXPECT_EQ(read_paths.count(path), 1U) << name << ": " << path;
      EXPECT_NE(path, kMountinfoPath) << name;
      EXPECT_NE(path, kCgroupPath) << name;
    }
  }
}

TEST(Container, APlaceThatHasGoneHasNoNumbers) {
  const auto places = find_places(reader(read_tree("v2_pod")), "self");
  ASSERT_TRUE(places);
  EXPECT_FALSE(read_container(reader({}), *places).has_numbers());
}

TEST(Container, ThisMachinesOwnFilesGiveTheTestItsOwnNumbers) {
  const ReadFile local = [](const std::string& path) { return base::read_file(path); };
  const auto by_self = container_of(local, "self");
  const auto by_pid = container_of(local, std::to_string(getpid()));
  ASSERT_TRUE(by_self) << by_self.error().message;
  ASSERT_TRUE(by_pid) << by_pid.error().message;
  EXPECT_EQ(by_self->scope, by_pid->scope);
  EXPECT_EQ(by_self->source, by_pid->source);
  EXPECT_EQ(by_self->cpu_limit_cores, by_pid->cpu_limit_cores);
  EXPECT_EQ(by_self->memory_limit_bytes, by_pid->memory_limit_bytes);
  ASSERT_TRUE(by_self->cpu_limit_cores);
  EXPECT_GT(*by_self->cpu_limit_cores, 0);
  EXPECT_LE(*by_self->cpu_limit_cores, static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN)));
}

}  // namespace
}  // namespace pgvigil::host
