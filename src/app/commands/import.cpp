// tidemark import: history from files. Rows are checked here, so that a bad one is told with its
// file and line; good ones and bad ones go to the service, which keeps or quarantines them.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

#include <boost/json/parse.hpp>
#include <unistd.h>

#include "app/command_line.hpp"
#include "app/import_source.hpp"
#include "app/problem_text.hpp"
#include "app/read_ahead.hpp"
#include "app/service_connection.hpp"
#include "base/base64.hpp"
#include "event/content_hash.hpp"
#include "files/data_folder.hpp"
#include "http/json_writer.hpp"

namespace tidemark::app {
namespace {

using base::Error;
using base::ErrorCode;

/// Rows that are read, checked and sent together.
constexpr std::size_t kRows = 5'000;
/// Of a request: what the service answers where it is too large.
constexpr int kTooLarge = 413;

struct Options {
  std::string url;
  std::vector<std::string> files;
  std::string format;
  bool dry_run = false;
  bool json = false;
};

struct Summary {
  std::uint64_t read = 0;
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t rejected = 0;
};

struct HashOfId {
  std::size_t operator()(const event::IdHash& hash) const {
    return static_cast<std::size_t>(hash.low);
  }
};

/// Rows in the quarantine's words, until one request holds as many as it may.
class RejectedRows {
 public:
  RejectedRows(const std::string& name, ImportFormat format) : name_(name), format_(format) {}

  void add(const wire::RejectedLine& row, std::span<const wire::LineFault> faults) {
    json_.begin_object()
        .member("source", name_ + ":" + std::to_string(row.line))
        .member("format", format_ == ImportFormat::Ndjson ? "json" : "csv");
    // A JSON text cannot hold any bytes.
    if (http::is_utf8(row.raw)) {
      json_.member("raw", row.raw);
    } else {
      json_.member("raw_base64", base::to_base64(row.raw));
    }
    json_.key("errors").begin_array();
    for (const auto& told : faults.first(std::min<std::size_t>(faults.size(), kFaultsMax))) {
      json_.begin_object()
          .member("field", told.fault.field)
          .member("code", to_string(told.fault.code))
          .member("message", told.fault.message)
          .end_object();
    }
    json_.end_array().end_object();
  }
  [[nodiscard]] bool has_enough() const { return json_.text().size() >= kBytesEnough; }
  /// Gives the body away; then this is of no use.
  std::string take() { return json_.take() + "]}"; }

  static constexpr std::size_t kRowsMax = 1'000;

 private:
  static constexpr std::size_t kFaultsMax = 100;
  static constexpr std::size_t kBytesEnough = std::size_t{4} << 20;  // a request may have 16 MiB

  const std::string& name_;
  ImportFormat format_;
  http::JsonWriter json_{"{\"rows\":["};
};

/// How many rows one request holds. What a service takes is its own setting: half of what was too
/// large is tried, and remembered; now and then twice as many, for one long row may have been why.
class RequestRows {
 public:
  explicit RequestRows(std::size_t most) : most_(most), rows_(most) {}

  [[nodiscard]] std::size_t most() const { return rows_; }
  void were_too_many(std::size_t rows) {
    rows_ = std::max<std::size_t>(rows / 2, 1);
    taken_ = 0;
  }
  void were_taken() {
    if (rows_ == most_ || ++taken_ < kTakenEnough) return;
    rows_ = std::min(2 * rows_, most_);
    taken_ = 0;
  }

 private:
  static constexpr int kTakenEnough = 16;

  std::size_t most_;
  std::size_t rows_;
  int taken_ = 0;
};

/// Good rows of one file that are sent together, and the line of each.
struct Piece {
  std::span<const event::Row> rows;
  std::span<const std::uint64_t> lines;
};

class Import {
 public:
  /// Without a service, which only a dry run may do, there are no events yet to be compared with.
  Import(ServiceConnection* service, const config::Settings& settings, const Options& options)
      : service_(service), settings_(settings), options_(options) {}

  base::Status run(const std::string& name, ImportFormat format);
  [[nodiscard]] const Summary& summary() const { return summary_; }
  void print_summary() const;

