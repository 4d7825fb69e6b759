#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/web/server.hpp"
#include "web/passwords.hpp"
#include "web/tls.hpp"

namespace pgvigil::web {

/// A Security ready for use. Immutable but for what Passwords remembers.
struct Armed {
  Security security;
  TlsContext tls;                        ///< null: plain HTTP
  std::unique_ptr<Passwords> passwords;  ///< null: none are asked for
};

/// The security in force. Any thread: whoever asks for it looks, at most once a second, whether one of the
/// files has changed, and then reads them again. What cannot be used is logged once and leaves the old in
/// force; so does what opens the page (no TLS, no passwords, no client certificates any more), and TLS where
/// there was none, which needs new sockets.
class Guard {
 public:
  /// Errors as Protection::read and verify() have them.
  static base::Result<std::unique_ptr<Guard>> make(Protection protection, const base::Clock& clock);

  /// For make().
  Guard(Protection protection, const base::Clock& clock, std::shared_ptr<const Armed> armed);

  std::shared_ptr<const Armed> current();

 private:
  void look_again();

  const Protection protection_;
  const base::Clock& clock_;
  std::mutex looking_;  ///< held by the one who looks: of the next two
  base::SteadyTime next_look_;
  std::vector<std::string> seen_;  ///< of each file what changes when it is written or replaced
  std::mutex swapping_;
  std::shared_ptr<const Armed> armed_;
};

}  // namespace pgvigil::web
