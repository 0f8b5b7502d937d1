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

/// A header line and rows that end in CRLF (RFC 4180). Each row within a row gets its own line,
/// after the outer row's other cells. `formulas_quoted`: a spreadsheet takes no text for a formula.
std::string answer_csv(const query::Table& rows, bool formulas_quoted);

/// Whether a client's Accept prefers CSV to JSON, or names CSV and wants both equally.
bool prefers_csv(std::string_view accept);

/// "12.3"
std::string milliseconds_text(double milliseconds);

/// users / size, rounded half up to 4 places: "0.3889", "1.0".
std::string rate_text(std::uint64_t users, std::uint64_t size);

/// The schema of `{"data":…,"meta":…}`; `name` is its name in the documents.
http::Schema schema_of(const query::AnswerShape& shape, std::string_view name);

template <class P>
void declare_answer(http::EndpointBuilder<P>& builder, const http::Schema& schema,
                    std::string_view description) {
  builder.answers(200, description, schema)
      .answer_header("Server-Timing", "How long the engine took: `query;dur=MILLISECONDS`")
      .answer_header("ETag",
                     "Identifies the answer until a new event comes; send it as If-None-Match")
      .answer_header("Cache-Control",
                     "no-cache: keep the answer, and ask each time whether it is still current")
      .answers(304, "The client has this answer already (If-None-Match)")
      .answer_header("ETag", "As with status 200")
      .answer_header("Cache-Control", "As with status 200")
      .answers(200, description, http::Schema::string(), std::nullopt, "text/csv");
}

}  // namespace tidemark::api
