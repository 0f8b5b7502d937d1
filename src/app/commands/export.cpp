// tidemark export: the events, out; what import takes.

#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <span>

#include "app/command_line.hpp"
#include "app/service_connection.hpp"
#include "archive/parquet_export.hpp"
#include "event/limits.hpp"
#include "wire/reader.hpp"

namespace tidemark::app {
namespace {

struct Options {
  std::string url;
  std::string from;
  std::string to;
  std::string tz;
  std::string format = "ndjson";
  std::string output = "-";
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

/// Where the events go, piece by piece.
class Output {
 public:
  virtual ~Output() = default;
  virtual base::Status write(std::string_view text) = 0;
  virtual base::Status finish() = 0;
};

class TextOutput final : public Output {
 public:
  explicit TextOutput(std::string name) : name_(std::move(name)) {
    if (name_ != "-") file_.open(name_, std::ios::binary | std::ios::trunc);
  }
  base::Status write(std::string_view text) override {
    stream().write(text.data(), static_cast<std::streamsize>(text.size()));
    return told();
  }
  base::Status finish() override {
    stream().flush();
    return told();
  }

 private:
  std::ostream& stream() { return name_ == "-" ? std::cout : file_; }
  base::Status told() {
    if (stream()) return base::ok;
    return base::Error{base::ErrorCode::Unavailable, "writing " + name_ + " failed"};
  }
  std::string name_;
  std::ofstream file_;
};

/// Takes lines of NDJSON and writes their events as Parquet.
class ParquetOutput final : public Output {
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

base::Result<std::unique_ptr<Output>> open_output(const Options& options) {
  if (options.format != "parquet") {
    return std::unique_ptr<Output>(std::make_unique<TextOutput>(options.output));
  }
  auto file = archive::ParquetExport::open(options.output);
  if (!file) return file.error();
  return std::unique_ptr<Output>(std::make_unique<ParquetOutput>(std::move(*file)));
}

int run(const config::Settings& settings, const Options& options) {
  const bool parquet = options.format == "parquet";
  if (parquet && options.output == "-") {
    return fail(kExitUsage, "--format parquet needs a file: -o FILE");
  }
  auto service = ServiceConnection::open(settings, options.url);
  if (!service) return fail(service.error());
  auto output = open_output(options);
  if (!output) return fail(output.error());
  std::string target = "/export?format=" + std::string(parquet ? "ndjson" : options.format);
  if (!options.from.empty()) target += "&from=" + percent_encoded(options.from);
  if (!options.to.empty()) target += "&to=" + percent_encoded(options.to);
  if (!options.tz.empty()) target += "&tz=" + percent_encoded(options.tz);
  const std::string type = options.format == "csv" ? "text/csv" : "application/x-ndjson";
  const auto written = (*service)->download(
      target, type, [&](std::string_view piece) { return (*output)->write(piece); });
  if (!written) return fail(written.error());
  const auto finished = (*output)->finish();
  if (!finished) return fail(finished.error());
  return kExitOk;
}

}  // namespace

void add_export(CommandLine& commands) {
  auto options = std::make_shared<Options>();
  auto* command = commands.add(
      "export", "Writes all events; what import takes",
      [options](const config::Loaded& loaded) { return run(loaded.settings, *options); });
  command->add_option("--url", options->url, "Ask this service instead of the data folder");
  command->add_option("--from", options->from, "First day");
  command->add_option("--to", options->to, "Last day, included");
  command->add_option("--tz", options->tz, "Time zone of the days [UTC]");
  command->add_option("--format", options->format, "csv, ndjson or parquet [ndjson]")
      ->check(CLI::IsMember({"csv", "ndjson", "parquet"}));
  command->add_option("-o,--output", options->output, "File to write [standard output]");
}

}  // namespace tidemark::app
