// tidemark import: history from files. Rows are checked here, so that a bad one is told with its
// file and line; good ones go to the service, bad ones into a file beside the input.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/commands/command_line.hpp"
#include "app/commands/service_connection.hpp"
#include "app/import/event_sender.hpp"
#include "app/import/mapping_options.hpp"
#include "app/import/options.hpp"
#include "app/import/read_ahead.hpp"
#include "app/import/rejects.hpp"
#include "app/import/report.hpp"
#include "app/import/source.hpp"
#include "files/data_folder.hpp"

namespace tidemark::app {
namespace {

using base::Error;
using base::ErrorCode;

/// A file of which the first so many rows are all bad is not what it was taken for.
constexpr std::uint64_t kAllBadRows = 1'000;

/// One run over all files.
class Import {
 public:
  Import(ServiceConnection* service, const config::Settings& settings, const ImportOptions& options,
         const ImportForm& form)
      : settings_(settings),
        options_(options),
        form_(form),
        rejects_(sink_of(service, options)),
        sender_(service, {.dry_run = options.dry_run, .quarantine = options.quarantine}, *rejects_,
                report_) {}

  base::Status run(const std::string& name);
  [[nodiscard]] ImportReport& report() { return report_; }

 private:
  std::unique_ptr<RejectedSink> sink_of(ServiceConnection* service, const ImportOptions& options) {
    if (options.dry_run || service == nullptr) return no_sink();
    if (options.quarantine) return quarantine_sink(*service, report_);
    return rejects_file(options.rejects);
  }
  base::Status read_rows(ImportedFile& file);
  base::Status take(const ImportedFile& file, const PreparedRows& rows);