 private:
  base::Status take(const std::string& name, ImportFormat format, const PreparedRows& rows);
  base::Status send(const std::string& name, const PreparedRows& prepared);
  base::Result<http::ClientResponse> post(std::string_view body);
  base::Status count(const std::string& name, const Piece& piece, const http::ClientResponse& told);
  void count_dry(const Piece& piece, const boost::json::array& results);
  base::Status reject(const std::string& name, ImportFormat format, const wire::ReadEvents& read);
  void would_accept(const event::Row& row);
  void show_progress(bool end);

  ServiceConnection* service_;
  const config::Settings& settings_;
  const Options& options_;
  event::IdHasher hasher_{{}};
  Summary summary_;
  RequestRows events_of_a_request_{kRows};
  RequestRows rejected_of_a_request_{RejectedRows::kRowsMax};
  /// Of a dry run: ids that earlier rows of this run would have taken.
  std::unordered_set<event::IdHash, HashOfId> would_be_there_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_{};
  bool terminal_ = isatty(STDERR_FILENO) != 0;
};

/// What a file that cannot be read is: bad input, told with its name, whatever the reason. A limit
/// of ours that it has reached is not its fault.
Error bad_file(const Error& error, const std::string& name) {
  const bool of_ours = error.code() == ErrorCode::Overloaded;
  return {of_ours ? error.code() : ErrorCode::InvalidInput, name + ": " + error.message()};
}

base::Status Import::run(const std::string& name, ImportFormat format) {
  const wire::DecodeOptions options{
      .now = base::SystemClock().now(),
      .hasher = hasher_,
      .limits = {.future_max = settings_.future_seconds_max * base::kMicrosPerSecond}};
  auto reader = open_import(name, format, options);
  if (!reader) return bad_file(reader.error(), name);
  // A pipe may be silent for ever, and whoever reads it cannot be ended.
  std::error_code unknown;
  std::optional<ReadAhead> ahead;
  if (std::filesystem::is_regular_file(name, unknown)) ahead.emplace(**reader, kRows);
  for (;;) {
    auto rows = ahead ? ahead->next() : prepare_next(**reader, kRows);
    if (!rows) return bad_file(rows.error(), name);
    if (rows->read.rows_count == 0) break;
    auto taken = take(name, format, *rows);
    if (!taken) return taken;
    show_progress(false);
  }
  show_progress(true);
  return base::ok;
}

void tell(const std::string& name, std::uint64_t line, std::string_view field,
          std::string_view message) {
  std::cerr << name << ":" << line << ": " << (field.empty() ? "row" : field) << ": " << message
            << "\n";
}

base::Status Import::take(const std::string& name, ImportFormat format, const PreparedRows& rows) {
  const wire::ReadEvents& read = rows.read;
  summary_.read += read.rows_count;
  summary_.rejected += read.rejected.size();
  for (const auto& fault : read.faults) {
    tell(name, fault.line, fault.fault.field, fault.fault.message);
  }
  if (!read.rejected.empty() && !options_.dry_run) {
    auto kept = reject(name, format, read);
    if (!kept) return kept;
  }
  if (read.batch.rows.empty()) return base::ok;
  if (service_ != nullptr) return send(name, rows);
  for (const auto& row : read.batch.rows) would_accept(row);
  return base::ok;
}

base::Status Import::send(const std::string& name, const PreparedRows& prepared) {
  const std::span<const event::Row> rows(prepared.read.batch.rows);
  const std::span<const std::uint64_t> lines(prepared.read.lines);
  for (std::size_t at = 0; at < rows.size();) {
    const auto size = std::min(events_of_a_request_.most(), rows.size() - at);
    const Piece piece{.rows = rows.subspan(at, size), .lines = lines.subspan(at, size)};
    const auto response = size == rows.size() ? post(prepared.body) : post(ndjson_of(piece.rows));
    if (!response) return response.error();
    if (response->status == kTooLarge && size > 1) {
      events_of_a_request_.were_too_many(size);
      continue;
    }
    auto counted = count(name, piece, *response);
    if (!counted) return counted;
    if (response->status != kTooLarge) events_of_a_request_.were_taken();
    at += size;
  }
  return base::ok;
}

base::Result<http::ClientResponse> Import::post(std::string_view body) {
  http::ClientRequest request{.method = http::Method::Post,
                              .target = options_.dry_run ? "/events?dry_run=true" : "/events",
                              .headers = {{"Content-Type", "application/x-ndjson"}},
                              .body = body};
  if (options_.dry_run) request.headers.push_back({"Prefer", "return=representation"});
  return service_->request(request);
}

/// What became of the good rows. The service checks them once more, by its own clock and settings,
/// and may still refuse one.
base::Status Import::count(const std::string& name, const Piece& piece,
                           const http::ClientResponse& told) {
  // 422 is a receipt too, where it has refused them all.
  const bool all_rejected =
      told.status == 422 && told.body.find("\"all_events_rejected\"") != std::string::npos;
  if (told.status == kTooLarge) {  // a single row, and the quarantine would not take it either
    tell(name, piece.lines.front(), {}, problem_text(told.status, told.body));
    ++summary_.rejected;
    return base::ok;
  }
  if (told.status >= 300 && !all_rejected) {
    return Error{ErrorCode::Unavailable,
                 "the service answered " + problem_text(told.status, told.body)};
  }
  boost::system::error_code unreadable;
  const auto value = boost::json::parse(told.body, unreadable);
  if (unreadable) return Error{ErrorCode::Unavailable, "the service's receipt is no JSON"};
  summary_.rejected += value.at("rejected").to_number<std::uint64_t>();
  for (const auto& error : value.at("errors").as_array()) {
    const auto line = piece.lines[error.at("index").to_number<std::size_t>()];
    tell(name, line, error.at("field").as_string(), error.at("message").as_string());
  }
  if (options_.dry_run) {
    count_dry(piece, value.at("results").as_array());
    return base::ok;
  }
  summary_.accepted += value.at("accepted").to_number<std::uint64_t>();
  const auto& duplicates = value.at("duplicates");
  if (!duplicates.is_null()) summary_.duplicates += duplicates.to_number<std::uint64_t>();
  return base::ok;
}

void Import::count_dry(const Piece& piece, const boost::json::array& results) {
  for (std::size_t i = 0; i < results.size() && i < piece.rows.size(); ++i) {
    const auto& status = results[i].at("status").as_string();
    if (status == "rejected") continue;
    if (status == "accepted") {
      would_accept(piece.rows[i]);
    } else {
      ++summary_.duplicates;
    }
  }
}

/// An event that is not there yet, unless an earlier row of this run would have brought it.
void Import::would_accept(const event::Row& row) {
  const bool is_new = would_be_there_.insert(row.id_hash).second;
  ++(is_new ? summary_.accepted : summary_.duplicates);
}

/// The faults of each rejected row; both come in the same order.
std::vector<std::span<const wire::LineFault>> faults_of_rows(const wire::ReadEvents& read) {
  std::vector<std::span<const wire::LineFault>> of_rows;
  std::span<const wire::LineFault> faults(read.faults);
  for (const auto& row : read.rejected) {
    const auto others = std::ranges::find_if(faults, [&](auto& f) { return f.line != row.line; });
    const auto count = static_cast<std::size_t>(others - faults.begin());
    of_rows.push_back(faults.first(count));
    faults = faults.subspan(count);
  }
  return of_rows;
}

base::Status Import::reject(const std::string& name, ImportFormat format,
                            const wire::ReadEvents& read) {
  const auto faults = faults_of_rows(read);
  for (std::size_t at = 0; at < read.rejected.size();) {
    const auto end = std::min(at + rejected_of_a_request_.most(), read.rejected.size());
    RejectedRows rows(name, format);
    auto next = at;
    while (next < end && !rows.has_enough()) {
      rows.add(read.rejected[next], faults[next]);
      ++next;
    }
    const auto body = rows.take();
    const auto kept = service_->request({.method = http::Method::Post,
                                         .target = "/quarantine",
                                         .headers = {{"Content-Type", "application/json"}},
                                         .body = body});
    if (!kept) return kept.error().while_doing("quarantining bad rows");
    if (kept->status == kTooLarge && next - at > 1) {
      rejected_of_a_request_.were_too_many(next - at);
      continue;
    }
    const auto problem = [&] { return problem_text(kept->status, kept->body); };
    if (kept->status == kTooLarge) {
      tell(name, read.rejected[at].line, {}, "is not kept in the quarantine: " + problem());
    } else if (kept->status >= 300) {
      return Error{ErrorCode::Unavailable, "quarantining bad rows: " + problem()};
    } else {
      rejected_of_a_request_.were_taken();
    }
    at = next;
  }
  return base::ok;
}

void Import::show_progress(bool end) {
  constexpr std::chrono::milliseconds kBetween{100};
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_ || (!end && now - shown_ < kBetween)) return;
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  std::fprintf(stderr, "\r%llu rows, %llu new, %.0f rows/s%s",
               static_cast<unsigned long long>(summary_.read),
               static_cast<unsigned long long>(summary_.accepted),
               static_cast<double>(summary_.read) / std::max(seconds, 0.001), end ? "\n" : "");
}

void Import::print_summary() const {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  if (options_.json) {
    std::printf(
        "{\"read\":%llu,\"accepted\":%llu,\"duplicates\":%llu,\"rejected\":%llu,\"seconds\":%.3f}"
        "\n",
        static_cast<unsigned long long>(summary_.read),
        static_cast<unsigned long long>(summary_.accepted),
        static_cast<unsigned long long>(summary_.duplicates),
        static_cast<unsigned long long>(summary_.rejected), seconds);
    return;
  }
  std::printf("read %llu, accepted %llu, duplicates %llu, rejected %llu, seconds %.3f%s\n",
              static_cast<unsigned long long>(summary_.read),
              static_cast<unsigned long long>(summary_.accepted),
              static_cast<unsigned long long>(summary_.duplicates),
              static_cast<unsigned long long>(summary_.rejected), seconds,
              options_.dry_run ? " (dry run: nothing was taken)" : "");
}

base::Result<ImportFormat> format_of(const Options& options, const std::string& name) {
  if (options.format == "csv") return ImportFormat::Csv;
  if (options.format == "ndjson") return ImportFormat::Ndjson;
  if (options.format == "parquet") return ImportFormat::Parquet;
  const auto format = format_of_name(name);
  if (format) return *format;
  // Of any format: when its turn comes it is told that it is not there.
  if (!is_there(name)) return ImportFormat::Ndjson;
  return Error{ErrorCode::InvalidInput,
               name + ": its name does not tell the format; say --format csv, ndjson or parquet"};
}

int run(const config::Settings& settings, const Options& options) {
  std::vector<ImportFormat> formats;
  for (const auto& name : options.files) {
    const auto format = format_of(options, name);
    if (!format) return fail(format.error());
    formats.push_back(*format);
  }
  std::unique_ptr<ServiceConnection> service;
  // A dry run makes no folder: one that is not there has no events, and the rows are all there is.
  if (!options.dry_run || !options.url.empty() || files::DataFolder::is_there(settings.data_dir)) {
    auto opened = ServiceConnection::open(settings, options.url, MissingFolder::Made);
    if (!opened) return fail(opened.error());
    service = std::move(*opened);
  }
  Import import(service.get(), settings, options);
  int code = kExitOk;
  for (std::size_t i = 0; i < options.files.size(); ++i) {
    const auto done = import.run(options.files[i], formats[i]);
    if (done) continue;
    const bool of_the_file = done.error().code() == ErrorCode::InvalidInput;
    code =
        std::max(code, fail(of_the_file ? kExitBadInput : kExitCannotWork, done.error().message()));
    if (!of_the_file) break;
  }
  import.print_summary();
  return import.summary().rejected > 0 ? std::max<int>(code, kExitBadInput) : code;
}

}  // namespace

void add_import(CommandLine& commands) {
  auto options = std::make_shared<Options>();
  auto* command = commands.add(
      "import", "Loads events from files; a repeated import adds nothing",
      [options](const config::Loaded& loaded) { return run(loaded.settings, *options); });
  command
      ->add_option("FILE", options->files, "Files of events, .gz and .zst too; - is standard input")
      ->required();
  command->add_option("--url", options->url, "Send to this service instead of the data folder");
  command->add_option("--format", options->format, "csv, ndjson or parquet [by the file's name]")
      ->check(CLI::IsMember({"csv", "ndjson", "parquet"}));
  command->add_flag("--dry-run", options->dry_run,
                    "Check and count, duplicates too; takes and quarantines nothing, makes no "
                    "folder. A folder that no service holds is opened as by `serve`");
  command->add_flag("--json", options->json, "Print the summary as JSON");
}

}  // namespace tidemark::app
