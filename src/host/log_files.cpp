#include "host/log_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace pgvigil::host {
namespace {

constexpr std::uint64_t kPrint = 256;  // bytes: one line and its time, at least

/// What is there of the bytes from `from` to `to`.
std::string bytes_of(const Descriptor& file, std::uint64_t from, std::uint64_t to) {
  std::string bytes(to - from, '\0');
  const ssize_t got = ::pread(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(from));
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}

Print print_of(const Descriptor& file, std::uint64_t from, std::uint64_t to) {
  return {from, to, std::hash<std::string>{}(bytes_of(file, from, to))};
}

bool matches(const Descriptor& file, const Print& print) {
  return print.from == print.to || print.hash == print_of(file, print.from, print.to).hash;
}

void take_prints(LogFile& file) {
  file.head = print_of(file.open, 0, std::min(file.offset, kPrint));
  file.tail = print_of(file.open, file.offset - std::min(file.offset, kPrint), file.offset);
}

bool later(const timespec& a, const timespec& b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/// Whether `copy`, as far as it goes, may have been made of `origin`, which is still there as it was.
bool repeats(const LogFile& copy, const LogFile& origin) {
  if (copy.size > origin.size) return false;
  const auto same = [&](std::uint64_t from, std::uint64_t to) {
    return bytes_of(copy.open, from, to) == bytes_of(origin.open, from, to);
  };
  return same(0, std::min(copy.size, kPrint)) && same(copy.size - std::min(copy.size, kPrint), copy.size);
}

}  // namespace

void LogFiles::see(const std::string& name, const struct stat& now) {
  const auto same = [&](const LogFile& f) { return f.device == now.st_dev && f.inode == now.st_ino; };
  auto file = std::ranges::find_if(files_, same);
  if (file == files_.end()) {
    file = files_.emplace(files_.end());
    file->device = now.st_dev;
    file->inode = now.st_ino;
  }
  const auto size = static_cast<std::uint64_t>(now.st_size);
  file->name = name;
  file->listed = true;
  file->cut = size < file->size;
  file->changed =
      size != file->size || later(now.st_mtim, file->modified) || later(file->modified, now.st_mtim);
  file->size = size;
  file->modified = now.st_mtim;
}

base::Result<void> LogFiles::look(const Descriptor& directory) {
  const auto found = list_logs(directory, place_);
  if (!found) return tl::unexpected(found.error());
  for (LogFile& file : files_) file.listed = file.changed = file.cut = file.copied = false;
  for (const Listed& one : *found) see(one.name, one.status);
  // Unlinked, or called something else now: the server may still have it open, as we have.
  for (LogFile& file : files_) {
    struct stat now {};
    if (file.listed || !file.open || ::fstat(file.open.get(), &now) != 0) continue;
    see(file.name, now);
    file.listed = false;
  }
  std::erase_if(files_, [](const LogFile& file) { return !file.listed && !file.open; });
  std::ranges::sort(files_, [](const LogFile& a, const LogFile& b) { return later(b.modified, a.modified); });
  return {};
}

LogFile* LogFiles::newest() { return files_.empty() ? nullptr : &files_.back(); }

LogFile* LogFiles::by_inode(ino_t inode) {
  const auto found = std::ranges::find(files_, inode, &LogFile::inode);
  return found == files_.end() ? nullptr : &*found;
}

/// Whether no two files can begin alike.
bool LogFiles::dated() const {
  if (place_.format != LogFormat::stderr_) return true;
  constexpr std::array<std::string_view, 3> kTimes = {"%m", "%t", "%n"};
  return std::ranges::any_of(
      kTimes, [&](std::string_view time) { return place_.prefix.find(time) != std::string::npos; });
}

bool LogFiles::opened(LogFile& file, const Descriptor& directory) {
  if (file.open) return true;
  Descriptor open = open_file(directory, file.name);
  struct stat now {};
  if (open && ::fstat(open.get(), &now) == 0 && now.st_dev == file.device && now.st_ino == file.inode)
    file.open = std::move(open);
  else
    file.modified = {};  // to be looked at again
  return static_cast<bool>(file.open);
}

base::Result<void> LogFiles::begin(const Descriptor& directory) {
  files_.clear();
  if (auto looked = look(directory); !looked) return looked;
  for (LogFile& file : files_) {
    if (!opened(file, directory)) continue;
    file.offset = file.size;
    take_prints(file);
  }
  if (newest() != nullptr && !newest()->open) {
    const std::string name = newest()->name;
    files_.clear();
    return base::fail(base::ErrorKind::io, "{}/{} cannot be read", place_.directory, name);
  }
  if (newest() != nullptr) newest()->active = true;
  let_go();
  return {};
}

void LogFiles::find_cuts(const Descriptor& directory) {
  for (LogFile& file : files_)
    if ((file.changed || file.open) && !file.cut && file.copy_of == 0 && file.offset > 0 &&
        opened(file, directory))
      file.cut = !matches(file.open, file.head) || !matches(file.open, file.tail);
}

/// Takes over what was read of `origin`, if this is a copy of it.
bool LogFiles::is_copy(LogFile& file, LogFile& origin, const Descriptor& directory) {
  const bool complete = origin.offset > 0 && file.size >= origin.offset && matches(file.open, origin.head) &&
                        matches(file.open, origin.tail);
  if (!origin.cut) {
    if (file.size >= origin.head.to && !matches(file.open, origin.head)) return false;
    if (!opened(origin, directory) || !repeats(file, origin)) return false;
    file.copy_of = origin.inode;
  } else if (!complete && file.copy_of != origin.inode) {
    return false;
  } else {
    origin.copied = true;
    file.copy_of = 0;
    file.parser = std::move(origin.parser);
  }
  file.offset = origin.offset;
  file.head = origin.head;
  file.tail = origin.tail;
  if (file.copy_of == 0 && !complete) {  // the original was written, and read, between copy and cut
    file.offset = file.size;
    file.parser.reset();
    take_prints(file);
  }
  return true;
}

/// It was taken for a copy, and is none any more. What it has in common with the original was counted there.
void LogFiles::release_copy(LogFile& file) {
  file.copy_of = 0;
  file.copied = true;
  if (file.size >= file.offset && matches(file.open, file.head) && matches(file.open, file.tail)) return;
  file.offset = 0;
  file.head = file.tail = {};
}

void LogFiles::find_copies(const Descriptor& directory) {
  for (LogFile& file : files_) {
    const bool unread = file.offset == 0 && file.size > 0 && dated();
    if (!(unread || file.copy_of != 0) || !opened(file, directory)) continue;
    const auto origin = std::ranges::find_if(files_, [&](LogFile& other) {
      return &other != &file && !file.cut && other.copy_of == 0 && (other.size > 0 || other.cut) &&
             is_copy(file, other, directory);
    });
    if (origin == files_.end() && file.copy_of != 0) release_copy(file);
  }
}

void LogFiles::restart_cut() {
  for (LogFile& file : files_) {
    if (!file.cut) continue;
    if (file.active && !file.copied) ++counts_.gaps;
    file.offset = 0;
    file.head = file.tail = {};
    file.parser.reset();
    file.cut = false;
  }
}

void LogFiles::read_on(LogFile& file) {
  constexpr std::uint64_t kPiece = std::uint64_t{64} * 1024;
  if (!file.parser) file.parser = make_log_parser(place_.format, place_.prefix);
  while (file.offset < file.size && budget_ > 0) {
    const auto piece = std::min({kPiece, file.size - file.offset, std::uint64_t{budget_}});
    const std::string bytes = bytes_of(file.open, file.offset, file.offset + piece);
    if (bytes.empty()) break;
    counts_.unparsed_lines += file.parser->take(bytes, tally_);
    counts_.read_bytes += bytes.size();
    file.offset += bytes.size();
    budget_ -= bytes.size();
  }
  take_prints(file);
}

/// What is read of an original needs no reading in its copy.
void LogFiles::follow_originals() {
  for (LogFile& file : files_) {
    const LogFile* origin = file.copy_of == 0 ? nullptr : by_inode(file.copy_of);
    if (origin == nullptr) continue;
    file.offset = origin->offset;
    file.head = origin->head;
    file.tail = origin->tail;
  }
}

/// Of the files that are not written any more. One that was unlinked is given back to the disk.
void LogFiles::let_go() {
  const LogFile* last = newest();
  for (LogFile& file : files_) {
    const bool rests = later(last->modified, file.modified) && !file.active && file.offset >= file.size;
    if (!rests) continue;
    file.open = {};
    if (file.parser && !file.parser->pending()) file.parser.reset();
  }
  // At once: the next file may get the same inode.
  std::erase_if(files_, [](const LogFile& file) { return !file.listed && !file.open; });
}

base::Result<void> LogFiles::advance(const Descriptor& directory) {
  if (auto looked = look(directory); !looked) return looked;
  find_cuts(directory);
  find_copies(directory);
  restart_cut();
  find_copies(directory);  // what came after the cut may have been copied in turn
  counts_.unread_bytes = 0;
  for (LogFile& file : files_) {
    const std::uint64_t before = file.offset;
    // The newest stays open also while it is empty: it may be unlinked.
    const bool latest = !later(newest()->modified, file.modified);
    if ((latest || file.size > file.offset) && opened(file, directory) && file.copy_of == 0) read_on(file);
    file.active = file.offset != before || latest;
    if (file.copy_of == 0 && file.size > file.offset) counts_.unread_bytes += file.size - file.offset;
  }
  follow_originals();
  let_go();
  return {};
}

base::Result<LogCounts> LogFiles::read(const LogPlace& place, std::size_t top) {
  const auto directory = open_directory(place.root, place.directory);
  if (!directory) return tl::unexpected(directory.error());
  struct stat now {};
  if (::fstat(directory->get(), &now) != 0)
    return base::fail(base::ErrorKind::io, "{} cannot be read", place.directory);
  budget_ = LogFollower::kMostBytes;
  const bool same_files = now.st_dev == device_ && now.st_ino == inode_ && place.format == place_.format &&
                          place.file_name == place_.file_name;
  if (same_files && place.prefix != place_.prefix)
    for (LogFile& file : files_) file.parser.reset();
  place_ = place;
  device_ = inode_ = 0;  // unless all goes well
  const auto done = same_files ? advance(*directory) : begin(*directory);
  if (!done && !same_files) return tl::unexpected(done.error());
  device_ = now.st_dev;
  inode_ = now.st_ino;
  if (!done) return tl::unexpected(done.error());
  counts_.format = place.format;
  counts_.messages = tally_.counts(top);
  return counts_;
}

}  // namespace pgvigil::host
