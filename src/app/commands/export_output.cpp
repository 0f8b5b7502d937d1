#include "app/commands/export_output.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

#include "archive/parquet_export.hpp"
#include "event/id_hash.hpp"
#include "event/limits.hpp"
#include "wire/reader.hpp"

namespace tidemark::app {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

Error failed(const std::string& doing, const std::string& name) {
  return {ErrorCode::Unavailable, doing + " " + name + ": " + std::strerror(errno)};
}

/// The file that is meant, if `name` is a link to one: the file must be replaced, not the link.
std::string target_of(const std::string& name) {
  std::error_code none;
  if (!fs::is_symlink(name, none)) return name;
  const auto target = fs::canonical(name, none);
  return none ? name : target.string();
}

/// A name that is neither missing nor a plain file's cannot be replaced by a file.
bool is_replaced(const std::string& name) {
  std::error_code unseen;
  const auto kind = fs::status(name, unseen).type();
  return kind == fs::file_type::not_found || kind == fs::file_type::regular;
}

class TextOutput final : public ExportOutput {
 public:
  static base::Result<std::unique_ptr<ExportOutput>> open(const std::string& name) {
    auto self = std::unique_ptr<TextOutput>(new TextOutput());
    self->name_ = name == "-" ? "standard output" : target_of(name);
    if (name == "-") {
      self->file_ = stdout;
      return std::unique_ptr<ExportOutput>(std::move(self));
    }
    self->replaces_ = is_replaced(self->name_);
    self->writes_ = self->name_ + (self->replaces_ ? ".tmp" : "");
    self->file_ = std::fopen(self->writes_.c_str(), "wb");
    if (self->file_ == nullptr) return failed("writing", name);
    return std::unique_ptr<ExportOutput>(std::move(self));
  }

  ~TextOutput() override {
    if (file_ != nullptr && file_ != stdout) std::fclose(file_);
    if (!replaces_) return;
    std::error_code ignored;  // nothing is lost but room
    fs::remove(writes_, ignored);
  }

  base::Status write(std::string_view text) override {
    if (std::fwrite(text.data(), 1, text.size(), file_) == text.size()) return base::ok;
    return failed("writing", name_);
  }

  base::Status finish() override {
    if (std::fflush(file_) != 0) return failed("writing", name_);
    if (file_ == stdout) return base::ok;
    if (replaces_ && fsync(fileno(file_)) != 0) return failed("syncing", name_);
    if (std::fclose(std::exchange(file_, nullptr)) != 0) return failed("writing", name_);
    if (!std::exchange(replaces_, false)) return base::ok;
    if (std::rename(writes_.c_str(), name_.c_str()) == 0) return base::ok;
    replaces_ = true;
    return failed("renaming " + writes_ + " to", name_);
  }

 private:
  TextOutput() = default;

  std::string name_;
  std::string writes_;     // FILE.tmp, or what is not a file itself
  bool replaces_ = false;  // `writes_` is ours, to be renamed or removed
  std::FILE* file_ = nullptr;
};

/// A text in memory as a source of bytes.
class TextSource final : public wire::ByteSource {
 public:
  explicit TextSource(std::string_view text) : rest_(text) {}
  base::Result<std::size_t> read(std::span<char> into) override {
    const auto bytes = std::min(into.size(), rest_.size());
    std::copy_n(rest_.data(), bytes, into.data());
    rest_.remove_prefix(bytes);
    return bytes;
  }

 private:
  std::string_view rest_;
};

/// Takes lines of NDJSON and writes their events as Parquet.
class ParquetOutput final : public ExportOutput {
 public:
  explicit ParquetOutput(std::unique_ptr<archive::ParquetExport> file) : file_(std::move(file)) {}

  base::Status write(std::string_view text) override {
    lines_ += text;
    if (lines_.size() < kParquetBytes) return base::ok;
    const auto end = lines_.rfind('\n') + 1;
    auto written = write_lines(std::string_view(lines_).substr(0, end));
    lines_.erase(0, end);
    return written;
  }
  base::Status finish() override {
    auto written = write_lines(lines_);
    if (!written) return written;
    return file_->finish();
  }

 private:
  static constexpr std::size_t kParquetBytes = std::size_t{4} << 20;
  static constexpr std::size_t kParquetRows = 10'000;

  base::Status write_lines(std::string_view lines) {
    // These events were taken once: how far in the future they lie was judged then.
    auto reader =
        wire::open_reader(wire::FileFormat::Ndjson, std::make_unique<TextSource>(lines),
                          {.hasher = hasher_, .limits = {.future_max = event::kOccurredAtEnd}});
    if (!reader) return reader.error();
    for (;;) {
      auto read = (*reader)->next(kParquetRows);
      if (!read) return read.error();
      if (read->rows_count == 0) return base::ok;
      std::vector<event::StoredRow> rows;
      rows.reserve(read->batch.rows.size());
      for (const auto& row : read->batch.rows) rows.push_back({row, 0, 0});
      auto written = file_->write(rows);
      if (!written) return written;
    }
  }

  std::unique_ptr<archive::ParquetExport> file_;
  event::IdHasher hasher_{{}};
  std::string lines_;
};

/// DuckDB would tell it in words of its own, and only at the end.
base::Status check_folder_of(const std::string& name) {
  auto folder = fs::path(name).parent_path();
  if (folder.empty()) folder = ".";
  if (access(folder.c_str(), W_OK | X_OK) == 0) return base::ok;
  return failed("writing", name);
}

}  // namespace

base::Result<std::unique_ptr<ExportOutput>> ExportOutput::open(const std::string& name,
                                                               ImportFormat format) {
  if (format != ImportFormat::Parquet) return TextOutput::open(name);
  const auto target = target_of(name);
  auto writable = check_folder_of(target);
  if (!writable) return writable.error();
  auto file = archive::ParquetExport::open(target);
  if (!file) return file.error();
  return std::unique_ptr<ExportOutput>(std::make_unique<ParquetOutput>(std::move(*file)));
}

}  // namespace tidemark::app
