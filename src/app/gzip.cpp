#include "app/gzip.hpp"

#include <zlib.h>

#include <stdexcept>
#include <utility>

namespace pgvigil::app {
namespace {

using render::Piece;

void little_endian(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((value >> shift) & 0xFFU);
}

Bytef* bytes(std::string_view text) {
  // zlib's interface predates const: it does not write here.
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

std::uint32_t joined(std::uint32_t crc, const Deflated& next) {
  return static_cast<std::uint32_t>(crc32_combine(crc, next.crc, static_cast<z_off_t>(next.size)));
}

std::uint32_t crc_of(std::uint32_t crc, std::string_view more) {
  return static_cast<std::uint32_t>(crc32_z(crc, bytes(more), more.size()));
}

/// zlib's state of 256 KiB, used for one part after the other.
class Deflater {
 public:
  Deflater() {
    constexpr int kRaw = -15;  // the largest window, without zlib's header
    if (deflateInit2(&stream_, 1, Z_DEFLATED, kRaw, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::runtime_error("zlib: deflateInit2 failed");
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void add(std::string_view text) {
    part_.crc = crc_of(part_.crc, text);
    part_.size += text.size();
    deflate_all(text, Z_NO_FLUSH);
  }

  /// The part that was added to since the last one was taken.
  Deflated take() {
    deflate_all({}, Z_FULL_FLUSH);
    deflateReset(&stream_);
    part_.bytes.resize(std::exchange(written_, 0));
    part_.bytes.shrink_to_fit();
    return std::exchange(part_, {});
  }

 private:
  /// Straight into the string: a block on the stack would stay resident in every worker that ever compressed.
  void deflate_all(std::string_view text, int flush) {
    constexpr std::size_t kStep = 16384;
    stream_.next_in = bytes(text);
    stream_.avail_in = static_cast<uInt>(text.size());
    do {
      if (part_.bytes.size() - written_ < kStep / 2) part_.bytes.resize(written_ + kStep);
      const std::size_t room = part_.bytes.size() - written_;
      stream_.next_out = reinterpret_cast<Bytef*>(part_.bytes.data() + written_);
      stream_.avail_out = static_cast<uInt>(room);
      deflate(&stream_, flush);
      written_ += room - stream_.avail_out;
    } while (stream_.avail_out == 0);
  }

  z_stream stream_{};
  Deflated part_;
  std::size_t written_ = 0;
};

}  // namespace

Deflated stored_part(std::string_view text) {
  constexpr std::size_t kLongest = 0xFFFF;
  constexpr std::size_t kFrame = 16;  // of a block, and what follows it in a stream
  Deflated part{{}, crc_of(0, text), text.size()};
  part.bytes.reserve(text.size() + kFrame);
  do {
    const std::string_view block = text.substr(0, kLongest);
    text.remove_prefix(block.size());
    const auto length = static_cast<std::uint32_t>(block.size());
    part.bytes += text.empty() ? '\1' : '\0';  // whether it is the last; a stored block, up to the next byte
    little_endian(part.bytes, length | ~length << 16U);
    part.bytes += block;
  } while (!text.empty());
  return part;
}

Zipped Zipper::operator()(std::span<const Piece> page) {
  // Each part begins without a dictionary: smaller pieces go together.
  constexpr std::size_t kLarge = 16384;
  Zipped zipped;
  Deflater deflater;
  std::unordered_map<const std::string*, Kept> next;
  const auto add = [&](std::shared_ptr<const Deflated> part) {
    zipped.crc = joined(zipped.crc, *part);
    zipped.size += part->size;
    zipped.parts.push_back(std::move(part));
  };
  const auto take = [&] { return std::make_shared<const Deflated>(deflater.take()); };
  bool begun = false;
  for (const Piece& piece : page) {
    if (piece->size() < kLarge) {
      deflater.add(*piece);
      begun = true;
      continue;
    }
    if (std::exchange(begun, false)) add(take());
    Kept& kept = next[piece.get()];
    if (const auto known = kept_.find(piece.get()); known != kept_.end()) kept = known->second;
    if (!kept.part) {
      deflater.add(*piece);
      kept = {piece, take()};
    }
    add(kept.part);
  }
  if (begun) add(take());
  kept_ = std::move(next);
  return zipped;
}

Piece gzip_header() {
  // Magic, deflate, no flags, no time, fastest, unknown system.
  static const Piece header = std::make_shared<const std::string>("\x1f\x8b\x08\0\0\0\0\0\x04\xff", 10);
  return header;
}

std::string gzip_trailer(const Zipped& page, const Deflated& last) {
  std::string out;
  little_endian(out, joined(page.crc, last));
  little_endian(out, static_cast<std::uint32_t>(page.size + last.size));
  return out;
}

}  // namespace pgvigil::app
