#include "app/import/event_sender.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/commands/problem_text.hpp"
#include "event/content_hash.hpp"

namespace tidemark::app {
namespace {

using base::Error;
using base::ErrorCode;

/// So many faults a receipt tells (api.md section 1).
constexpr std::size_t kFaultsToldMax = 100;

/// 422 is a receipt too, where it has refused them all.
bool is_receipt(const http::ClientResponse& told) {
  return told.status < 300 ||
         (told.status == 422 && told.body.find("\"all_events_rejected\"") != std::string::npos);
}

base::Result<boost::json::value> receipt_of(const http::ClientResponse& told) {
  if (!is_receipt(told)) {
    return Error{ErrorCode::Unavailable,
                 "the service answered " + problem_text(told.status, told.body)};
  }
  boost::system::error_code unreadable;
  auto value = boost::json::parse(told.body, unreadable);
  if (unreadable) return Error{ErrorCode::Unavailable, "the service's receipt is not JSON"};
  return value;
}

/// The same for values that are written differently, so that only others are conflicts.
boost::json::value canonical(const boost::json::value& value) {
  if (value.is_number()) return value.to_number<double>();
  if (value.is_array()) {
    boost::json::array items;
    for (const auto& item : value.get_array()) items.push_back(canonical(item));
    return items;
  }
  if (!value.is_object()) return value;
  std::vector<std::pair<std::string_view, const boost::json::value*>> members;
  for (const auto& member : value.get_object()) members.emplace_back(member.key(), &member.value());
  std::ranges::sort(members, {}, [](const auto& member) { return member.first; });
  boost::json::object sorted;
  for (const auto& [key, member] : members) sorted.emplace(key, canonical(*member));
  return sorted;
}

std::uint64_t content_of(const event::Row& row) {
  boost::system::error_code unreadable;
  const auto properties = boost::json::parse(row.properties, unreadable);
  std::string text = std::to_string(row.occurred_at);
  text += '\n' + std::to_string(row.user_id.size()) + ' ';
  text.append(row.user_id).append(1, '\n').append(row.event_type).append(1, '\n');
  text += unreadable ? std::string(row.properties) : boost::json::serialize(canonical(properties));
  return event::content_hash(text).low;
}

wire::FaultCode code_of(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(wire::FaultCode::BadRow); ++i) {
    const auto code = static_cast<wire::FaultCode>(i);
    if (to_string(code) == name) return code;
  }
  return wire::FaultCode::BadRow;
}

std::string text_of(const boost::json::value& value) { return std::string(value.as_string()); }

}  // namespace

base::Status EventSender::send(const ImportedFile& file, const PreparedRows& prepared) {
  const std::span<const event::Row> rows(prepared.read.batch.rows);
  const std::span<const std::uint64_t> lines(prepared.read.lines);
  if (service_ == nullptr) {
    for (std::size_t i = 0; i < rows.size(); ++i) would_accept(rows[i], lines[i]);
    return base::ok;
  }
  for (std::size_t at = 0; at < rows.size();) {
    const auto size = std::min(of_a_request_.most(), rows.size() - at);
    const Piece piece{.rows = rows.subspan(at, size), .lines = lines.subspan(at, size)};
    std::string of_piece;
    if (size != rows.size()) of_piece = ndjson_of(piece.rows);
    const std::string_view body = size == rows.size() ? prepared.body : of_piece;
    const auto response = post(body, options_.dry_run);
    if (!response) return response.error();
    if (response->status == kTooLarge && size > 1) {
      of_a_request_.were_too_many(size);
      continue;
    }
    auto counted = count(file, piece, body, *response);
    if (!counted) return counted;
    if (response->status != kTooLarge) of_a_request_.were_taken();
    at += size;
  }
  return base::ok;
}

base::Result<http::ClientResponse> EventSender::post(std::string_view body, bool only_checked) {
  std::string target = "/events";
  if (only_checked) {
    target += "?dry_run=true";
  } else if (!options_.quarantine) {
    target += "?quarantine=false";
  }
  http::ClientRequest request{.method = http::Method::Post,
                              .target = target,
                              .headers = {{"Content-Type", "application/x-ndjson"}},
                              .body = body};
  if (only_checked) request.headers.push_back({"Prefer", "return=representation"});
  return service_->request(request);
}

/// What became of the good rows. The service checks them again, by its own clock and settings, and
/// may still refuse one.
base::Status EventSender::count(const ImportedFile& file, const Piece& piece, std::string_view body,
                                const http::ClientResponse& told) {
  if (told.status == kTooLarge) {  // a single row
    const wire::LineFault fault{.line = piece.lines.front(),
                                .fault = {.index = 0,
                                          .event_id = {},
                                          .field = {},
                                          .code = wire::FaultCode::TooLarge,
                                          .message = problem_text(told.status, told.body)}};
    report_.fault(fault.line, {}, fault.fault.message);
    ++report_.counts().rejected;
    const RejectedRow row{.line = fault.line,
                          .raw = body.substr(0, body.find('\n')),
                          .format = ImportFormat::Ndjson,
                          .faults = {&fault, 1}};
    return rejects_.keep(file, {&row, 1});
  }
  const auto receipt = receipt_of(told);
  if (!receipt) return receipt.error();
  const auto refused = receipt->at("rejected").to_number<std::uint64_t>();
  report_.counts().rejected += refused;
  auto rejected = reject(
      file, piece, {.body = body, .count = refused, .errors = receipt->at("errors").as_array()});
  if (!rejected) return rejected;
  if (options_.dry_run) {
    count_dry(piece, receipt->at("results").as_array());
    return base::ok;
  }
  report_.counts().accepted += receipt->at("accepted").to_number<std::uint64_t>();
  const auto& duplicates = receipt->at("duplicates");
  if (duplicates.is_null()) return base::ok;  // a queue has them: nobody knows yet
  auto others = duplicates.to_number<std::uint64_t>();
  if (others == 0) return base::ok;
  const auto conflicts = tell_conflicts(piece, body);
  if (!conflicts) return conflicts.error();
  report_.counts().duplicates += others - std::min(others, *conflicts);
  return base::ok;
}

