// GET /export: every event in the order of commits, as a stream that import takes.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/api.hpp"
#include "api/errors.hpp"
#include "api/parameters.hpp"
#include "http/endpoint.hpp"
#include "http/worker_pool.hpp"
#include "query/bounds.hpp"
#include "wire/event_writer.hpp"

namespace tidemark::api {

enum class ExportFormat : std::uint8_t { Ndjson, Csv };

}  // namespace tidemark::api

template <>
struct tidemark::http::EnumNames<tidemark::api::ExportFormat> {
  static constexpr std::array<std::pair<std::string_view, api::ExportFormat>, 2> names{
      {{"ndjson", api::ExportFormat::Ndjson}, {"csv", api::ExportFormat::Csv}}};
};

namespace tidemark::api {
namespace {

/// Events that one step reads: some megabytes of text, some milliseconds of work.
constexpr event::Sequence kStepEvents = 20'000;

struct ExportParameters {
  std::optional<event::LocalDay> from;
  std::optional<event::LocalDay> to;
  std::optional<event::ZonePtr> tz;
  ExportFormat format = ExportFormat::Ndjson;
};

/// Reads a step ahead on a worker whenever the connection has room for more.
class ExportStream final : public http::BodyStream,
                           public std::enable_shared_from_this<ExportStream> {
 public:
  ExportStream(const Service& service, const http::Request& request, ExportParameters parameters)
      : service_(service),
        ticket_(ticket_of(request)),
        parameters_(std::move(parameters)),
        zone_(parameters_.tz.value_or(service.default_zone)),
        visible_(service.publication.current()) {}

  http::Task<base::Result<std::string>> next() override { return take(shared_from_this()); }

  /// Reads the first piece ahead, while a failure can still be an answer of its own.
  static http::Task<base::Status> begin(std::shared_ptr<ExportStream> self) {
    auto piece = co_await step(self);
    if (!piece) co_return piece.error();
    const bool csv = self->parameters_.format == ExportFormat::Csv;
    self->begun_ = (csv ? std::string(wire::kCsvHeader) : std::string()) + *piece;
    co_return base::ok;
  }

 private:
  static http::Task<base::Result<std::string>> take(std::shared_ptr<ExportStream> self) {
    std::string begun;
    begun.swap(self->begun_);
    if (!begun.empty()) co_return begun;
    auto piece = co_await step(self);
    co_return piece;
  }

  /// `self` keeps the stream alive while a worker reads, even if the client goes.
  static http::Task<base::Result<std::string>> step(std::shared_ptr<ExportStream> self) {
    std::string text;
    while (text.empty() && self->at_ < self->visible_->position) {
      auto read = [self] { return self->read_step(); };
      const auto ticket = self->ticket_;
      self->ticket_.turn = http::Turn::Later;
      auto piece = co_await http::run_on(&self->service_.lanes.exports, std::move(read), ticket);
      if (!piece) co_return no_place(ticket.turn);
      if (!*piece) co_return piece->error();
      text = std::move(**piece);
    }
    co_return text;
  }

  static base::Error no_place(http::Turn turn) {
    // Later steps wait for as long as it takes, unless there is nobody to wait for.
    if (turn == http::Turn::Later) return {base::ErrorCode::Unavailable, "the service is stopping"};
    return {base::ErrorCode::Overloaded, "too many exports wait to begin"};
  }

  base::Result<std::string> read_step() {
    const auto end = std::min(at_ + kStepEvents, visible_->position);
    std::string text;
    const auto read = service_.scan_events(
        *visible_, at_, end, [&](event::ProjectId, std::span<const event::StoredRow> rows) {
          for (const auto& row : rows) write(row, text);
          return base::Status(base::ok);
        });
    if (!read) return read.error().while_doing("exporting");
    at_ = end;
    return text;
  }

  void write(const event::StoredRow& row, std::string& text) const {
    if (parameters_.from || parameters_.to) {
      const auto day = zone_->day_of(row.occurred_at);
      if (parameters_.from && day < *parameters_.from) return;
      if (parameters_.to && day > *parameters_.to) return;
    }
    if (parameters_.format == ExportFormat::Csv) {
      wire::write_event_csv_line(row, text);
    } else {
      wire::write_event_ndjson_line(row, text);
    }
  }

  const Service& service_;
  http::Ticket ticket_;  // of the next step
  ExportParameters parameters_;
  event::ZonePtr zone_;
  query::VisiblePtr visible_;
  event::Sequence at_ = 0;
  std::string begun_;  // read ahead, not taken yet
};

http::Task<http::Response> export_events(const Service* service, http::RequestPtr request,
                                         ExportParameters parameters) {
  const bool csv = parameters.format == ExportFormat::Csv;
  auto stream = std::make_shared<ExportStream>(*service, *request, std::move(parameters));
  auto begun = co_await ExportStream::begin(stream);
  if (!begun) co_return to_problem(begun.error());
  http::Response response(200);
  response.content_type = csv ? http::kCsv : std::string_view("application/x-ndjson");
  response.stream = std::move(stream);
  co_return response;
}

}  // namespace

std::vector<http::Endpoint> export_endpoints(const Service& service) {
  using P = ExportParameters;
  return {http::endpoint<P>(http::Method::Get, "/export")
              .id("exportEvents")
              .tag("Events")
              .summary("All events, in the order in which they were taken")
              .description(
                  "What was there when the export began; what import takes. An export that fails "
                  "on its way is cut off: a whole one ends with the last chunk.")
              .param(http::query("from", &P::from).alias("from_date").describe("First day"))
              .param(http::query("to", &P::to).alias("to_date").describe("Last day, included"))
              .param(http::query("tz", &P::tz).describe("Zone of the days"))
              .param(http::query("format", &P::format)
                         .defaults_to(ExportFormat::Ndjson)
                         .describe("How the events are written"))
              .check([](const P& p, std::vector<http::Fault>& faults) {
                if (!p.from || !p.to || *p.from <= *p.to) return;
                faults.push_back({.field = "to",
                                  .code = "out_of_range",
                                  .message = "the range ends before it begins: expected a date not "
                                             "before " +
                                             to_string(*p.from) + ", received " +
                                             to_string(*p.to)});
              })
              .answers(200, "One event a line", http::Schema::string(), std::nullopt,
                       "application/x-ndjson")
              .answers(200, "A header line and one event a line", http::Schema::string(),
                       std::nullopt, "text/csv")
              .async([&service](http::RequestPtr request, P parameters) {
                return export_events(&service, std::move(request), std::move(parameters));
              })};
}

}  // namespace tidemark::api
