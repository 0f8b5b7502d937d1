// tidemark export: the events, out; what import takes.

#include <fstream>
#include <iostream>
#include <memory>

#include "app/command_line.hpp"
#include "app/service_connection.hpp"

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

/// Where the events go, piece by piece.
class TextOutput {
 public:
  explicit TextOutput(std::string name) : name_(std::move(name)) {
    if (name_ != "-") file_.open(name_, std::ios::binary | std::ios::trunc);
  }
  base::Status write(std::string_view text) {
    stream().write(text.data(), static_cast<std::streamsize>(text.size()));
    return told();
  }
  base::Status finish() {
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

int run(const config::Settings& settings, const Options& options) {
  auto service = ServiceConnection::open(settings, options.url);
  if (!service) return fail(service.error());
  TextOutput output(options.output);
  std::string target = "/export?format=" + options.format;
  if (!options.from.empty()) target += "&from=" + percent_encoded(options.from);
  if (!options.to.empty()) target += "&to=" + percent_encoded(options.to);
  if (!options.tz.empty()) target += "&tz=" + percent_encoded(options.tz);
  const auto written =
      (*service)->download(target, [&](std::string_view piece) { return output.write(piece); });
  if (!written) return fail(written.error());
  const auto finished = output.finish();
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
  command->add_option("--format", options->format, "csv or ndjson [ndjson]")
      ->check(CLI::IsMember({"csv", "ndjson"}));
  command->add_option("-o,--output", options->output, "File to write [standard output]");
}

}  // namespace tidemark::app
