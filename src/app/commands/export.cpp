// tidemark export: the events, out; what import takes.

#include <memory>
#include <string>
#include <string_view>

#include "app/commands/command_line.hpp"
#include "app/commands/export_output.hpp"
#include "app/commands/service_connection.hpp"
#include "app/import/source.hpp"

namespace tidemark::app {
namespace {

struct Options {
  std::string url;
  std::string from;
  std::string to;
  std::string tz;
  std::string format;
  std::string output = "-";
  bool quote_formulas = false;
};

/// By the flag, else by the file's name, else NDJSON.
ImportFormat format_of(const Options& options) {
  if (options.format == "csv") return ImportFormat::Csv;
  if (options.format == "parquet") return ImportFormat::Parquet;
  if (options.format == "ndjson") return ImportFormat::Ndjson;
  return format_of_name(options.output).value_or(ImportFormat::Ndjson);
}

/// A fault that is told before any service is asked; empty if nothing is wrong.
std::string fault_of(const Options& options, ImportFormat format) {
  const bool parquet = format == ImportFormat::Parquet;
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (!options.output.ends_with(packed)) continue;
    const std::string told = options.output + ": export does not compress";
    if (parquet) return told + ", and Parquet is compressed already";
    return told + "; pipe it: tidemark export --format " +
           (format == ImportFormat::Csv ? "csv" : "ndjson") + " | " +
           (packed == ".gz" ? "gzip" : "zstd") + " > " + options.output;
  }
  if (parquet && options.output == "-") return "--format parquet needs a file: -o FILE";
  return {};
}

int run(const config::Settings& settings, const Options& options) {
  const auto format = format_of(options);
  const auto fault = fault_of(options, format);
  if (!fault.empty()) return fail(kExitUsage, fault);
  auto output = ExportOutput::open(options.output, format);
  if (!output) return fail(output.error());
  auto service = ServiceConnection::open(settings, options.url);
  if (!service) return fail(service.error());
  const bool csv = format == ImportFormat::Csv;
  std::string target = "/export?format=" + std::string(csv ? "csv" : "ndjson");
  if (!options.from.empty()) target += "&from=" + percent_encoded(options.from);
  if (!options.to.empty()) target += "&to=" + percent_encoded(options.to);
  if (!options.tz.empty()) target += "&tz=" + percent_encoded(options.tz);
  if (options.quote_formulas) target += "&quote_formulas=true";
  const std::string type = csv ? "text/csv" : "application/x-ndjson";
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
  const auto command = commands.add(
      "export", "Writes all events, in a form that import reads",
      [options](const config::Loaded& loaded) { return run(loaded.settings, *options); });
  command.option("--url", &options->url, "Ask this service instead of the data folder");
  command.option("--from", &options->from,
                 "First day, or an instant such as 2025-08-01T10:00:00Z; included");
  command.option("--to", &options->to, "Last day, included; or an instant, not included");
  command.option("--tz", &options->tz, "Time zone of the days [UTC]");
  command
      .option("--format", &options->format,
              "csv, ndjson or parquet [by the file's name, else ndjson]")
      .one_of({"csv", "ndjson", "parquet"});
  command.flag("--quote-formulas", options->quote_formulas,
               "In CSV, put a ' before texts that a spreadsheet would run (= + - @); import "
               "does not remove that '");
  command.option("-o,--output", &options->output,
                 "File to write; the file appears, or replaces an old one, when it is "
                 "complete [standard output]");
}

}  // namespace tidemark::app
