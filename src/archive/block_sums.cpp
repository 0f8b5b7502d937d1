#include "archive/block_sums.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <span>
#include <string>

#include "archive/manifest.hpp"
#include "base/hash.hpp"

namespace tidemark::archive {
namespace {

using base::Error;
using base::ErrorCode;

Error damaged(const std::filesystem::path& path, const std::string& what) {
  return {ErrorCode::Corrupt,
          path.string() + " is damaged: " + what + "; put the file back from a backup"};
}

}  // namespace

base::Result<std::vector<std::uint64_t>> block_sums(
    files::Files& files, const std::filesystem::path& path, std::uint64_t bytes,
    const std::function<base::Status(std::uint64_t bytes)>& before) {
  auto file = files.open(path, files::Open::Read);
  if (!file && file.error().code() == ErrorCode::NotFound) {
    return Error{ErrorCode::Unavailable, file.error().message()};
  }
  if (!file) return file.error();
  auto size = (*file)->size();
  if (!size) return size.error();
  if (*size != bytes) {
    return damaged(path, "it has " + std::to_string(*size) + " bytes where MANIFEST says " +
                             std::to_string(bytes));
  }
  std::vector<std::byte> block(std::min(bytes, kSumBlockBytes));
  std::vector<std::uint64_t> sums;
  for (std::uint64_t at = 0; at < bytes; at += kSumBlockBytes) {
    const auto count = std::min(bytes - at, kSumBlockBytes);
    if (before) {
      if (auto go_on = before(count); !go_on) return go_on.error();
    }
    auto read = (*file)->read_at(at, std::span(block).first(count));
    if (!read) return read.error();
    if (*read != count) return damaged(path, "it became shorter while it was read");
    sums.push_back(base::hash64(std::span(block).first(count), 0));
  }
  assert(sums.size() == (bytes + kSumBlockBytes - 1) / kSumBlockBytes);
  return sums;
}

base::Status compare_sums(const std::filesystem::path& path, std::uint64_t bytes,
                          const std::vector<std::uint64_t>& written,
                          const std::vector<std::uint64_t>& found) {
  const auto [one, other] = std::ranges::mismatch(written, found);
  if (one == written.end() && other == found.end()) return base::ok;
  const auto index = static_cast<std::uint64_t>(one - written.begin());
  assert(index < std::max(written.size(), found.size()));
  const auto begin = index * kSumBlockBytes;
  return damaged(path, "its block " + std::to_string(index + 1) + " of " +
                           std::to_string(written.size()) + " (bytes " + std::to_string(begin) +
                           " to " + std::to_string(std::min(begin + kSumBlockBytes, bytes)) +
                           ") is not what was written");
}

}  // namespace tidemark::archive
