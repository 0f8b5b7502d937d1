#include "files/on_demand.hpp"

#include <span>
#include <utility>

#include <sys/resource.h>

namespace tidemark::files {
namespace {

class OnDemand final : public File {
 public:
  OnDemand(Files& files, Files::Path path) : files_(files), path_(std::move(path)) {}

  base::Status write_at(std::uint64_t, std::span<const std::byte>) override { return read_only(); }
  base::Result<std::size_t> read_at(std::uint64_t offset,
                                    std::span<std::byte> into) const override {
    auto file = files_.open(path_, Open::Read);
    if (!file) return file.error();
    return (*file)->read_at(offset, into);
  }
  base::Status sync() override { return read_only(); }
  [[nodiscard]] base::Result<std::uint64_t> size() const override {
    auto file = files_.open(path_, Open::Read);
    if (!file) return file.error();
    return (*file)->size();
  }
  [[nodiscard]] base::Result<bool> has_name() const override {
    auto file = files_.open(path_, Open::Read);
    if (!file) return file.error();
    return (*file)->has_name();
  }

 private:
  [[nodiscard]] base::Error read_only() const {
    return {base::ErrorCode::Unavailable, path_.string() + " was opened for reading only"};
  }

  Files& files_;
  Files::Path path_;
};

}  // namespace

bool descriptors_are_scarce() {
  constexpr rlim_t kEnough = 1'024;
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < kEnough;
}

std::unique_ptr<File> on_demand(Files& files, Files::Path path) {
  return std::make_unique<OnDemand>(files, std::move(path));
}

}  // namespace tidemark::files
