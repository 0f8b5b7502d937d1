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
#include "wire/rows/peeked_source.hpp"

namespace tidemark::app {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::string_view kParquetMagic = "PAR1";

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
    return Error{ErrorCode::InvalidInput, "this is a folder; name the files in the folder"};
  }
  std::FILE* file = std::fopen(name.c_str(), "rb");
  if (file == nullptr) {
    return Error{ErrorCode::InvalidInput,
                 "cannot open the file: " + std::string(std::strerror(errno))};
  }
  return std::unique_ptr<wire::ByteSource>(std::make_unique<FileSource>(file, true));
}

/// How many of these rows `next` gives: see EventReader.
std::size_t next_piece(std::span<const archive::ImportedEvent> left, std::size_t rows_max) {
  std::size_t rows = 0;
  std::size_t bytes = 0;
  while (rows < std::min(rows_max, left.size()) && bytes < wire::EventReader::kNextBytesMax) {
    bytes += left[rows].properties.value_or(std::string_view()).size();
    ++rows;
  }
  return rows;
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
    const auto taken = left_.first(next_piece(left_, rows_max));
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

/// Rows of a foreign Parquet file, as events that the mapping finds in them.
class MappedParquetReader final : public wire::EventReader {
 public:
  MappedParquetReader(std::unique_ptr<archive::ParquetImport> file,
                      std::shared_ptr<const wire::Mapping> mapping, wire::DecodeOptions options)
      : file_(std::move(file)), mapping_(std::move(mapping)), options_(options) {}

  base::Result<wire::ReadEvents> next(std::size_t rows_max) override {
    if (left_.empty()) {
      auto rows = file_->next();
      if (!rows) return rows.error();
      left_ = *rows;
    }
    const auto taken = left_.first(next_piece(left_, rows_max));
    left_ = left_.subspan(taken.size());
    rows_.clear();
    for (const auto& row : taken) {
      rows_.push_back({.line = row.row, .text = row.properties.value_or(std::string_view())});
    }
    return wire::read_json_rows(rows_, *mapping_, options_);
  }

 private:
  std::unique_ptr<archive::ParquetImport> file_;
  std::shared_ptr<const wire::Mapping> mapping_;
  wire::DecodeOptions options_;
  std::span<const archive::ImportedEvent> left_;  // of the file's last chunk
  std::vector<wire::JsonRow> rows_;
};

base::Result<OpenedImport> open_parquet(const std::string& name, const ImportForm& form,
                                        const wire::DecodeOptions& options) {
  // Its last bytes are read first, so that a pipe is of no use.
  std::error_code unknown;
  if (name == "-" || !std::filesystem::is_regular_file(name, unknown)) {
    return Error{ErrorCode::InvalidInput,
                 "Parquet can only be read from a file, not from a pipe or standard input"};
  }
  auto file =
      form.mapping ? archive::ParquetImport::open_rows(name) : archive::ParquetImport::open(name);
  if (!file) return file.error();
  if (!form.mapping) {
    return OpenedImport{.reader = std::make_unique<ParquetReader>(std::move(*file), options),
                        .format = ImportFormat::Parquet};
  }
  const auto fault = wire::fault_of_columns(*form.mapping, (*file)->columns());
  if (!fault.empty()) return Error{ErrorCode::InvalidInput, fault};
  return OpenedImport{
      .reader = std::make_unique<MappedParquetReader>(std::move(*file), form.mapping, options),
      .format = ImportFormat::Parquet};
}

wire::FileFormat file_format(ImportFormat format) {
  if (format == ImportFormat::Csv) return wire::FileFormat::Csv;
  return format == ImportFormat::Json ? wire::FileFormat::Json : wire::FileFormat::Ndjson;
}

ImportFormat import_format(wire::FileFormat format) {
  switch (format) {
    case wire::FileFormat::Csv:
      return ImportFormat::Csv;
    case wire::FileFormat::Ndjson:
      return ImportFormat::Ndjson;
    case wire::FileFormat::Json:
      return ImportFormat::Json;
  }
  return ImportFormat::Ndjson;
}

base::Result<OpenedImport> open_text(std::unique_ptr<wire::ByteSource> bytes,
                                     const std::string& name, const ImportForm& form,
                                     const wire::DecodeOptions& options) {
  auto text = wire::as_plain_text(std::move(bytes));
  if (!text) return text.error();
  const auto first = (*text)->first();
  auto format = form.format;
  if (!format) {
    if (const auto foreign = wire::foreign_form(first); !foreign.empty()) {
      return Error{ErrorCode::InvalidInput, "it is " + std::string(foreign)};
    }
    if (first.starts_with(kParquetMagic)) {
      return Error{ErrorCode::InvalidInput, "this is a compressed Parquet file: unpack it first"};
    }
    const auto found = wire::file_format_of(first);
    if (found) format = import_format(*found);
  }
  if (!format) format = format_of_name(name).value_or(ImportFormat::Ndjson);
  auto reader = wire::open_reader(
      wire::FileForm{
          .format = file_format(*format), .delimiter = form.delimiter, .mapping = form.mapping},
      std::move(*text), options);
  if (!reader) return reader.error();
  return OpenedImport{.reader = std::move(*reader), .format = *format};
}

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [&](auto ending) { return name.ends_with(ending); });
}

}  // namespace

std::optional<ImportFormat> format_of_name(std::string_view given) {
  std::string small(given);
  std::ranges::transform(small, small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  std::string_view name(small);
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

base::Result<OpenedImport> open_import(const std::string& name, const ImportForm& form,
                                       const wire::DecodeOptions& options) {
  auto bytes = open_bytes(name);
  if (!bytes) return bytes.error();
  if (form.format == ImportFormat::Parquet) return open_parquet(name, form, options);
  auto raw = wire::PeekedSource::of(std::move(*bytes));
  if (!raw) return raw.error();
  if (!form.format && (*raw)->first().starts_with(kParquetMagic)) {
    return open_parquet(name, form, options);
  }
  auto plain = wire::decompressed(std::move(*raw));
  if (!plain) return plain.error();
  return open_text(std::move(*plain), name, form, options);
}

}  // namespace tidemark::app