/// Rows that the service refused, as they were sent. Where the quarantine is wanted, the service
/// keeps them itself.
base::Status EventSender::reject(const ImportedFile& file, const Piece& piece, const Refused& all) {
  std::vector<wire::LineFault> faults;
  for (const auto& error : all.errors) {
    const auto index = error.at("index").to_number<std::uint32_t>();
    if (index >= piece.rows.size()) continue;
    faults.push_back({.line = piece.lines[index],
                      .fault = {.index = index,
                                .event_id = {},
                                .field = text_of(error.at("field")),
                                .code = code_of(text_of(error.at("code"))),
                                .message = text_of(error.at("message"))}});
  }
  if (all.errors.size() >= kFaultsToldMax && all.count > 0) {
    if (auto added = add_untold(piece, all, faults); !added) return added;
  }
  for (const auto& fault : faults) {
    report_.fault(fault.line, fault.fault.field, fault.fault.message);
  }
  for (std::span<const wire::LineFault> left(faults); !left.empty() && !options_.quarantine;) {
    const auto index = left.front().fault.index;
    const auto others =
        std::ranges::find_if(left, [&](const auto& f) { return f.fault.index != index; });
    const auto count = static_cast<std::size_t>(others - left.begin());
    const std::string raw = ndjson_of(piece.rows.subspan(index, 1));
    const RejectedRow row{.line = left.front().line,
                          .raw = std::string_view(raw).substr(0, raw.size() - 1),
                          .format = ImportFormat::Ndjson,
                          .faults = left.first(count)};
    if (auto kept = rejects_.keep(file, {&row, 1}); !kept) return kept;
    left = left.subspan(count);
  }
  return base::ok;
}

/// A receipt tells so many faults and no more; that of a row that it does not tell is not known,
/// but that the row was refused is.
base::Status EventSender::add_untold(const Piece& piece, const Refused& all,
                                     std::vector<wire::LineFault>& faults) {
  const auto told = post(all.body, true);
  if (!told) return told.error();
  const auto receipt = receipt_of(*told);
  if (!receipt) return receipt.error().while_doing("asking which rows were refused");
  const auto& results = receipt->at("results").as_array();
  for (std::uint32_t i = 0; i < results.size() && i < piece.rows.size(); ++i) {
    if (results[i].at("status").as_string() != "rejected") continue;
    const auto known = std::ranges::any_of(faults, [&](auto& f) { return f.fault.index == i; });
    if (known) continue;
    faults.push_back(
        {.line = piece.lines[i],
         .fault = {
             .index = i,
             .event_id = {},
             .field = {},
             .code = wire::FaultCode::BadRow,
             .message = "the service refused this row together with others of the same request"}});
  }
  std::ranges::stable_sort(faults, {}, [](const auto& f) { return f.fault.index; });
  return base::ok;
}

/// Asks what became of rows that were already handed over: each is there now, as it was sent or
/// with other content. A receipt with results for every piece would cost half of an import's speed,
/// and few pieces have duplicates.
base::Result<std::uint64_t> EventSender::tell_conflicts(const Piece& piece, std::string_view body) {
  const auto told = post(body, true);
  if (!told) return told.error();
  const auto receipt = receipt_of(*told);
  if (!receipt) return receipt.error().while_doing("comparing duplicates");
  std::uint64_t conflicts = 0;
  const auto& results = receipt->at("results").as_array();
  for (std::size_t i = 0; i < results.size() && i < piece.rows.size(); ++i) {
    if (results[i].at("status").as_string() != "conflict") continue;
    report_.conflict(piece.lines[i], piece.rows[i].id);
    ++conflicts;
  }
  return conflicts;
}

void EventSender::count_dry(const Piece& piece, const boost::json::array& results) {
  for (std::size_t i = 0; i < results.size() && i < piece.rows.size(); ++i) {
    const auto& status = results[i].at("status").as_string();
    if (status == "rejected") continue;
    if (status == "conflict") {
      report_.conflict(piece.lines[i], piece.rows[i].id);
    } else if (status == "duplicate") {
      ++report_.counts().duplicates;
    } else {
      would_accept(piece.rows[i], piece.lines[i]);
    }
  }
}

/// An event that is not there yet, unless an earlier row of this run would have brought it.
void EventSender::would_accept(const event::Row& row, std::uint64_t line) {
  const auto content = content_of(row);
  const auto [first, is_new] = would_be_there_.emplace(row.id_hash, content);
  if (is_new) {
    ++report_.counts().accepted;
  } else if (first->second == content) {
    ++report_.counts().duplicates;
  } else {
    report_.conflict(line, row.id);
  }
}

}  // namespace tidemark::app
