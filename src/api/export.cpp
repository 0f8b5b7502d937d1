// GET /export: every event in the order of commits, as a stream that import takes.

#include <algorithm>
#include <cassert>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/api.hpp"
#include "api/errors.hpp"
#include "api/parameters.hpp"
#include "api/scoping.hpp"
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

/// Events that one step reads at most: some megabytes of text, some milliseconds of work.
constexpr event::Sequence kStepEvents = 20'000;
/// A step of longer events ends with the piece of rows that goes over it.
constexpr std::size_t kStepBytes = std::size_t{4} << 20U;

struct ExportParameters {
  std::optional<DayOrInstant> from;
  std::optional<DayOrInstant> to;
  std::optional<event::ZonePtr> tz;
  ExportFormat format = ExportFormat::Ndjson;
  bool quote_formulas = false;
};

/// As in GET /events: a day is included, and so is the instant at which it begins; the instant at
/// which it ends is not.
bool is_before(const DayOrInstant& from, base::Micros instant, const event::Zone& zone) {
  if (const auto* day = std::get_if<event::LocalDay>(&from.value)) {
    return zone.day_of(instant) < *day;
  }
  return instant < std::get<base::Micros>(from.value);
}

bool is_behind(const DayOrInstant& to, base::Micros instant, const event::Zone& zone) {
  if (const auto* day = std::get_if<event::LocalDay>(&to.value)) {
    return zone.day_of(instant) > *day;
  }
  return instant >= std::get<base::Micros>(to.value);
}

bool are_crossed(const ExportParameters& p, const event::Zone& zone) {
  if (!p.from || !p.to) return false;
  if (const auto* instant = std::get_if<base::Micros>(&p.from->value)) {
    const auto* end = std::get_if<base::Micros>(&p.to->value);
    return end != nullptr ? *instant > *end : is_behind(*p.to, *instant, zone);
  }
  const auto first = std::get<event::LocalDay>(p.from->value);
  if (const auto* last = std::get_if<event::LocalDay>(&p.to->value)) return *last < first;
  return is_before(*p.from, std::get<base::Micros>(p.to->value), zone);
}

/// Reads a step ahead on a worker whenever the connection has room for more.
class ExportStream final : public http::BodyStream,
                           public std::enable_shared_from_this<ExportStream> {
 public:
  ExportStream(const Service& service, const http::Request& request, ExportParameters parameters)
      : service_(service),
        ticket_(ticket_of(request)),
        parameters_(std::move(parameters)),
        project_(project_of(request)),
        zone_(parameters_.tz ? *parameters_.tz : zone_of(service, project_)),
        visible_(service.publication.current()) {}

  /// Whether the range ends before it begins.
  [[nodiscard]] bool is_crossed() const { return are_crossed(parameters_, *zone_); }

  /// One piece is being written while nothing else is read.
  [[nodiscard]] std::size_t bytes_max() const override { return kStepBytes; }
  http::Task<base::Result<std::string>> next() override { return take(shared_from_this()); }

  /// Reads the first piece ahead, while a failure can still be an answer of its own.
  static http::Task<base::Status> begin(std::shared_ptr<ExportStream> self) {
    auto piece = co_await step(self);
    if (!piece) co_return piece.error();
    const bool csv = self->parameters_.format == ExportFormat::Csv;
    self->begun_ = *std::move(piece);
    if (csv) self->begun_.insert(0, wire::kCsvHeader);
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
    // Later steps wait as long as necessary, unless the client has gone.
    if (turn == http::Turn::Later) return {base::ErrorCode::Unavailable, "the service is stopping"};
    return {base::ErrorCode::Overloaded, "too many exports are waiting to begin; try again later"};
  }

  base::Result<std::string> read_step() {
    assert(at_ < visible_->position);
    const auto end = std::min(at_ + kStepEvents, visible_->position);
    std::string text;
    std::optional<event::Sequence> rest;  // where the next step begins, once this one is full
    const auto read =
        service_.scan_events.read(*visible_, at_, end, [&](const event::ProjectRows& piece) {
          if (piece.project != project_) return base::Status(base::ok);
          for (const auto& row : piece.rows) {
            if (text.size() >= kStepBytes) {
              rest = row.sequence;
              return base::Status(base::Error{base::ErrorCode::Unavailable, "the step is full"});
            }
            write(row, text);
          }
          return base::Status(base::ok);
        });
    if (!read && !rest) return read.error().while_doing("exporting");
    at_ = rest.value_or(end);
    assert(at_ <= end);
    return text;
  }

  void write(const event::StoredRow& row, std::string& text) const {
    const auto at = row.occurred_at;
    if (parameters_.from && is_before(*parameters_.from, at, *zone_)) return;
    if (parameters_.to && is_behind(*parameters_.to, at, *zone_)) return;
    if (parameters_.format == ExportFormat::Csv) {
      parameters_.quote_formulas ? wire::write_event_csv_line_for_people(row, text)
                                 : wire::write_event_csv_line(row, text);
    } else {
      wire::write_event_ndjson_line(row, text);
    }
  }

  const Service& service_;
  http::Ticket ticket_;  // of the next step
  ExportParameters parameters_;
  event::ProjectId project_;
  event::ZonePtr zone_;
  query::VisiblePtr visible_;
  event::Sequence at_ = 0;
  std::string begun_;  // read ahead, not taken yet
};

http::Task<http::Response> export_events(const Service* service, http::RequestPtr request,
                                         ExportParameters parameters) {
  const bool csv = parameters.format == ExportFormat::Csv;
  auto stream = std::make_shared<ExportStream>(*service, *request, std::move(parameters));
  if (stream->is_crossed()) {
    co_return http::refuse_parameters(
        {{.field = "to",
          .code = "out_of_range",
          .message = "the range ends before it begins: `to` must not be before `from`"}});
  }
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
  return {
      http::endpoint<P>(http::Method::Get, "/export", http::Access::Read)
          .id("exportEvents")
          .tag("Events")
          .summary("Exports all events, in the order in which they were taken")
          .description(
              "The answer holds the events that were there when the export began, in a form "
              "that `tidemark import` reads. An export that fails midway is cut off: only a "
              "complete one ends with the last chunk.")
          .param(http::query("from", &P::from)
                     .alias("from_date")
                     .describe("The first day (in the zone tz) or instant; included"))
          .param(
              http::query("to", &P::to)
                  .alias("to_date")
                  .describe("The last day (in the zone tz), included; or an instant, not included"))
          .param(http::query("tz", &P::tz).describe("IANA time zone in which from and to are days"))
          .param(http::query("format", &P::format)
                     .defaults_to(ExportFormat::Ndjson)
                     .describe("Format of the events"))
          .param(http::query("quote_formulas", &P::quote_formulas)
                     .defaults_to(false)
                     .describe("In CSV, puts a ' before texts that a spreadsheet would run; "
                               "import does not remove that '"))
          .answers(200, "One event a line", http::Schema::string(), std::nullopt,
                   "application/x-ndjson")
          .answers(200, "A header line and one event a line", http::Schema::string(), std::nullopt,
                   "text/csv")
          .async([&service](http::RequestPtr request, P parameters) {
            return export_events(&service, std::move(request), std::move(parameters));
          })};
}

}  // namespace tidemark::api
