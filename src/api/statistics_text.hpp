#pragma once

/// Answers of the statistics as JSON and CSV, and their schemas.

#include <string>
#include <string_view>

#include "http/endpoint.hpp"
#include "http/schema.hpp"
#include "query/position.hpp"
#include "query/router.hpp"

namespace tidemark::api {

/// `{"data":…,"meta":…}`.
std::string answer_json(const query::Question& question, const query::Answered& answered,
                        query::PositionTag tag = 0);

/// A header line and rows that end in CRLF (RFC 4180). Retention: a row a window.
/// `formulas_quoted`: no event type is a formula to a spreadsheet.
std::string answer_csv(const query::Answer& answer, bool formulas_quoted);

/// Whether a client wants CSV more than JSON, by its Accept; or as much, where it names CSV.
bool prefers_csv(std::string_view accept);

/// "12.3"
std::string milliseconds_text(double milliseconds);

/// users / size, rounded half up to 4 places: "0.3889", "1.0".
std::string rate_text(std::uint64_t users, std::uint64_t size);

http::Schema active_users_schema();
http::Schema top_events_schema();
http::Schema retention_schema();
http::Schema statistics_schema(const http::Schema& data, std::string_view name);

template <class P>
void declare_answer(http::EndpointBuilder<P>& builder, const http::Schema& schema,
                    std::string_view description) {
  builder.answers(200, description, schema)
      .answer_header("Server-Timing", "How long the engine took: `query;dur=MILLISECONDS`")
      .answer_header("ETag", "Names the answer until a new event comes; for If-None-Match")
      .answer_header("Cache-Control", "no-cache: keep it, and ask whether it is still the same")
      .answers(304, "By If-None-Match the client has this answer already")
      .answer_header("ETag", "As with the answer")
      .answer_header("Cache-Control", "As with the answer")
      .answers(200, description, http::Schema::string(), std::nullopt, "text/csv");
}

}  // namespace tidemark::api
