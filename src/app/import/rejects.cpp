#include "app/import/rejects.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "app/commands/problem_text.hpp"
#include "base/base64.hpp"
#include "http/json_writer.hpp"

namespace tidemark::app {
namespace {

using base::Error;
using base::ErrorCode;

/// So many faults of one row are told.
constexpr std::size_t kFaultsMax = 100;

/// A row of Parquet is given as CSV with a header line.
bool is_json(ImportFormat format) {
  return format == ImportFormat::Ndjson || format == ImportFormat::Json;
}

void write_row(http::JsonWriter& json, const ImportedFile& file, const RejectedRow& row) {
  json.begin_object()
      .member("source", file.name + ":" + std::to_string(row.line))
      .member("format", is_json(row.format) ? "json" : "csv");
  // A JSON text cannot hold any bytes.
  if (http::is_utf8(row.raw)) {
    json.member("raw", row.raw);
  } else {
    json.member("raw_base64", base::to_base64(row.raw));
  }
  json.key("errors").begin_array();
  for (const auto& told : row.faults.first(std::min(row.faults.size(), kFaultsMax))) {
    json.begin_object()
        .member("field", told.fault.field)
        .member("code", to_string(told.fault.code))
        .member("message", told.fault.message)
        .end_object();
  }
  json.end_array().end_object();
}

/// Closes it, whatever happens; a file that was written to is closed before, to hear of errors.
struct FileCloser {
  void operator()(std::FILE* file) const { std::ignore = std::fclose(file); }
};
using OpenFile = std::unique_ptr<std::FILE, FileCloser>;

class RejectsFile final : public RejectedSink {
 public:
  explicit RejectsFile(std::string path) : path_(std::move(path)) {}

  base::Status keep(const ImportedFile& file, std::span<const RejectedRow> rows) override {
    const auto path = rejects_path(path_, file.name);
    if (auto opened = open(path); !opened) return opened;
    for (const auto& row : rows) {
      http::JsonWriter json;
      write_row(json, file, row);
      const std::string line = json.take() + "\n";
      if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size()) {
        return cannot_write(path);
      }
    }
    of_file_ += rows.size();
    return base::ok;
  }

  base::Result<std::string> end_file(const ImportedFile& file) override {
    if (of_file_ == 0) return std::string();
    const auto path = rejects_path(path_, file.name);
    if (file_ != nullptr && std::fflush(file_.get()) != 0) return cannot_write(path);
    const auto count = std::exchange(of_file_, 0);
    return std::to_string(count) + (count == 1 ? " bad row is" : " bad rows are") + " kept in " +
           path;
  }

 private:
  base::Status open(const std::string& path) {
    if (file_ != nullptr && path == open_path_) return base::ok;
    // The same file may be named twice, or be that of all.
    const bool again = std::ranges::find(begun_, path) != begun_.end();
    file_.reset(std::fopen(path.c_str(), again ? "ab" : "wb"));
    if (file_ == nullptr) return cannot_write(path);
    open_path_ = path;
    if (!again) begun_.push_back(path);
    return base::ok;
  }

  static Error cannot_write(const std::string& path) {
    return {ErrorCode::Unavailable,
            path + ": cannot write bad rows to this file: " + std::strerror(errno) +
                "; name another file with --rejects FILE"};
  }

  std::string path_;
  std::string open_path_;
  std::vector<std::string> begun_;
  OpenFile file_;
  std::uint64_t of_file_ = 0;
};

/// Rows in the quarantine's words, until one request holds as many as it may.
class QuarantineRequest {
 public:
  void add(const ImportedFile& file, const RejectedRow& row) { write_row(json_, file, row); }
  [[nodiscard]] bool has_enough() const { return json_.text().size() >= kBytesEnough; }
  /// Gives the body away; then this is of no use.
  std::string take() { return json_.take() + "]}"; }

  static constexpr std::size_t kRowsMax = 1'000;

 private:
  static constexpr std::size_t kBytesEnough = std::size_t{4} << 20;  // a request may have 16 MiB

  http::JsonWriter json_{"{\"rows\":["};
};

class QuarantineSink final : public RejectedSink {
 public:
  QuarantineSink(ServiceConnection& service, ImportReport& report)
      : service_(service), report_(report) {}

  base::Status keep(const ImportedFile& file, std::span<const RejectedRow> rows) override {
    for (std::size_t at = 0; at < rows.size();) {
      const auto end = std::min(at + of_a_request_.most(), rows.size());
      QuarantineRequest request;
      auto next = at;
      while (next < end && !request.has_enough()) request.add(file, rows[next++]);
      auto kept = hand_over(request.take(), rows[at].line, next - at);
      if (!kept) return kept.error();
      if (*kept) at = next;
    }
    return base::ok;
  }

  base::Result<std::string> end_file(const ImportedFile& /*file*/) override {
    return std::string();
  }

 private:
  /// False where they were too many for one request.
  base::Result<bool> hand_over(const std::string& body, std::uint64_t line, std::size_t rows) {
    const auto kept = service_.request({.method = http::Method::Post,
                                        .target = "/quarantine",
                                        .headers = {{"Content-Type", "application/json"}},
                                        .body = body});
    if (!kept) return kept.error().while_doing("quarantining bad rows");
    if (kept->status == kTooLarge && rows > 1) {
      of_a_request_.were_too_many(rows);
      return false;
    }
    const auto problem = problem_text(kept->status, kept->body);
    if (kept->status == kTooLarge) {
      report_.fault(line, {}, "is not kept in the quarantine: " + problem);
    } else if (kept->status >= 300) {
      return Error{ErrorCode::Unavailable, "quarantining bad rows: " + problem};
    } else {
      of_a_request_.were_taken();
    }
    return true;
  }

  ServiceConnection& service_;
  ImportReport& report_;
  RequestRows of_a_request_{QuarantineRequest::kRowsMax};
};

class NoSink final : public RejectedSink {
 public:
  base::Status keep(const ImportedFile& /*file*/, std::span<const RejectedRow> /*rows*/) override {
    return base::ok;
  }
  base::Result<std::string> end_file(const ImportedFile& /*file*/) override {
    return std::string();
  }
};

}  // namespace

std::vector<RejectedRow> rejected_rows(const wire::ReadEvents& read, ImportFormat format) {
  std::vector<RejectedRow> rows;
  rows.reserve(read.rejected.size());
  std::span<const wire::LineFault> faults(read.faults);
  for (const auto& row : read.rejected) {  // both come in the same order
    const auto others =
        std::ranges::find_if(faults, [&](auto& f) { return f.fault.index != row.index; });
    const auto count = static_cast<std::size_t>(others - faults.begin());
    rows.push_back(
        {.line = row.line, .raw = row.raw, .format = format, .faults = faults.first(count)});
    faults = faults.subspan(count);
  }
  return rows;
}

std::string rejects_path(const std::string& path, const std::string& name) {
  if (!path.empty()) return path;
  return (name == "-" ? "stdin" : name) + ".rejects";
}

std::unique_ptr<RejectedSink> rejects_file(std::string path) {
  return std::make_unique<RejectsFile>(std::move(path));
}
std::unique_ptr<RejectedSink> quarantine_sink(ServiceConnection& service, ImportReport& report) {
  return std::make_unique<QuarantineSink>(service, report);
}
std::unique_ptr<RejectedSink> no_sink() { return std::make_unique<NoSink>(); }

}  // namespace tidemark::app
