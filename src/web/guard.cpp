#include "web/guard.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace pgvigil::web {
namespace {

constexpr base::Seconds kBetweenLooks{1};

std::string fingerprint(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return path + ": none";
  return fmt::format("{}: {} {} {} {}.{:09} {}.{:09}", path, file.st_dev, file.st_ino, file.st_size,
                     file.st_mtim.tv_sec, file.st_mtim.tv_nsec, file.st_ctim.tv_sec, file.st_ctim.tv_nsec);
}

std::vector<std::string> files(const Protection& protection, const Security& security) {
  if (protection.file.empty()) return {};
  std::vector<std::string> all{protection.file};
  if (!security.tls) return all;
  for (const Pem* pem : {&security.tls->certificate, &security.tls->key, &security.tls->client_ca})
    if (!pem->path.empty()) all.push_back(pem->path);
  return all;
}

std::vector<std::string> look(const std::vector<std::string>& files) {
  std::vector<std::string> all(files.size());
  std::ranges::transform(files, all.begin(), fingerprint);
  return all;
}

base::Result<std::shared_ptr<const Armed>> read(const Protection& protection) {
  auto armed = std::make_shared<Armed>();
  if (protection.read) {
    auto security = protection.read();
    if (!security) return tl::unexpected(security.error());
    armed->security = *std::move(security);
  }
  if (armed->security.tls) {
    auto context = make_context(*armed->security.tls);
    if (!context) return tl::unexpected(context.error());
    armed->tls = *std::move(context);
  }
  if (!armed->security.users.empty()) armed->passwords = std::make_unique<Passwords>(armed->security.users);
  return armed;
}

/// What of the change takes new sockets, or opens what was closed: a file that is just being written can be
/// read empty. Nothing: it may be taken over.
std::string_view needs_restart(const Security& before, const Security& after) {
  if (before.tls && !after.tls) return "TLS is switched off";
  if (!before.tls && after.tls) return "TLS is switched on";
  if (!before.users.empty() && after.users.empty()) return "passwords are switched off";
  if (before.tls && before.tls->client_auth != ClientAuth::none && after.tls->client_auth == ClientAuth::none)
    return "client certificates are switched off";
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Guard>> Guard::make(Protection protection, const base::Clock& clock) {
  return read(protection).map([&](std::shared_ptr<const Armed> armed) {
    return std::make_unique<Guard>(std::move(protection), clock, std::move(armed));
  });
}

Guard::Guard(Protection protection, const base::Clock& clock, std::shared_ptr<const Armed> armed)
    : protection_(std::move(protection)),
      clock_(clock),
      next_look_(clock.steady() + kBetweenLooks),
      seen_(look(files(protection_, armed->security))),
      armed_(std::move(armed)) {}

void Guard::look_again() {
  next_look_ = clock_.steady() + kBetweenLooks;
  const auto before = files(protection_, armed_->security);
  auto now = look(before);
  if (now == seen_) return;
  seen_ = std::move(now);  // of before reading: what is written meanwhile is seen the next time
  auto armed = read(protection_);
  if (!armed) return protection_.say(true, armed.error().message + "; what was read before stays in force");
  if (const auto needed = needs_restart(armed_->security, (*armed)->security); !needed.empty())
    return protection_.say(true, fmt::format("{}: {} by a restart only; what was read before stays in force",
                                             protection_.file, needed));
  if (const auto after = files(protection_, (*armed)->security); after != before) seen_ = look(after);
  {
    const std::scoped_lock lock(swapping_);
    armed_ = *std::move(armed);
  }
  protection_.say(false, protection_.file + ": read again");
}

std::shared_ptr<const Armed> Guard::current() {
  {
    // One looks; the others go on with what there is, should the looking take long.
    const std::unique_lock lock(looking_, std::try_to_lock);
    if (lock.owns_lock() && clock_.steady() >= next_look_) look_again();
  }
  const std::scoped_lock lock(swapping_);
  return armed_;
}

}  // namespace pgvigil::web
