#include "app/import_source.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

namespace tidemark::app {
namespace {

using base::Error;
using base::ErrorCode;

class FileSource final : public wire::ByteSource {
 public:
  FileSource(std::FILE* file, bool owned) : file_(file), owned_(owned) {}
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource() override {
    if (owned_) std::fclose(file_);
  }
  base::Result<std::size_t> read(std::span<char> into) override {
    const auto bytes = std::fread(into.data(), 1, into.size(), file_);
    if (bytes == 0 && std::ferror(file_) != 0) {
      return Error{ErrorCode::Unavailable, std::string("reading: ") + std::strerror(errno)};
    }
    return bytes;
  }

 private:
  std::FILE* file_;
  bool owned_;
};

base::Result<std::unique_ptr<wire::ByteSource>> open_bytes(const std::string& name) {
  if (name == "-") {
    return std::unique_ptr<wire::ByteSource>(std::make_unique<FileSource>(stdin, false));
  }
  std::FILE* file = std::fopen(name.c_str(), "rb");
  if (file == nullptr) {
    return Error{ErrorCode::InvalidInput, "cannot open it: " + std::string(std::strerror(errno))};
  }
  return std::unique_ptr<wire::ByteSource>(std::make_unique<FileSource>(file, true));
}

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [&](auto ending) { return name.ends_with(ending); });
}

}  // namespace

std::optional<ImportFormat> format_of_name(std::string_view name) {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (name.ends_with(packed)) name.remove_suffix(packed.size());
  }
  if (name.ends_with(".csv")) return ImportFormat::Csv;
  if (name.ends_with(".parquet")) return ImportFormat::Parquet;
  if (ends_with_any(name, {".ndjson", ".jsonl", ".json"})) return ImportFormat::Ndjson;
  return std::nullopt;
}

base::Result<std::unique_ptr<wire::EventReader>> open_import(const std::string& name,
                                                             ImportFormat format,
                                                             const wire::DecodeOptions& options) {
  if (format == ImportFormat::Parquet) {
    return Error{ErrorCode::InvalidInput,
                 "Parquet files are not read yet; convert it to CSV or NDJSON"};
  }
  auto bytes = open_bytes(name);
  if (!bytes) return bytes.error();
  auto plain = wire::decompressed(std::move(*bytes));
  if (!plain) return plain.error();
  return wire::open_reader(
      format == ImportFormat::Csv ? wire::FileFormat::Csv : wire::FileFormat::Ndjson,
      std::move(*plain), options);
}

}  // namespace tidemark::app
