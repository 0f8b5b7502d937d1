#include "api/errors.hpp"

#include <cassert>

namespace tidemark::api {
namespace {

using base::ErrorCode;

/// The message in place of a server's or a library's own: that may name files, scripts, statements
/// and other senders' values, changes with its version, and does not help a client that cannot see
/// the machine.
std::string general_words(ErrorCode code) {
  switch (code) {
    case ErrorCode::Overloaded:
      return "a part of the service is full; try again later";
    case ErrorCode::TimedOut:
      return "a part of the service did not answer in time; try again later";
    case ErrorCode::TooLarge:
      return "the request is larger than a part of the service accepts";
    case ErrorCode::Conflict:
      return "another operation is in progress; try again";
    case ErrorCode::Unavailable:
      return "the service cannot do this now and has taken nothing; try again later";
    case ErrorCode::Corrupt:
      return "some of the stored events do not read back as they were written, and this answer "
             "needs them; questions that do not need them are answered. The operator finds the "
             "name of the file in the log, under the request_id, and restores the file from a "
             "backup";
    case ErrorCode::InvalidInput:
    case ErrorCode::NotFound:
    case ErrorCode::CannotAnswer:
      break;
  }
  return "a part of the service rejected the request; the operator finds the reason in the log, "
         "under the request_id";
}

/// By its code alone; where it is for the operator, the observer logs it with the request's id.
http::Problem problem_with(const base::Error& error, const std::string& detail) {
  switch (error.code()) {
    case ErrorCode::InvalidInput:
      return {.status = 422,
              .code = "invalid_request",
              .title = "The request cannot be accepted",
              .detail = detail};
    case ErrorCode::NotFound:
      return {.status = 404, .code = "not_found", .title = "Not found", .detail = detail};
    case ErrorCode::Conflict:
      return {.status = 409, .code = "conflict", .title = "Conflict", .detail = detail};
    case ErrorCode::CannotAnswer:
      return {.status = 409,
              .code = "engine_cannot_answer",
              .title = "The requested engine cannot answer this",
              .detail = detail};
    case ErrorCode::TooLarge:
      return {.status = 413,
              .code = "too_large",
              .title = "The request is too large",
              .detail = detail};
    case ErrorCode::Overloaded:
      return http::problems::overloaded(detail);
    case ErrorCode::Unavailable:
      return http::problems::unavailable(detail, 5);
    case ErrorCode::TimedOut:
      return {.status = 504,
              .code = "timed_out",
              .title = "The answer took too long",
              .detail = detail};
    case ErrorCode::Corrupt:
      // One damaged segment does not stop the others: what is told is a state of the service.
      return {.status = 503,
              .code = "stored_data_damaged",
              .title = "Stored data cannot be read",
              .detail = detail,
              .headers = {{"Retry-After", "60"}}};  // an operator has to mend it first
  }
  assert(false && "an error code that has no problem");
  return http::problems::internal("an unknown error");
}

}  // namespace

http::Problem to_problem(const base::Error& error) {
  // Paths and the system's messages occur in these two, whoever wrote the words around them.
  const bool is_for_operators = error.is_foreign() || error.code() == ErrorCode::Unavailable ||
                                error.code() == ErrorCode::Corrupt;
  if (!is_for_operators) return problem_with(error, error.message());
  auto problem = problem_with(error, general_words(error.code()));
  problem.cause = error.message();
  return problem;
}

http::Problem invalid(std::string_view field, std::string_view code, std::string message) {
  return http::problems::invalid_parameters(
      {{.field = std::string(field), .code = std::string(code), .message = std::move(message)}});
}

}  // namespace tidemark::api
