// Two slots, in sectors of their own and written in turns: the last whole one counts.

#include "files/mark.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/hash.hpp"

namespace tidemark::files {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::string_view kName = "MARK";
constexpr std::string_view kMagic = "TMMARK\n";
constexpr std::uint64_t kFormat = 1;
constexpr std::size_t kSlots = 2;
constexpr std::size_t kSlotBytes = kBlockBytes;  // no disk tears one block with another
constexpr std::size_t kNumbers = 11;

/// The content of a slot, as it is laid out there.
struct Slot {
  std::array<std::uint64_t, kNumbers> numbers{};

  enum Field : std::uint8_t {
    Magic,
    Format,
    Turn,
    Folder,
    EpochNumber,
    Reached,
    Manifest,
    Unconfirmed,
    Boot,
    Ended,
    Checksum
  };
  std::uint64_t& operator[](Field field) { return numbers[field]; }
  std::uint64_t operator[](Field field) const { return numbers[field]; }

  [[nodiscard]] std::uint64_t checksum() const {
    return base::hash64(std::as_bytes(std::span(numbers).first(Checksum)));
  }
};
static_assert(Slot::Checksum + 1 == kNumbers);
static_assert(std::is_trivially_copyable_v<Slot> &&
              sizeof(Slot) == kNumbers * sizeof(std::uint64_t));
static_assert(sizeof(Slot) <= kSlotBytes);

std::uint64_t magic() {
  std::uint64_t number = 0;
  static_assert(kMagic.size() < sizeof number);
  std::memcpy(&number, kMagic.data(), kMagic.size());
  return number;
}

/// Names the run of this system, from its start to its next; 0 where it has no name.
std::uint64_t this_run() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  if (!std::getline(file, id) || id.empty()) return 0;
  return base::hash64(std::as_bytes(std::span(id)));
}

}  // namespace

base::Result<std::unique_ptr<Mark>> Mark::open(Files& files, const std::filesystem::path& folder) {
  std::unique_ptr<Mark> self(new Mark(files, folder));
  if (auto read = self->read(); !read) return read.error();
  return self;
}

base::Status Mark::read() {
  const auto path = folder_ / kName;
  auto file = files_.open(path, Open::Read);
  if (!file && file.error().code() == ErrorCode::NotFound) return base::ok;
  if (!file) return file.error();
  std::optional<Slot> last;
  for (std::size_t i = 0; i < kSlots; ++i) {
    Slot slot;
    const auto bytes = std::as_writable_bytes(std::span(slot.numbers));
    auto count = (*file)->read_at(i * kSlotBytes, bytes);
    if (!count) return count.error();
    if (*count < bytes.size() || slot[Slot::Magic] != magic()) continue;
    if (slot[Slot::Format] > kFormat) {
      return Error{ErrorCode::Conflict,
                   path.string() + " was written by a newer Tidemark (format " +
                       std::to_string(slot[Slot::Format]) + "); start that one"};
    }
    if (slot[Slot::Checksum] != slot.checksum()) continue;
    if (!last || slot[Slot::Turn] > (*last)[Slot::Turn]) last = slot;
  }
  if (!last) return base::ok;
  turn_ = (*last)[Slot::Turn];
  const auto run = this_run();
  found_ = {.folder = (*last)[Slot::Folder],
            .epoch = (*last)[Slot::EpochNumber],
            .reached = (*last)[Slot::Reached],
            .manifest = (*last)[Slot::Manifest],
            .unconfirmed = (*last)[Slot::Unconfirmed],
            .exact = (*last)[Slot::Ended] != 0 || (run != 0 && (*last)[Slot::Boot] == run)};
  return base::ok;
}

base::Status Mark::make() {
  const auto path = folder_ / kName;
  auto file = files_.open(path, Open::Create);
  if (file) {
    // All of it at once: later writes change no size, and so need no room.
    const std::vector<std::byte> zeros(kSlots * kSlotBytes);
    auto written = (*file)->write_at(0, zeros);
    if (written) written = (*file)->sync();
    if (written) written = files_.sync_folder(folder_);
    if (!written) {
      std::ignore = files_.remove(path);
      return written;
    }
  } else if (file.error().code() != ErrorCode::Conflict) {
    return file.error();
  }
  auto writing = files_.open(path, Open::Write);
  if (!writing) return writing.error();
  auto syncing = files_.open(path, Open::Write);
  if (!syncing) return syncing.error();
  file_ = std::move(*writing);
  syncing_ = std::move(*syncing);
  assert(file_ != nullptr && syncing_ != nullptr);
  return base::ok;
}

base::Status Mark::begin(const Marked& state) {
  base::Status begun = base::ok;
  {
    const std::lock_guard lock(mutex_);
    state_ = state;
    begun_ = true;
    begun = make();
    if (begun) begun = write(false);
  }
  if (!begun) return begun.error().while_doing("writing MARK");
  return sync();
}

/// The lock is held.
base::Status Mark::write(bool ended) {
  assert(begun_);
  changed_ = true;
  if (file_ == nullptr) {
    if (auto made = make(); !made) return made;
  }
  assert(syncing_ != nullptr);
  Slot slot;
  slot[Slot::Magic] = magic();
  slot[Slot::Format] = kFormat;
  slot[Slot::Turn] = turn_ + 1;
  slot[Slot::Folder] = state_.folder;
  slot[Slot::EpochNumber] = state_.epoch;
  slot[Slot::Reached] = state_.reached;
  slot[Slot::Manifest] = state_.manifest;
  slot[Slot::Unconfirmed] = state_.unconfirmed;
  static const std::uint64_t run = this_run();
  slot[Slot::Boot] = run;
  slot[Slot::Ended] = ended ? 1 : 0;
  slot[Slot::Checksum] = slot.checksum();
  auto written =
      file_->write_at((turn_ + 1) % kSlots * kSlotBytes, std::as_bytes(std::span(slot.numbers)));
  if (written) ++turn_;
  return written;
}

void Mark::reached(std::uint64_t end) {
  const std::lock_guard lock(mutex_);
  if (end <= state_.reached) return;
  state_.reached = end;
  if (begun_ && file_ != nullptr) std::ignore = write(false);
}

void Mark::manifest(std::uint64_t generation) {
  const std::lock_guard lock(mutex_);
  if (generation <= state_.manifest) return;
  state_.manifest = generation;
  if (begun_ && file_ != nullptr) std::ignore = write(false);
}

std::uint64_t Mark::unconfirmed() const {
  const std::lock_guard lock(mutex_);
  return state_.unconfirmed;
}

base::Status Mark::sync() {
  {
    const std::lock_guard lock(mutex_);
    if (!begun_) return base::ok;
    if (file_ == nullptr) {
      if (auto written = write(false); !written) return written.error().while_doing("writing MARK");
    }
    if (!std::exchange(changed_, false)) return base::ok;
  }
  assert(syncing_ != nullptr && "what was changed was written");
  auto synced = syncing_->sync();
  if (synced) return base::ok;
  // Nobody knows what is on the disk: all of it is written again, with a new descriptor.
  const std::lock_guard lock(mutex_);
  changed_ = true;
  file_.reset();
  return synced.error().while_doing("syncing MARK");
}

base::Status Mark::end() {
  {
    const std::lock_guard lock(mutex_);
    if (!begun_) return base::ok;
    if (auto written = write(true); !written) return written.error().while_doing("writing MARK");
  }
  auto synced = sync();
  const std::lock_guard lock(mutex_);
  begun_ = false;
  return synced;
}

}  // namespace tidemark::files
