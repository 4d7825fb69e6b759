#include "web/guard.hpp"

#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <vector>

#include "certificates.hpp"

namespace pgvigil::web {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kHash = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";

class HandClock final : public base::Clock {
 public:
  base::SteadyTime steady() const override { return now; }
  base::WallTime wall() const override { return {}; }
  base::SteadyTime now{};
};

/// A guard of one certificate and its key, and of what it says.
class GuardTest : public testing::Test {
 protected:
  void SetUp() override {
    write(new_identity());
    folder.write("web.yml", "1");
    Tls tls;
    tls.certificate = {"web.yml:2: cert_file", folder.path("server.crt"), ""};
    tls.key = {"web.yml:3: key_file", folder.path("server.key"), ""};
    security.tls = tls;
  }

  void write(const Identity& identity) const {
    folder.write("server.crt", identity.certificate);
    folder.write("server.key", identity.key);
  }

  Protection protection() {
    Protection all;
    all.file = folder.path("web.yml");
    all.read = [this]() -> base::Result<Security> {
      if (!fault.empty()) return base::fail(base::ErrorKind::config, "{}", fault);
      return security;
    };
    all.say = [this](bool trouble, std::string_view message) {
      said.push_back((trouble ? "error: " : "info: ") + std::string(message));
    };
    return all;
  }

  std::unique_ptr<Guard> guard() { return Guard::make(protection(), clock).value(); }

  Folder folder;
  HandClock clock;
  Security security;
  std::string fault;
  std::vector<std::string> said;
  int writes = 1;
};

}  // namespace

TEST_F(GuardTest, LooksAtTheFilesOnceASecond) {
  const auto one = guard();
  const auto before = one->current();
  write(new_identity());
  EXPECT_EQ(one->current(), before);
  clock.now += base::Seconds(1);
  const auto after = one->current();
  EXPECT_NE(after, before);
  EXPECT_NE(after->tls, before->tls);
  EXPECT_THAT(said, ElementsAre("info: " + folder.path("web.yml") + ": read again"));
  clock.now += base::Seconds(1);
  EXPECT_EQ(one->current(), after);
}

TEST_F(GuardTest, FollowsALinkThatIsSwapped) {
  const Identity next = new_identity();
  for (const char* version : {"first", "second"}) std::filesystem::create_directory(folder.path(version));
  const auto link = [&](const char* to) {
    std::filesystem::create_directory_symlink(folder.path(to), folder.path("..data.new"));
    std::filesystem::rename(folder.path("..data.new"), folder.path("..data"));
  };
  for (const char* file : {"server.crt", "server.key"}) {
    std::filesystem::copy(folder.path(file), folder.path(std::string("first/") + file));
    std::filesystem::remove(folder.path(file));
    std::filesystem::create_symlink(folder.path(std::string("..data/") + file), folder.path(file));
  }
  folder.write("second/server.crt", next.certificate);
  folder.write("second/server.key", next.key);
  link("first");
  const auto one = guard();
  const auto before = one->current();
  link("second");
  clock.now += base::Seconds(1);
  EXPECT_NE(one->current(), before);
}

TEST_F(GuardTest, KeepsWhatWasSoundAndSaysOnceWhyItKeepsIt) {
  const auto one = guard();
  const auto before = one->current();
  folder.write("server.key", new_identity().key);
  for (int i = 0; i < 3; ++i) {
    clock.now += base::Seconds(1);
    EXPECT_EQ(one->current(), before);
  }
  EXPECT_THAT(said,
              ElementsAre(StartsWith("error: web.yml:3: key_file: " + folder.path("server.key") +
                                     ": is not the key of the certificate of " + folder.path("server.crt"))));
  write(new_identity());
  clock.now += base::Seconds(1);
  EXPECT_NE(one->current(), before);
  EXPECT_EQ(said.size(), 2U);
}

TEST_F(GuardTest, KeepsWhatWasSoundWhileTheConfigurationIsNot) {
  const auto one = guard();
  const auto before = one->current();
  fault = "web.yml:1: wrong";
  folder.write("web.yml", "2");
  clock.now += base::Seconds(1);
  EXPECT_EQ(one->current(), before);
  EXPECT_THAT(said, ElementsAre("error: web.yml:1: wrong; what was read before stays in force"));
}

TEST_F(GuardTest, DoesNotOpenWhatWasClosed) {
  security.users = {{"prometheus", kHash}};
  security.tls->client_auth = ClientAuth::require_any;
  const Security closed = security;
  const auto one = guard();
  const auto before = one->current();
  const auto changed_to = [&](const Security& next) {
    security = next;
    said.clear();
    folder.write("web.yml", fmt::format("{}", ++writes));
    clock.now += base::Seconds(1);
    EXPECT_EQ(one->current(), before);
    return fmt::format("{}", fmt::join(said, "; "));
  };
  EXPECT_THAT(changed_to({}), HasSubstr("TLS is switched off by a restart only"));
  Security open = closed;
  open.users.clear();
  EXPECT_THAT(changed_to(open), HasSubstr("passwords are switched off by a restart only"));
  open = closed;
  open.tls->client_auth = ClientAuth::none;
  EXPECT_THAT(changed_to(open), HasSubstr("client certificates are switched off by a restart only"));
}

TEST_F(GuardTest, ForgetsPasswordsWithTheirUsers) {
  security.users = {{"prometheus", kHash}};
  const auto one = guard();
  const auto before = one->current();
  ASSERT_TRUE(before->passwords);
  security.users = {{"grafana", kHash}};
  folder.write("web.yml", "2");
  clock.now += base::Seconds(1);
  EXPECT_NE(one->current()->passwords, before->passwords);
}

TEST_F(GuardTest, SaysWhatIsWrongWithAFileAtTheStart) {
  const auto error = [&] { return Guard::make(protection(), clock).error().message; };
  const std::string key = "web.yml:3: key_file: " + folder.path("server.key") + ": ";
  folder.write("server.key", "nonsense");
  EXPECT_THAT(error(), StartsWith(key + "has no private key"));
  folder.write("server.key", R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgxt1Xo4sZ/WwICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEDyKMmH5d0IbCYGsuGjRGM0EgZCC
-----END ENCRYPTED PRIVATE KEY-----
)");
  EXPECT_THAT(error(), StartsWith(key));
  std::filesystem::remove(folder.path("server.key"));
  EXPECT_THAT(error(), StartsWith(key + "cannot be read (No such file or directory)"));
  const std::string certificate = "web.yml:2: cert_file: " + folder.path("server.crt") + ": ";
  folder.write("server.crt", "");
  EXPECT_THAT(error(), StartsWith(certificate + "has no certificate"));
  folder.write("server.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  EXPECT_THAT(error(), StartsWith(certificate + "is no sound PEM"));
  std::filesystem::remove(folder.path("server.crt"));
  std::filesystem::create_directory(folder.path("server.crt"));
  EXPECT_THAT(error(), StartsWith(certificate + "is a directory"));
  EXPECT_THAT(said, IsEmpty());
}

}  // namespace pgvigil::web
