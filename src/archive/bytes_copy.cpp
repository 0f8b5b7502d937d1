#include "archive/bytes_copy.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "archive/parquet_footer.hpp"

namespace tidemark::archive {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::string_view kMagic = "PAR1";
constexpr std::size_t kTailBytes = 8;  // the footer's length, and the magic
static_assert(kTailBytes == sizeof(std::uint32_t) + kMagic.size());
constexpr std::uint64_t kFooterBytesMax = std::uint64_t{256} << 20U;
constexpr std::size_t kPieceBytes = std::size_t{1} << 20U;

/// Where a file's footer begins, and what it says.
struct Footer {
  std::uint64_t begin = 0;
  std::string text;
};

base::Result<Footer> footer_of(std::ifstream& file) {
  const Error none{ErrorCode::InvalidInput, "it is not a Parquet file"};
  file.seekg(0, std::ios::end);
  const auto bytes = static_cast<std::uint64_t>(file.tellg());
  if (!file || bytes < kTailBytes) return none;
  char tail[kTailBytes];
  file.seekg(static_cast<std::streamoff>(bytes - kTailBytes));
  file.read(tail, kTailBytes);
  std::uint32_t length = 0;
  std::memcpy(&length, tail, sizeof length);  // little-endian, as the machines that we run on
  if (!file || std::string_view(tail + 4, 4) != kMagic) return none;
  if (length > bytes - kTailBytes || length > kFooterBytesMax) return none;
  Footer footer{.begin = bytes - kTailBytes - length, .text = std::string(length, '\0')};
  file.seekg(static_cast<std::streamoff>(footer.begin));
  file.read(footer.text.data(), length);
  if (!file) return none;
  return footer;
}

base::Status write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      return Error{ErrorCode::Unavailable,
                   "writing a temporary copy: " + std::string(std::strerror(errno))};
    }
    assert(static_cast<std::size_t>(written) <= bytes.size());
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return base::ok;
}

base::Status copy_data(std::ifstream& file, std::uint64_t bytes, int descriptor) {
  file.seekg(0);
  std::vector<char> piece(kPieceBytes);
  while (bytes > 0) {
    const auto size = std::min<std::uint64_t>(bytes, piece.size());
    file.read(piece.data(), static_cast<std::streamsize>(size));
    if (!file) return Error{ErrorCode::Unavailable, "it cannot be read"};
    auto written = write_all(descriptor, {piece.data(), size});
    if (!written) return written;
    bytes -= size;
  }
  return base::ok;
}

}  // namespace

base::Result<BytesCopy> BytesCopy::of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const auto footer = footer_of(in);
  if (!footer) return footer.error();
  auto changed = with_bytes_for_texts(footer->text);
  if (!changed) return changed.error();

  std::error_code unknown;
  auto folder = std::filesystem::temp_directory_path(unknown);
  if (unknown) folder = "/tmp";
  std::string name = folder / "tidemark-import-XXXXXX";
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) {
    return Error{ErrorCode::Unavailable,
                 "no temporary copy in " + folder.string() + ": " + std::strerror(errno)};
  }
  ::unlink(name.c_str());
  BytesCopy copy(descriptor);
  auto written = copy_data(in, footer->begin, descriptor);
  if (!written) return written.error();
  assert(std::in_range<std::uint32_t>(changed->size()));
  const auto length = static_cast<std::uint32_t>(changed->size());
  changed->append(reinterpret_cast<const char*>(&length), sizeof length).append(kMagic);
  written = write_all(descriptor, *changed);
  if (!written) return written.error();
  return copy;
}

BytesCopy::BytesCopy(BytesCopy&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

BytesCopy::~BytesCopy() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::filesystem::path BytesCopy::path() const {
  assert(descriptor_ >= 0 && "it was not moved from");
  return "/proc/self/fd/" + std::to_string(descriptor_);
}

}  // namespace tidemark::archive
