// GET /export: every event in the order of commits, as a stream that import takes.

#include <algorithm>
#include <memory>
#include <string>

#include "api/api.hpp"
#include "api/errors.hpp"
#include "api/parameters.hpp"
#include "http/endpoint.hpp"
#include "http/worker_pool.hpp"
#include "query/bounds.hpp"
#include "telemetry/log.hpp"
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
  ExportStream(const Service& service, ExportParameters parameters)
      : service_(service),
        parameters_(std::move(parameters)),
        zone_(parameters_.tz.value_or(service.default_zone)),
        visible_(service.publication.current()) {}

  http::Task<std::string> next() override { return step(shared_from_this()); }

 private:
  /// `self` keeps the stream alive while a worker reads, even if the client goes.
  static http::Task<std::string> step(std::shared_ptr<ExportStream> self) {
    std::string text;
    if (std::exchange(self->first_, false) && self->parameters_.format == ExportFormat::Csv) {
      text = wire::kCsvHeader;
    }
    while (text.empty() && self->at_ < self->visible_->position) {
      auto read = [self] { return self->read_step(); };
      auto piece = co_await http::run_on(&self->service_.workers, std::move(read));
      // A body cannot turn into a refusal any more: it is cut off, which a client notices.
      if (!piece) throw std::runtime_error("the export was cut off: no worker was free");
      text = std::move(*piece);
    }
    co_return text;
  }

  std::string read_step() {
    const auto end = std::min(at_ + kStepEvents, visible_->position);
    std::string text;
    const auto read = service_.scan_events(
        *visible_, at_, end, [&](event::ProjectId, std::span<const event::StoredRow> rows) {
          for (const auto& row : rows) write(row, text);
          return base::Status(base::ok);
        });
    if (!read) throw std::runtime_error(read.error().message());
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
  ExportParameters parameters_;
  event::ZonePtr zone_;
  query::VisiblePtr visible_;
  event::Sequence at_ = 0;
  bool first_ = true;
};

}  // namespace

std::vector<http::Endpoint> export_endpoints(const Service& service) {
  using P = ExportParameters;
  return {http::endpoint<P>(http::Method::Get, "/export")
              .id("exportEvents")
              .tag("Events")
              .summary("All events, in the order in which they were taken")
              .description("What was there when the export began; what import takes.")
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
              .handle([&service](const http::Request&, const P& parameters) {
                http::Response response(200);
                response.content_type = parameters.format == ExportFormat::Csv
                                            ? http::kCsv
                                            : std::string_view("application/x-ndjson");
                response.stream = std::make_shared<ExportStream>(service, parameters);
                return response;
              })};
}

}  // namespace tidemark::api
