#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgvigil::app {

/// A part of a gzip stream (RFC 1952): raw deflate blocks that refer to nothing before them and end on a
/// byte, so that a part made once can stand before a part made at each scrape.
struct Deflated {
  std::string bytes;
  std::uint32_t crc = 0;  ///< of the text
  std::size_t size = 0;   ///< of the text, in bytes
};

/// Compresses at level 1: five times quicker than level 6, a fifth larger. Only the last part may be `last`.
Deflated deflate_part(std::string_view text, bool last);

/// The ten bytes before the first part.
std::string gzip_header();

/// The eight bytes behind the last of two parts.
std::string gzip_trailer(const Deflated& first, const Deflated& last);

}  // namespace pgvigil::app
