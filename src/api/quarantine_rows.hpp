#pragma once

/// Rejected rows of files: how an import hands them over, and how kept rows are read again.

#include <optional>
#include <string_view>
#include <vector>

#include "api/service.hpp"
#include "http/schema.hpp"
#include "quarantine/quarantine.hpp"

namespace tidemark::api {

/// The most rows that are taken at once.
inline constexpr std::size_t kRowsMax = 1'000;

/// The body of POST /quarantine, as rows of the project. Errors: InvalidInput.
base::Result<std::vector<quarantine::QuarantinedEvent>> read_rows(std::string_view body,
                                                                  event::ProjectId project,
                                                                  base::Micros now);
http::Schema rows_schema();
boost::json::value rows_example();

/// "json", "csv".
std::string_view name_of(quarantine::RawFormat format);

/// A kept event, checked again by the rules that rejected it: a batch of one row, or nothing if it
/// is still bad.
std::optional<event::Batch> read_again(const Service& service, event::ProjectId project,
                                       const quarantine::QuarantinedEvent& kept);

}  // namespace tidemark::api
