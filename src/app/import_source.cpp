#include "app/import_source.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <utility>

#include "archive/parquet_import.hpp"
#include "event/limits.hpp"
#include "event/timestamp.hpp"
#include "wire/event_writer.hpp"
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

/// Rows of a Parquet file, written as JSON and read by the same rules as everything else.
class ParquetReader final : public wire::EventReader {
 public:
  ParquetReader(std::unique_ptr<archive::ParquetImport> file, wire::DecodeOptions options)
      : file_(std::move(file)), options_(options) {
    options_.limits.events_max = std::numeric_limits<std::uint32_t>::max();
    options_.limits.body_bytes_max = std::numeric_limits<std::uint32_t>::max();
    options_.limits.faults_described_max = std::numeric_limits<std::uint32_t>::max();
  }

  base::Result<wire::ReadEvents> next(std::size_t) override {
    auto events = file_->next();
    if (!events) return events.error();
    wire::ReadEvents read;
    if (events->empty()) return read;
    std::string lines;
    for (const auto& imported : *events) append_line(imported, lines);
    const auto first = events->front().row;
    auto decoded = wire::decode(wire::padded_body(lines), wire::Format::Ndjson, options_);
    if (!decoded) return decoded.error();
    read.rows_count = decoded->events_count;
    for (auto& fault : decoded->faults) {
      const std::uint64_t line = first + fault.index;
      read.faults.push_back({.line = line, .fault = std::move(fault)});
    }
    for (const auto& rejected : decoded->rejected) {
      read.rejected.push_back({.line = first + rejected.index, .raw = std::string(rejected.raw)});
    }
    for (const auto index : decoded->index) read.lines.push_back(first + index);
    read.batch = std::move(decoded->batch);
    return read;
  }

 private:
  static void append_member(std::string_view name, std::string& out) {
    out += out.back() == '{' ? "\"" : ",\"";
    out += name;
    out += "\":";
  }
  static void append_text(std::string_view name, const std::optional<std::string_view>& text,
                          std::string& out) {
    if (!text) return;
    append_member(name, out);
    wire::write_json_string(*text, out);
  }
  static void append_line(const archive::ImportedEvent& imported, std::string& out) {
    out += '{';
    append_text("event_id", imported.event_id, out);
    if (const auto* instant = std::get_if<archive::ImportedInstant>(&imported.occurred_at)) {
      append_text("occurred_at", instant_text(instant->micros), out);
    } else if (const auto* text = std::get_if<std::string_view>(&imported.occurred_at)) {
      append_text("occurred_at", *text, out);
    } else if (const auto* number = std::get_if<std::int64_t>(&imported.occurred_at)) {
      append_member("occurred_at", out);
      out += std::to_string(*number);
    }
    append_text("user_id", imported.user_id, out);
    append_text("event_type", imported.event_type, out);
    if (imported.properties) {
      append_member("properties", out);
      // What a text cell holds may stand on several lines; NDJSON wants one.
      std::ranges::replace_copy_if(
          *imported.properties, std::back_inserter(out),
          [](char c) { return c == '\n' || c == '\r'; }, ' ');
    }
    out += "}\n";
  }
  /// An instant that no event may have is written so that the check of the field refuses it.
  static std::string instant_text(std::int64_t micros) {
    const bool writable = micros >= event::kOccurredAtMin && micros < event::kOccurredAtEnd;
    return writable ? event::to_string(micros)
                    : "outside of the years 1970 to 2200 (" + std::to_string(micros) + " us)";
  }

  std::unique_ptr<archive::ParquetImport> file_;
  wire::DecodeOptions options_;
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
