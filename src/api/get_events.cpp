// GET /events and GET /events/{event_id}: the events themselves.

#include <cassert>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/answering.hpp"
#include "api/api.hpp"
#include "api/errors.hpp"
#include "api/event_filters.hpp"
#include "api/intake/accepting.hpp"
#include "api/intake/post_events.hpp"
#include "api/scoping.hpp"
#include "event/limits.hpp"
#include "http/endpoint.hpp"
#include "http/json_writer.hpp"
#include "query/bounds.hpp"
#include "query/position.hpp"
#include "wire/event_writer.hpp"

namespace tidemark::api {

enum class Order : std::uint8_t { Descending, Ascending };

}  // namespace tidemark::api

template <>
struct tidemark::http::EnumNames<tidemark::api::Order> {
  static constexpr std::array<std::pair<std::string_view, api::Order>, 2> names{
      {{"desc", api::Order::Descending}, {"asc", api::Order::Ascending}}};
};

namespace tidemark::api {
namespace {

using http::Fault;

/// A page ends with the event that goes over it.
constexpr std::size_t kPageBytes = std::size_t{4} << 20U;

struct ListParameters : EventFilters {
  Order order = Order::Descending;
  std::int64_t limit = query::kListLimitDefault;
  std::optional<std::string> cursor;
  std::optional<query::Position> after;
};

struct FindParameters {
  std::string event_id;
  std::optional<query::Position> after;
};

void write_event(std::string& out, const query::ListedEvent& listed) {
  event::StoredRow row;
  row.id = listed.id;
  row.user_id = listed.user_id;
  row.event_type = listed.event_type;
  row.properties = listed.properties;
  row.occurred_at = listed.occurred_at;
  row.received_at = listed.received_at;
  wire::write_event_json(row, out);
}

http::Response page_response(const query::ListEvents& question, const query::EventPage& page,
                             event::Sequence position) {
  std::string body = "{\"data\":[";
  std::size_t told = 0;
  for (; told < page.events.size() && body.size() < kPageBytes; ++told) {
    if (told > 0) body += ',';
    write_event(body, page.events[told]);
  }
  body += "],\"next_cursor\":";
  if (told > 0 && (page.more || told < page.events.size())) {
    const auto& last = page.events[told - 1];
    http::append_json_string(body, query::cursor_text(question, {.occurred_at = last.occurred_at,
                                                                 .event_id = last.id,
                                                                 .position = position}));
  } else {
    body += "null";
  }
  body += '}';
  return http::Response::json(200, std::move(body));
}

http::Task<http::Response> refuse(std::vector<Fault> faults) {
  co_return http::refuse_parameters(std::move(faults));
}

http::Task<http::Response> list_events(const Service* service, http::RequestPtr request,
                                       const ListParameters& p) {
  std::vector<Fault> faults;
  auto question = question_of(p, *service, *request, faults);
  question.descending = p.order == Order::Descending;
  assert(std::in_range<std::uint32_t>(p.limit));
  question.limit = static_cast<std::uint32_t>(p.limit);
  if (p.cursor) {
    auto after = query::parse_cursor(*p.cursor, question);
    if (after && query::tag_of(after->position) != service->position_tag) {
      after = base::Error{
          base::ErrorCode::InvalidInput,
          "the cursor is older than an accepted loss of events and no longer valid: begin "
          "again with the first page"};
    }
    if (after) {
      question.after = std::move(*after);
      question.after->position = query::without_tag(question.after->position);
    } else {
      faults.push_back(
          {.field = "cursor", .code = "invalid_parameter", .message = after.error().message()});
    }
  }
  if (!faults.empty()) return refuse(std::move(faults));
  auto work = [service, question = std::move(question)](
                  const query::Visible& visible,
                  const query::Cancellation& cancellation) -> http::Response {
    auto page = service->events.list(question, visible, cancellation);
    if (!page) return to_problem(page.error());
    const auto position = question.after ? question.after->position : visible.position;
    return page_response(question, *page, query::tagged(position, service->position_tag));
  };
  return answer_from_visible(service, std::move(request), p.after, &service->lanes.scans,
                             std::move(work));
}

http::Task<http::Response> find_event(const Service* service, http::RequestPtr request,
                                      FindParameters p) {
  const auto nothing = [&] {
    return http::problems::not_found("there is no event with this event_id");
  };
  if (p.event_id.empty() || p.event_id.size() > event::kEventIdBytesMax) co_return nothing();
  auto refused = co_await wait_to_answer(service, p.after);
  if (refused) co_return std::move(*refused);
  auto sequence = co_await find_id(service, project_of(*request), p.event_id);
  if (!sequence) co_return to_problem(sequence.error());
  if (!*sequence) co_return nothing();
  Work work = [service, wanted = **sequence](const query::Visible& visible,
                                             const query::Cancellation&) -> http::Response {
    auto found = service->events.by_sequences(visible, std::span(&wanted, 1));
    if (!found) return to_problem(found.error());
    if (found->empty()) return http::problems::not_found("there is no event with this event_id");
    assert(found->size() == 1);
    std::string body;
    write_event(body, found->front());
    return http::Response::json(200, std::move(body));
  };
  auto response = co_await answer_from_visible(service, std::move(request), std::nullopt,
                                               &service->lanes.receipts, std::move(work));
  co_return response;
}

http::Schema stored_event_schema() {
  using http::Schema;
  return Schema::object()
      .property("event_id", Schema::string())
      .property("occurred_at", Schema::timestamp())
      .property("user_id", Schema::string())
      .property("event_type", Schema::string())
      .property("properties", Schema::object())
      .property("received_at", Schema::timestamp())
      .named("StoredEvent");
}

http::Endpoint list_endpoint(const Service& service) {
  using http::Schema;
  using P = ListParameters;
  return http::endpoint<P>(http::Method::Get, "/events", http::Access::Read)
      .id("listEvents")
      .tag("Events")
      .summary("Lists events, page by page")
      .description(
          "While new events arrive, each event that was there at the first page comes exactly "
          "once.")
      .with(declare_event_filters<P>)
      .param(http::query("order", &P::order)
                 .defaults_to(Order::Descending)
                 .describe("Order by (occurred_at, event_id)"))
      .param(http::query("limit", &P::limit)
                 .defaults_to(query::kListLimitDefault)
                 .between(1, query::kLimitMax)
                 .describe("Most events of one page; a page of long events holds fewer"))
      .param(http::query("cursor", &P::cursor)
                 .describe("next_cursor of the previous page; the filters must be the same"))
      .param(http::query("after", &P::after)
                 .check(told_here(service))
                 .describe("Waits (at most 10 s) until the write with this position is visible"))
      .answers(200, "A page",
               Schema::object()
                   .property("data", Schema::array(stored_event_schema()))
                   .property("next_cursor", Schema::string().nullable())
                   .named("EventPage"))
      .refuses(504, "timed_out",
               "The position was not visible in time, or the answer took too long")
      .watch_client()
      .async([&service](http::RequestPtr request, const P& parameters) {
        return list_events(&service, std::move(request), parameters);
      });
}

http::Endpoint find_endpoint(const Service& service) {
  using P = FindParameters;
  return http::endpoint<P>(http::Method::Get, "/events/{event_id}", http::Access::Read)
      .id("getEvent")
      .tag("Events")
      .summary("Returns one event by its id")
      .param(http::path("event_id", &P::event_id)
                 .describe("The id, percent-encoded; a UUID may be in upper or lower case"))
      .param(http::query("after", &P::after)
                 .check(told_here(service))
                 .describe("Waits (at most 10 s) until the write with this position is visible"))
      .answers(200, "The event", stored_event_schema())
      .refuses(404, "not_found", "There is no event with this id")
      .refuses(504, "timed_out", "The position was not visible in time")
      .watch_client()
      .async([&service](http::RequestPtr request, P parameters) {
        return find_event(&service, std::move(request), std::move(parameters));
      });
}

}  // namespace

std::vector<http::Endpoint> event_endpoints(const Service& service) {
  return {post_events_endpoint(service), list_endpoint(service), find_endpoint(service)};
}

}  // namespace tidemark::api