  const config::Settings& settings_;
  const ImportOptions& options_;
  const ImportForm& form_;
  ImportReport report_;
  std::unique_ptr<RejectedSink> rejects_;
  EventSender sender_;
  event::IdHasher hasher_{{}};
};

/// An unreadable file is bad input, reported with its name, whatever the reason. A limit of this
/// program that it has reached is not its fault.
Error bad_file(const Error& error, const std::string& name) {
  const bool of_ours = error.code() == ErrorCode::Overloaded;
  return {of_ours ? error.code() : ErrorCode::InvalidInput, name + ": " + error.message()};
}

base::Status Import::run(const std::string& name) {
  ImportedFile file{.name = name};
  report_.begin_file(file.name);
  auto done = read_rows(file);
  report_.show_progress(true);
  auto kept = rejects_->end_file(file);
  report_.end_file(kept ? *kept : std::string());
  if (!done) return done;
  if (!kept) return kept.error();
  return base::ok;
}

base::Status Import::read_rows(ImportedFile& file) {
  const wire::DecodeOptions options{
      .now = base::SystemClock().now(),
      .hasher = hasher_,
      .limits = {.future_max = settings_.future_seconds_max * base::kMicrosPerSecond}};
  auto opened = open_import(file.name, form_, options);
  if (!opened) return bad_file(opened.error(), file.name);
  file.format = opened->format;
  wire::EventReader& reader = *opened->reader;
  // A pipe may be silent for ever, and a thread that reads it cannot be ended.
  std::error_code unknown;
  std::optional<ReadAhead> ahead;
  if (std::filesystem::is_regular_file(file.name, unknown)) {
    ahead.emplace(reader, ReadAhead::Pieces{.first_rows = kAllBadRows, .rows = EventSender::kRows});
  }
  const auto before = report_.counts();
  std::size_t piece = kAllBadRows;
  for (;; piece = EventSender::kRows) {
    auto rows = ahead ? ahead->next() : prepare_next(reader, piece);
    if (!rows) return bad_file(rows.error(), file.name);
    if (rows->read.rows_count == 0) return base::ok;
    auto taken = take(file, *rows);
    if (!taken) return taken;
    report_.show_progress(false);
    const auto& now = report_.counts();
    const auto read = now.read - before.read;
    const bool all_bad = now.rejected - before.rejected == read;
    if (!all_bad || read < kAllBadRows || options_.go_on) continue;
    return Error{ErrorCode::InvalidInput,
                 file.name + ": its first " + std::to_string(read) +
                     " rows are all bad, so the rest was not read; read the rest with --go-on"};
  }
}

base::Status Import::take(const ImportedFile& file, const PreparedRows& rows) {
  const wire::ReadEvents& read = rows.read;
  report_.counts().read += read.rows_count;
  report_.counts().rejected += read.rejected.size();
  for (const auto& fault : read.faults) {
    report_.fault(fault.line, fault.fault.field, fault.fault.message);
  }
  if (!read.rejected.empty()) {
    auto kept = rejects_->keep(file, rejected_rows(read, file.format));
    if (!kept) return kept;
  }
  if (read.batch.rows.empty()) return base::ok;
  return sender_.send(file, rows);
}

std::optional<ImportFormat> format_of(const ImportOptions& options) {
  if (options.format == "csv") return ImportFormat::Csv;
  if (options.format == "ndjson") return ImportFormat::Ndjson;
  if (options.format == "json") return ImportFormat::Json;
  if (options.format == "parquet") return ImportFormat::Parquet;
  return std::nullopt;
}

/// Empty where nothing is wrong.
std::string fault_of(const ImportOptions& options) {
  if (options.quarantine && !options.rejects.empty()) {
    return "--quarantine and --rejects exclude each other; give one of them";
  }
  for (const auto& name : options.files) {
    std::error_code unknown;
    const auto rejects = rejects_path(options.rejects, name);
    if (options.quarantine || !std::filesystem::exists(rejects, unknown)) continue;
    for (const auto& input : options.files) {
      if (!std::filesystem::equivalent(rejects, input, unknown)) continue;
      return input + ": the bad rows of " + name +
             " would overwrite this file; name another file with --rejects";
    }
  }
  return {};
}

int run(const config::Settings& settings, const ImportOptions& options) {
  const auto fault = fault_of(options);
  if (!fault.empty()) return fail(kExitUsage, fault);
  auto mapping = mapping_of(options);
  if (!mapping) return fail(kExitUsage, mapping.error().message());
  auto delimiter = delimiter_of(options);
  if (!delimiter) return fail(kExitUsage, delimiter.error().message());
  const ImportForm form{
      .format = format_of(options), .delimiter = *delimiter, .mapping = std::move(*mapping)};
  std::unique_ptr<ServiceConnection> service;
  // A dry run makes no folder: one that is not there has no events, and the rows are all there is.
  if (!options.dry_run || !options.url.empty() || files::DataFolder::is_there(settings.data_dir)) {
    auto opened = ServiceConnection::open(settings, options.url, MissingFolder::Made);
    if (!opened) return fail(opened.error());
    service = std::move(*opened);
  }
  Import import(service.get(), settings, options, form);
  int code = kExitOk;
  for (const auto& name : options.files) {
    const auto done = import.run(name);
    if (done) continue;
    const bool of_the_file = done.error().code() == ErrorCode::InvalidInput;
    code =
        std::max(code, fail(of_the_file ? kExitBadInput : kExitCannotWork, done.error().message()));
    if (!of_the_file) break;
  }
  import.report().print_summary(options.json, options.dry_run);
  const auto& counts = import.report().counts();
  return counts.rejected + counts.conflicts > 0 ? std::max<int>(code, kExitBadInput) : code;
}

}  // namespace

void add_import(CommandLine& commands) {
  auto options = std::make_shared<ImportOptions>();
  const auto command = commands.add(
      "import", "Loads events from files; a repeated import adds nothing",
      [options](const config::Loaded& loaded) { return run(loaded.settings, *options); });
  command
      .option("FILE", &options->files, "Files with events, also .gz and .zst; - is standard input")
      .required();
  command.option("--url", &options->url, "Send to this service instead of the data folder");
  command
      .option("--format", &options->format,
              "csv, ndjson, json (an array, or a document) or parquet [by the content of the file]")
      .one_of({"csv", "ndjson", "json", "parquet"});
  add_mapping_options(command, *options);
  command.option("--rejects", &options->rejects,
                 "Where bad rows are kept, with the reasons [FILE.rejects; of standard input "
                 "stdin.rejects]");
  command.flag("--quarantine", options->quarantine,
               "Keep bad rows in the service's quarantine instead");
  command.flag("--go-on", options->go_on, "Continue even if the first 1,000 rows are all bad");
  command.flag("--dry-run", options->dry_run,
               "Check and count, duplicates too; take and keep nothing, make no folder. A "
               "folder that no service is using is opened as `serve` opens it");
  command.flag("--json", options->json, "Print the summary as JSON");
}

}  // namespace tidemark::app
