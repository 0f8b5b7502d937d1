#include "api/errors.hpp"

namespace tidemark::api {
namespace {

using base::ErrorCode;

/// Paths and system messages are for the operator: the observer logs them with the request's id.
http::Problem hidden(http::Problem shown, const base::Error& error) {
  shown.cause = error.message();
  return shown;
}

}  // namespace

http::Problem to_problem(const base::Error& error) {
  switch (error.code()) {
    case ErrorCode::InvalidInput:
      return {.status = 422,
              .code = "invalid_request",
              .title = "The request cannot be accepted",
              .detail = error.message()};
    case ErrorCode::NotFound:
      return {.status = 404, .code = "not_found", .title = "Not found", .detail = error.message()};
    case ErrorCode::Conflict:
      return {.status = 409, .code = "conflict", .title = "Conflict", .detail = error.message()};
    case ErrorCode::CannotAnswer:
      return {.status = 409,
              .code = "engine_cannot_answer",
              .title = "The engine that was asked for cannot answer this",
              .detail = error.message()};
    case ErrorCode::TooLarge:
      return {.status = 413,
              .code = "too_large",
              .title = "The request is too large",
              .detail = error.message()};
    case ErrorCode::Overloaded:
      return http::problems::overloaded(error.message());
    case ErrorCode::Unavailable:
      return hidden(http::problems::unavailable(
                        "the service cannot do this now; nothing was taken, try again later", 5),
                    error);
    case ErrorCode::TimedOut:
      return {.status = 504,
              .code = "timed_out",
              .title = "It took too long",
              .detail = error.message()};
    case ErrorCode::Corrupt:
      return hidden({.status = 503,
                     .code = "stored_data_damaged",
                     .title = "Stored data cannot be read",
                     .detail = "some of the stored events do not read back as they were written, "
                               "and this answer needs them; questions that do not need them are "
                               "answered. The operator finds the file in the log, with the "
                               "request_id, and puts it back from a backup"},
                    error);
  }
  return http::problems::internal("an unknown error");
}

http::Problem invalid(std::string_view field, std::string_view code, std::string message) {
  return http::problems::invalid_parameters(
      {{.field = std::string(field), .code = std::string(code), .message = std::move(message)}});
}

}  // namespace tidemark::api
