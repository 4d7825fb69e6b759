#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pgvigil/render/page.hpp"

namespace pgvigil::app {

/// A part of a gzip stream (RFC 1952): raw deflate blocks that refer to nothing before them and end on a
/// byte, so that a part made once can stand before and behind others.
struct Deflated {
  std::string bytes;
  std::uint32_t crc = 0;  ///< of the text
  std::size_t size = 0;   ///< of the text, in bytes
};

/// The last part of a stream, its text as it is: what is small and of one scrape only is not worth a
/// compressor.
Deflated stored_part(std::string_view text);

/// A page as parts of a gzip stream, without the last.
struct Zipped {
  std::vector<std::shared_ptr<const Deflated>> parts;
  std::uint32_t crc = 0;  ///< of the whole text
  std::size_t size = 0;   ///< of the whole text, in bytes
};

/// Compresses a target's page poll after poll, at level 1: five times quicker than level 6, a fifth larger. A
/// piece that is large enough to be a part by itself is compressed once, and kept while pages have it. Used
/// by one thread; what it gives may go to any.
class Zipper {
 public:
  Zipped operator()(std::span<const render::Piece> page);

 private:
  struct Kept {
    render::Piece piece;
    std::shared_ptr<const Deflated> part;
  };
  std::unordered_map<const std::string*, Kept> kept_;  // of the last page
};

/// The ten bytes before the first part.
render::Piece gzip_header();

/// The eight bytes behind `last`, which stands behind `page`.
std::string gzip_trailer(const Zipped& page, const Deflated& last);

}  // namespace pgvigil::app
