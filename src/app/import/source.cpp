#include "app/import/source.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>
#include <filesystem>
#include <utility>
#include <vector>

#include "archive/parquet_import.hpp"
#include "event/timestamp.hpp"
#include "wire/cells.hpp"
#include "wire/inflate.hpp"

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
  if (!is_there(name)) return Error{ErrorCode::InvalidInput, "there is no such file"};
  // A folder can be opened, and not be read.
  std::error_code unknown;
  if (std::filesystem::is_directory(name, unknown)) {
    return Error{ErrorCode::InvalidInput, "it is a folder; name the files in it"};
  }
  std::FILE* file = std::fopen(name.c_str(), "rb");
  if (file == nullptr) {
    return Error{ErrorCode::InvalidInput, "cannot open it: " + std::string(std::strerror(errno))};
  }
  return std::unique_ptr<wire::ByteSource>(std::make_unique<FileSource>(file, true));
}

/// Rows of a Parquet file, checked by the rules of CSV.
class ParquetReader final : public wire::EventReader {
 public:
  ParquetReader(std::unique_ptr<archive::ParquetImport> file, wire::DecodeOptions options)
      : file_(std::move(file)), options_(options) {}

  base::Result<wire::ReadEvents> next(std::size_t rows_max) override {
    if (left_.empty()) {
      auto events = file_->next();
      if (!events) return events.error();
      left_ = *events;
    }
    const auto taken = left_.first(std::min(rows_max, left_.size()));
    left_ = left_.subspan(taken.size());
    instants_.clear();
    rows_.clear();
    for (const auto& event : taken) rows_.push_back(cells_of(event));
    return wire::read_rows(rows_, options_);
  }

 private:
  wire::CellRow cells_of(const archive::ImportedEvent& event) {
    return {.line = event.row,
            .cells = {event.event_id, instant_of(event), event.user_id, event.event_type,
                      event.properties}};
  }
  std::optional<std::string_view> instant_of(const archive::ImportedEvent& event) {
    if (const auto* text = std::get_if<std::string_view>(&event.occurred_at)) return *text;
    if (const auto* instant = std::get_if<archive::ImportedInstant>(&event.occurred_at)) {
      return instants_.emplace_back(event::to_string_of_any(instant->micros));
    }
    if (const auto* number = std::get_if<std::int64_t>(&event.occurred_at)) {
      return instants_.emplace_back(std::to_string(*number));
    }
    return std::nullopt;
  }

  std::unique_ptr<archive::ParquetImport> file_;
  wire::DecodeOptions options_;
  std::span<const archive::ImportedEvent> left_;  // of the file's last chunk
  std::deque<std::string> instants_;              // stay where they are, as cells point to them
  std::vector<wire::CellRow> rows_;
};

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

bool is_there(const std::string& name) {
  std::error_code unknown;
  return name == "-" || std::filesystem::exists(name, unknown) || unknown;
}

base::Result<std::unique_ptr<wire::EventReader>> open_import(const std::string& name,
                                                             ImportFormat format,
                                                             const wire::DecodeOptions& options) {
  auto bytes = open_bytes(name);
  if (!bytes) return bytes.error();
  if (format == ImportFormat::Parquet) {
    // Its last bytes are read first, so that a pipe is of no use.
    std::error_code unknown;
    if (name == "-" || !std::filesystem::is_regular_file(name, unknown)) {
      return Error{ErrorCode::InvalidInput, "Parquet is read from a file only"};
    }
    auto file = archive::ParquetImport::open(name);
    if (!file) return file.error();
    return std::unique_ptr<wire::EventReader>(
        std::make_unique<ParquetReader>(std::move(*file), options));
  }
  auto plain = wire::decompressed(std::move(*bytes));
  if (!plain) return plain.error();
  return wire::open_reader(
      format == ImportFormat::Csv ? wire::FileFormat::Csv : wire::FileFormat::Ndjson,
      std::move(*plain), options);
}

}  // namespace tidemark::app
