#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace pgvigil::base {

/// The closed set of things that go wrong. Its name is the only part of an error that becomes a metric label.
enum class ErrorKind : std::uint8_t {
  connect,
  auth,
  permission,
  timeout,
  sql,
  contract,
  too_large,
  config,
  io
};

std::string_view name(ErrorKind kind);

/// An error is a value. `message` is one line for a person; `sqlstate` is PostgreSQL's five characters, or
/// empty.
struct Error {
  ErrorKind kind = ErrorKind::io;
  std::string message;
  std::string sqlstate;
};

template <typename T>
using Result = tl::expected<T, Error>;

/// fail(ErrorKind::io, "cannot open {}: {}", path, reason) converts to any Result<T>.
template <typename... Args>
tl::unexpected<Error> fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{kind, fmt::format(format, std::forward<Args>(args)...), {}});
}

/// The same error with `where: ` in front: context is added on the way up.
inline tl::unexpected<Error> within(std::string_view where, Error error) {
  error.message = fmt::format("{}: {}", where, error.message);
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace pgvigil::base
