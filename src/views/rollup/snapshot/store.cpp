#include "views/rollup/snapshot/store.hpp"

#include <algorithm>
#include <span>

#include "ledger/local/crc32c.hpp"

namespace tidemark::views::rollup::snapshot {
namespace {

constexpr std::string_view kMagic = "TMROLLS1";  // before the first section of a file
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;
constexpr std::size_t kFilesMax = 64;

std::uint32_t checksum_of(std::string_view bytes) {
  return ledger::local::crc32c(std::as_bytes(std::span(bytes)));
}

base::Error corrupt(const std::string& what) { return {base::ErrorCode::Corrupt, what}; }

/// Collects what is written one after another into large writes.
class Appender {
 public:
  explicit Appender(files::File& file) : file_(file) {}

  base::Status append(std::string_view bytes) {
    buffer_ += bytes;
    return buffer_.size() < kWriteBytes ? base::Status(base::ok) : flush();
  }
  base::Status flush() {
    if (buffer_.empty()) return base::ok;
    auto written = file_.write_at(flushed_, std::as_bytes(std::span(buffer_)));
    flushed_ += buffer_.size();
    buffer_.clear();
    return written;
  }
  [[nodiscard]] std::uint64_t end() const { return flushed_ + buffer_.size(); }

 private:
  files::File& file_;
  std::string buffer_;
  std::uint64_t flushed_ = 0;
};

}  // namespace

base::Result<Store::Loaded> Store::load() {
  auto bytes = files::read_whole(files_, options_.folder / kIndexName, kIndexBytesMax);
  if (!bytes) return bytes.error();
  auto index = decode_index(*bytes);
  if (!index) return index.error();
  if (index->ledger_id != options_.ledger_id) {
    return corrupt("the snapshot is of another ledger");
  }
  if (index->position > options_.ledger_end) {
    return corrupt("the snapshot is at position " + std::to_string(index->position) +
                   ", the ledger ends at " + std::to_string(options_.ledger_end));
  }
  auto loaded = read(*index);
  if (!loaded) return loaded.error();
  position_ = index->position;
  index_ = *std::move(index);
  return loaded;
}

base::Result<Store::Loaded> Store::read(const Index& index) {
  std::map<std::uint64_t, std::unique_ptr<files::File>> open;
  std::string buffer;
  const auto read_section = [&](const SectionKey& key) -> base::Result<std::string_view> {
    const SectionPlace& place = index.sections.at(key);
    auto& file = open[place.file];
    if (file == nullptr) {
      auto opened = files_.open(options_.folder / sets_file_name(place.file), files::Open::Read);
      if (!opened) return corrupt("the snapshot lacks a file: " + opened.error().message());
      file = *std::move(opened);
    }
    auto size = file->size();
    if (!size) return size.error();
    const std::string name = sets_file_name(place.file);
    if (place.length > *size) return corrupt(name + " is cut short");
    buffer.resize(place.length);
    auto got = file->read_at(place.offset, std::as_writable_bytes(std::span(buffer)));
    if (!got) return got.error();
    if (*got != buffer.size()) return corrupt(name + " is cut short");
    if (checksum_of(buffer) != place.checksum) return corrupt(name + " has a wrong checksum");
    return std::string_view(buffer);
  };
  auto projects = read_projects(index, read_section, options_.hash_seed);
  if (!projects) return projects.error();
  return Loaded{.position = index.position, .projects = *std::move(projects)};
}

base::Status Store::write(const Root& root) {
  if (root.given_up) return base::ok;  // nothing that a restart would want
  if (auto made = make_folder(); !made) return made;
  auto file = next_file();
  if (!file) return file.error();

  const std::vector<Section> sections = sections_of(root);
  const auto stale = stale_files(sections);
  Index next{
      .ledger_id = options_.ledger_id, .position = root.position, .sections = {}, .file_bytes = {}};
  std::vector<Section> changed;
  for (const Section& section : sections) {
    const auto known = index_.sections.find(section.key);
    if (known != index_.sections.end() && known->second.version == section.version &&
        !stale.at(known->second.file)) {
      next.sections.emplace(section.key, known->second);
      next.file_bytes[known->second.file] = index_.file_bytes[known->second.file];
    } else {
      changed.push_back(section);
    }
  }

  auto written = write_sections(changed, *file, next);
  if (written) {
    written = files::replace_whole(files_, options_.folder / kIndexName, encode(next));
  }
  if (!written) {
    // It is unknown which INDEX is on the disk: all its files stay, and the next one starts again
    // from the old one, whose files are there in any case.
    return written.error().while_doing("writing a snapshot of the rollup");
  }
  index_ = std::move(next);
  position_ = root.position;
  remove_unnamed();
  return base::ok;
}

base::Status Store::make_folder() {
  if (folder_is_kept_) return base::ok;
  if (auto made = files_.make_folder(options_.folder); !made) return made;
  // It and the one above may be new, and their names are kept by those that they lie in.
  const auto parent = options_.folder.parent_path();
  for (const auto& folder : {parent, parent.parent_path()}) {
    if (folder.empty()) continue;
    if (auto kept = files_.sync_folder(folder); !kept) return kept;
  }
  folder_is_kept_ = true;
  return base::ok;
}

base::Result<std::uint64_t> Store::next_file() const {
  auto names = files_.list(options_.folder);
  if (!names) return names.error();
  std::uint64_t last = 0;
  for (const std::string& name : *names) last = std::max(last, sets_file_number(name));
  return last + 1;
}

std::map<std::uint64_t, bool> Store::stale_files(const std::vector<Section>& sections) const {
  std::map<std::uint64_t, std::uint64_t> live;
  for (const Section& section : sections) {
    const auto known = index_.sections.find(section.key);
    if (known != index_.sections.end() && known->second.version == section.version) {
      live[known->second.file] += known->second.length;
    }
  }
  std::map<std::uint64_t, bool> stale;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> by_size;
  for (const auto& [file, bytes] : index_.file_bytes) {
    stale[file] = live[file] * 2 < bytes;
    by_size.emplace_back(bytes, file);
  }
  std::sort(by_size.begin(), by_size.end());
  if (by_size.size() >= kFilesMax) {
    for (std::size_t i = 0; i < kFilesMax / 2; ++i) stale[by_size[i].second] = true;
  }
  return stale;
}

base::Status Store::write_sections(const std::vector<Section>& sections, std::uint64_t number,
                                   Index& next) {
  if (sections.empty()) return base::ok;
  auto file = files_.open(options_.folder / sets_file_name(number), files::Open::Create);
  if (!file) return file.error();
  Appender appender(**file);
  if (auto appended = appender.append(kMagic); !appended) return appended;
  std::string bytes;
  for (const Section& section : sections) {
    bytes.clear();
    section.encode(bytes);
    next.sections[section.key] = {.version = section.version,
                                  .file = number,
                                  .offset = appender.end(),
                                  .length = bytes.size(),
                                  .checksum = checksum_of(bytes)};
    if (auto appended = appender.append(bytes); !appended) return appended;
  }
  if (auto flushed = appender.flush(); !flushed) return flushed;
  if (auto synced = (*file)->sync(); !synced) return synced;
  next.file_bytes[number] = appender.end();
  return files_.sync_folder(options_.folder);
}

void Store::remove_unnamed() {
  auto names = files_.list(options_.folder);
  if (!names) return;  // the next one tries again
  for (const std::string& name : *names) {
    const std::uint64_t file = sets_file_number(name);
    if (file != 0 && !index_.file_bytes.contains(file)) {
      std::ignore = files_.remove(options_.folder / name);
    }
  }
}

}  // namespace tidemark::views::rollup::snapshot
