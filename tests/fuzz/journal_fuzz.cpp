// The log's reader against whatever lies in its files: no crash, no endless work, and never a
// record that was not written. An input is a list of changes to a sound log of two segments; with
// the first byte it may ask for hashes that fit the changed bytes, as an attacker with the salt
// could make them.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <unistd.h>

#include "base/check.hpp"
#include "journal/local/bytes.hpp"
#include "journal/local/log.hpp"

namespace tidemark::journal::local {
namespace {

using Content = std::vector<std::byte>;
using Folder = std::map<std::string, Content>;

constexpr Sequence kRecords = 40;

class MemoryFile final : public files::File {
 public:
  explicit MemoryFile(const Content& content) : content_(content) {}

  base::Status write_at(std::uint64_t, std::span<const std::byte>) override { return refuse(); }
  base::Status sync() override { return refuse(); }
  base::Result<std::size_t> read_at(std::uint64_t offset,
                                    std::span<std::byte> into) const override {
    if (offset >= content_.size()) return std::size_t{0};
    const auto count = std::min<std::uint64_t>(into.size(), content_.size() - offset);
    std::memcpy(into.data(), content_.data() + offset, count);
    return static_cast<std::size_t>(count);
  }
  [[nodiscard]] base::Result<std::uint64_t> size() const override {
    return std::uint64_t{content_.size()};
  }
  [[nodiscard]] base::Result<bool> has_name() const override { return true; }

  static base::Error refuse() { return {base::ErrorCode::Unavailable, "read only"}; }

 private:
  const Content& content_;
};

class MemoryFiles final : public files::Files {
 public:
  explicit MemoryFiles(const Folder& folder) : folder_(folder) {}

  base::Result<std::unique_ptr<files::File>> open(const Path& path, files::Open) override {
    return std::unique_ptr<files::File>(
        std::make_unique<MemoryFile>(folder_.at(path.filename().string())));
  }
  base::Result<std::vector<std::string>> list(const Path&) const override {
    std::vector<std::string> names;
    for (const auto& [name, content] : folder_) names.push_back(name);
    return names;
  }
  base::Status rename(const Path&, const Path&) override { return MemoryFile::refuse(); }
  base::Status remove(const Path&) override { return MemoryFile::refuse(); }
  base::Status make_folder(const Path&) override { return MemoryFile::refuse(); }
  base::Status sync_folder(const Path&) override { return MemoryFile::refuse(); }
  base::Result<std::uint64_t> free_bytes(const Path&) const override { return std::uint64_t{0}; }

 private:
  const Folder& folder_;
};

std::string content_of(Sequence sequence) {
  return std::string(sequence * 37 % 900, 'x') + std::to_string(sequence);
}

/// The files of a log with records of one event.
Folder make_sound() {
  std::string name = (std::filesystem::temp_directory_path() / "journal_fuzz_XXXXXX").string();
  const std::filesystem::path root = ::mkdtemp(name.data());
  Folder folder;
  {
    auto log = Log::open(files::posix_files(), root / "journal",
                         {.segment_bytes = Log::kSegmentBytesMin, .prepare_ahead = false}, 0,
                         [](const Record&) { return base::Status(base::ok); });
    TIDEMARK_CHECK(log);
    for (Sequence sequence = 0; sequence < kRecords; ++sequence) {
      const std::string content = content_of(sequence);
      TIDEMARK_CHECK((*log)->append(sequence, 1, std::as_bytes(std::span(content))));
    }
  }
  for (const auto& entry : std::filesystem::directory_iterator(root / "journal")) {
    auto text = files::read_whole(files::posix_files(), entry.path(), 1 << 20);
    TIDEMARK_CHECK(text);
    const auto bytes = std::as_bytes(std::span(*text));
    folder[entry.path().filename().string()] = Content(bytes.begin(), bytes.end());
  }
  std::filesystem::remove_all(root);
  TIDEMARK_CHECK(folder.size() == 2);
  return folder;
}

/// Four bytes a change: which file and where (two bytes each way round 64 KiB), and what.
void change(Folder& folder, std::span<const std::uint8_t> changes) {
  for (std::size_t at = 0; at + 4 <= changes.size(); at += 4) {
    Content& content = (changes[at] & 1U) != 0 ? folder.begin()->second : folder.rbegin()->second;
    const std::size_t offset = changes[at + 1] * std::size_t{256} + changes[at + 2];
    if ((changes[at] & 6U) == 6U) {
      content.resize(std::min(offset, content.size()));
    } else if (offset < content.size()) {
      content[offset] = static_cast<std::byte>(changes[at + 3]);
    }
  }
}

/// Makes the hashes of the records at the places of sound ones fit what is there now.
void fit_hashes(const Folder& sound, Folder& changed) {
  for (auto& [name, content] : changed) {
    const std::span<const std::byte> original = sound.at(name);
    const Salt salt{load<std::uint64_t>(original, 32)};
    std::uint64_t offset = kSegmentHeaderBytes;
    while (const auto header = decode(original.subspan(offset), salt)) {
      if (offset + kRecordHeaderBytes > content.size()) break;
      const auto there = std::span(content).subspan(offset);
      RecordHeader fitted{.length = load<std::uint32_t>(there, 4),
                          .count = load<std::uint32_t>(there, 24),
                          .first = load<std::uint64_t>(there, 8),
                          .synced_to = load<std::uint64_t>(there, 16),
                          .content_hash = header->content_hash};
      const auto behind = there.subspan(kRecordHeaderBytes);
      if (fitted.length <= behind.size()) {
        const std::span<const std::byte> piece = behind.first(fitted.length);
        fitted.content_hash = hash_content(salt, Pieces(&piece, 1));
      }
      encode(fitted, salt, there.first<kRecordHeaderBytes>());
      offset += record_bytes(header->length);
    }
  }
}

void try_input(std::span<const std::uint8_t> input) {
  static const Folder sound = make_sound();
  if (input.size() < 2) return;
  const bool fit = (input[0] & 1U) != 0;
  const Sequence from = input[1] % 48;
  Folder folder = sound;
  change(folder, input.subspan(2));
  if (fit) fit_hashes(sound, folder);

  MemoryFiles files(folder);
  Sequence expected = from;
  bool any = false;
  auto recovered = recover(files, "journal", from, [&](const Record& record) {
    TIDEMARK_CHECK(any ? record.first == expected : record.first <= from);
    TIDEMARK_CHECK(record.end() > expected);
    any = true;
    expected = record.end();
    if (!fit) {
      const std::string written = content_of(record.first);
      TIDEMARK_CHECK(record.count == 1 && record.content.size() == written.size() &&
                     std::memcmp(record.content.data(), written.data(), written.size()) == 0);
    }
    return base::Status(base::ok);
  });
  if (recovered) {
    TIDEMARK_CHECK(recovered->end == expected);
    // Only the last record may be missing without a word, and what lies below `from`.
    if (!fit && folder.size() == 2) {
      TIDEMARK_CHECK(recovered->end >= std::min(from, kRecords) &&
                     recovered->end <= std::max(from, kRecords));
    }
  } else {
    const auto code = recovered.error().code();
    TIDEMARK_CHECK(code == base::ErrorCode::Corrupt || code == base::ErrorCode::Conflict);
  }
}

}  // namespace
}  // namespace tidemark::journal::local

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tidemark::journal::local::try_input({data, size});
  return 0;
}
