// How a connection reads: a head within its bounds, then a body of a known length or in chunks.

#include <algorithm>
#include <cassert>

#include <boost/beast/http/error.hpp>

#include "http/holding.hpp"
#include "http/network/connection.hpp"
#include "http/network/head_check.hpp"
#include "http/network/head_scanner.hpp"

namespace tidemark::http::network {
namespace net = boost::asio;

namespace {

constexpr std::size_t kBodyRoomLeast = 1'024;
/// Then it is another connection's turn: copying that much takes some tens of microseconds.
constexpr std::size_t kReadOnceBytesMax = std::size_t{256} * 1'024;

bool is_token_char(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string_view media_type_of(std::string_view content_type) noexcept {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return type;
}

/// Only charset=utf-8 may follow.
bool has_good_charset(std::string_view content_type) {
  std::size_t at = content_type.find(';');
  while (at != std::string_view::npos) {
    content_type.remove_prefix(at + 1);
    at = content_type.find(';');
    std::string_view parameter = content_type.substr(0, at);
    while (parameter.starts_with(' ') || parameter.starts_with('\t')) parameter.remove_prefix(1);
    while (parameter.ends_with(' ') || parameter.ends_with('\t')) parameter.remove_suffix(1);
    constexpr std::string_view kCharset = "charset=";
    if (parameter.size() < kCharset.size() ||
        !equal_ignoring_case(parameter.substr(0, kCharset.size()), kCharset)) {
      continue;
    }
    std::string_view name = parameter.substr(kCharset.size());
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    if (!equal_ignoring_case(name, "utf-8") && !equal_ignoring_case(name, "utf8")) return false;
  }
  return true;
}

/// "application/*+json" takes application/ld+json.
bool media_fits(std::string_view pattern, std::string_view type) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return equal_ignoring_case(pattern, type);
  const std::string_view front = pattern.substr(0, star);
  const std::string_view back = pattern.substr(star + 1);
  return type.size() > front.size() + back.size() &&
         equal_ignoring_case(type.substr(0, front.size()), front) &&
         equal_ignoring_case(type.substr(type.size() - back.size()), back);
}

/// Each of a list, which may be empty; x-gzip is gzip (RFC 9110, 8.4.1.3).
bool codings_fit(const std::vector<std::string>& known, std::string_view list) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view name = media_type_of(list.substr(0, end));
    while (name.starts_with(' ') || name.starts_with('\t')) name.remove_prefix(1);
    list.remove_prefix(std::min(end + 1, list.size()));
    if (name.empty() || equal_ignoring_case(name, "identity")) continue;
    if (equal_ignoring_case(name, "x-gzip")) name = "gzip";
    if (std::none_of(known.begin(), known.end(),
                     [name](const std::string& each) { return equal_ignoring_case(each, name); })) {
      return false;
    }
  }
  return true;
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

}  // namespace

Connection::Got Connection::refused(Problem problem) {
  keep_alive_ = false;  // where the next request begins is not known
  lingers_ = true;
  if (request_->id.empty()) request_->id = loop_.new_id();
  request_->body = Body{};  // what came of it is of no use
  request_->memory.release();
  response_ = std::move(problem);
  return Got::Refused;
}

/// Reads more into `input_`. False: the client has ended, the deadline is over or we stop; `gone_`
/// and `expired_` tell which.
Task<bool> Connection::fill() {
  const Input::Room room = input_.room();
  assert(room.size > 0);
  const auto [error, count] = co_await transport_.read(net::buffer(room.data, room.size));
  if (error) {
    if (!expired_ && error != net::error::operation_aborted) gone_ = true;
    co_return false;
  }
  input_.written(count);
  moved_ += count;
  co_return true;
}

Task<Connection::Got> Connection::read_head() {
  const Limits& limits = shared_.options.limits;
  bool begun = false;
  HeadScanner scanner;
  for (;;) {
    // An empty line before a request is forgiven (RFC 9112, 2.2).
    while (!begun && input_.view().starts_with("\r\n")) input_.consume(2);
    if (!begun && !input_.empty() && input_.view() != "\r") {
      begun = true;
      request_->started = Clock::now();
      wait_until(Waits::Header, request_->started + limits.header_max);
    }
    const auto found = begun ? scanner.scan(input_.view()) : HeadScanner::Found::Nothing;
    if (found == HeadScanner::Found::End) co_return parse_head(scanner.end());
    if (found == HeadScanner::Found::LoneCr) {
      co_return refused(problems::malformed("A CR in the header must be followed by an LF."));
    }
    if (begun) {
      const Got partial = look_at_partial_head();
      if (partial == Got::Refused) co_return partial;
    } else {
      wait(Waits::Idle, limits.idle_max);
    }
    if (!begun && shared_.draining) {
      // A request that is here already is answered; later ones never were ours.
      const Input::Room room = input_.room();
      assert(room.size > 0);
      Transport::Error error;
      const std::size_t count = transport_.read_now(net::buffer(room.data, room.size), error);
      if (error || count == 0) co_return Got::Nothing;
      input_.written(count);
      continue;
    }
    const bool more = co_await fill();
    if (more) continue;
    if (terminated_ || made_way_) co_return Got::Nothing;
    if (!begun && shared_.draining && !gone_ && !expired_) continue;
    if (!begun) co_return Got::Nothing;
    if (expired_) co_return refused(problems::timed_out("The header did not arrive in time."));
    if (gone_) co_return refused(problems::malformed("The request ends within its header."));
  }
}

/// Sees early that it will never be a request, or never a small enough one.
Connection::Got Connection::look_at_partial_head() {
  const Limits& limits = shared_.options.limits;
  const std::string_view head = input_.view();
  const std::size_t newline = head.find('\n');
  const std::string_view first_line = head.substr(0, newline);
  const std::string_view method = first_line.substr(0, first_line.find(' '));
  const bool is_method = std::all_of(method.begin(), method.end(), is_token_char);
  if (!is_method || method.empty() || method.size() > 32) {
    return refused(problems::malformed("The request does not begin with an HTTP method."));
  }
  if (newline != std::string_view::npos && !first_line.ends_with('\r')) {
    return refused(problems::malformed("Header lines must end with CR and LF."));
  }
  if (first_line.size() > limits.target_bytes_max + method.size() + 12) {
    return refused(problems::target_too_long("The request target may have at most " +
                                             std::to_string(limits.target_bytes_max) + " bytes."));
  }
  if (head.size() > limits.header_bytes_max) {
    return refused(problems::headers_too_large(
        "The header may have at most " + std::to_string(limits.header_bytes_max) + " bytes."));
  }
  return Got::Whole;
}

Connection::Got Connection::parse_head(std::size_t head_bytes) {
  const Limits& limits = shared_.options.limits;
  Request& request = *request_;
  if (head_bytes > limits.header_bytes_max) return look_at_partial_head();
  assert(head_bytes <= input_.view().size());
  request.head = input_.view().substr(0, head_bytes);
  input_.consume(head_bytes);
  parser_.emplace(request, limits.header_bytes_max, limits.header_lines_max);
  const auto error = parser_->parse_head(request.head);
  if (!error) return check_head();
  const bool too_many = parser_->too_many_fields();
  // What the parser gave out before it failed must not be used.
  request.fields.clear();
  request.target = {};
  if (too_many) {
    return refused(problems::headers_too_large(
        "The header may have at most " + std::to_string(limits.header_lines_max) + " lines."));
  }
  return refused(problems::malformed("The header cannot be read: " + error.message() + "."));
}

/// A request that is well-formed by the grammar but still is not valid.
Connection::Got Connection::check_head() {
  assert(parser_.has_value());
  Request& request = *request_;
  request.deadline = request.started + shared_.options.limits.answer_max;
  keep_alive_ = parser_->keep_alive();
  unread_ = parser_->length();
  body_read_ = !parser_->chunked() && unread_ == 0;
  auto fault = fault_of_lines(request);
  if (!fault) fault = fault_of_target(request, shared_.options.limits.target_bytes_max);
  return fault ? refused(*std::move(fault)) : Got::Whole;
}

bool Connection::check_body_kind() {
  assert(route_.endpoint != nullptr);
  const BodyDoc& doc = route_.endpoint->doc.body;
  const Request& request = *request_;
  const auto expect = request.header("Expect");
  if (expect && !request.http_1_0) {
    if (!equal_ignoring_case(*expect, "100-continue")) {
      refused(Problem{.status = 417,
                      .code = "expectation_failed",
                      .title = "The expectation cannot be met",
                      .detail = "The Expect header may only be 100-continue."});
      return false;
    }
    expects_continue_ = !body_read_;
  }
  if (body_read_ || doc.media.empty()) return true;
  const auto content_type = request.header("Content-Type");
  if (content_type && !content_type->empty()) {
    const bool known = std::any_of(doc.media.begin(), doc.media.end(), [&](const MediaDoc& media) {
      return media_fits(media.content_type, media_type_of(*content_type));
    });
    if (!known || !has_good_charset(*content_type)) {
      std::vector<std::string> names;
      for (const MediaDoc& media : doc.media) names.push_back(media.content_type);
      response_ = problems::unsupported_media_type("Content-Type must be one of " + joined(names) +
                                                   " (UTF-8); " + received(*content_type) + ".");
      response_.problem->headers.emplace_back("Accept", joined(names));
      return false;
    }
  }
  const std::string coding = request.headers("Content-Encoding");
  if (codings_fit(doc.encodings, coding)) return true;
  const std::string names = doc.encodings.empty() ? "identity" : joined(doc.encodings);
  response_ = problems::unsupported_media_type("Content-Encoding must be one of " + names + "; " +
                                               received(coding) + ".");
  response_.problem->headers.emplace_back("Accept-Encoding", names);
  return false;
}

bool Connection::check_length() {
  const std::size_t most = body_bytes_max();
  if (unread_ > most) {
    response_ = problems::too_large("The body may have at most " + std::to_string(most) +
                                    " bytes; Content-Length says " + std::to_string(unread_) + ".");
    return false;
  }
  return true;
}

/// Makes room for so many bytes of the body, as they come: what a client only promises costs
/// nothing. The first few of each body are outside the budget, so that small ones never wait.
Task<Connection::Got> Connection::hold_body(std::size_t bytes) {
  const Limits& limits = shared_.options.limits;
  const std::size_t counted = bytes - std::min(bytes, limits.own_bytes_max);
  if (request_->memory.resize(counted)) co_return Got::Whole;
  wait_until(Waits::Handler, Clock::time_point::max());
  const bool held = co_await hold_within(request_, counted, limits.room_max);
  if (terminated_) co_return Got::Nothing;
  wait_for_body();
  if (held) co_return Got::Whole;
  Problem problem =
      problems::overloaded("The service is reading too many bodies at once; try again later.");
  problem.crowded = !shared_.bodies.is_small(counted);
  co_return refused(std::move(problem));
}

void Connection::wait_for_body() {
  wait_until(Waits::Body, request_->started + shared_.options.limits.request_max);
}

/// How large the body's memory should be next: what has come, and twice what is there.
std::size_t Connection::next_body_room(std::size_t at_least) {
  const std::size_t there = transport_.available();
  const std::size_t own = shared_.options.limits.own_bytes_max;
  return std::max({at_least + there, request_->body.capacity() * 2, own, kBodyRoomLeast});
}

Task<Connection::Got> Connection::read_body() {
  if (body_read_) co_return Got::Whole;
  assert(parser_.has_value());
  wait_for_body();
  if (expects_continue_ && input_.empty()) send_continue();
  Got got = Got::Nothing;
  if (parser_->chunked()) {
    got = co_await read_chunked_body();
  } else {
    got = co_await read_sized_body();
  }
  bytes_in_ = request_->body.size();
  if (got != Got::Whole) co_return got;
  body_read_ = true;
  unread_ = 0;
  co_return got;
}

/// Straight from the socket to where the bytes stay.
Task<Connection::Got> Connection::read_sized_body() {
  Body& body = request_->body;
  assert(unread_ > 0 && unread_ <= body_bytes_max());
  const std::size_t wanted = unread_;
  const std::string_view here = input_.view().substr(0, wanted);
  std::size_t room = std::min(wanted, shared_.options.limits.own_bytes_max);
  if (room < wanted) {
    room = std::min(wanted, next_body_room(here.size()));
    const Got first = co_await hold_body(room);
    if (first != Got::Whole) co_return first;
  }
  body.reserve(room);
  body.append(here);
  input_.consume(here.size());
  while (body.size() < wanted) {
    if (body.size() == body.capacity()) {
      room = std::min(wanted, next_body_room(body.size()));
      const Got more = co_await hold_body(room);
      if (more != Got::Whole) co_return more;
      body.reserve(room);
    }
    const std::size_t most = std::min(body.capacity() - body.size(), kReadOnceBytesMax);
    assert(most > 0);
    const auto [error, count] =
        co_await transport_.read(net::buffer(body.data() + body.size(), most));
    if (!error) {
      body.grow_by(count);
      moved_ += count;
      continue;
    }
    if (terminated_) co_return Got::Nothing;
    if (expired_) co_return refused(late_body());
    co_return refused(problems::malformed("The body ends before its Content-Length."));
  }
  assert(body.size() == wanted);
  co_return Got::Whole;
}

Problem Connection::late_body() const {
  return problems::timed_out(too_slow_ ? "The body arrived too slowly."
                                       : "The body did not arrive in time.");
}

Task<Connection::Got> Connection::read_chunked_body() {
  const std::size_t most = body_bytes_max();
  for (;;) {
    const std::size_t room = request_->body.room_for(input_.view().size());
    const Got held = co_await hold_body(std::min(room, most));
    if (held != Got::Whole) co_return held;
    const auto chunks = parser_->parse_chunks(input_.view(), most);
    input_.consume(chunks.consumed);
    if (chunks.error == boost::beast::http::error::body_limit) {
      co_return refused(
          problems::too_large("The body may have at most " + std::to_string(most) + " bytes."));
    }
    if (chunks.error) {
      co_return refused(
          problems::malformed("The chunks cannot be read: " + chunks.error.message() + "."));
    }
    if (chunks.done) co_return Got::Whole;
    if (input_.room().size == 0) {
      co_return refused(problems::malformed("A chunk's header line is too long."));
    }
    const bool more = co_await fill();
    if (more) continue;
    if (terminated_) co_return Got::Nothing;
    if (expired_) co_return refused(late_body());
    if (gone_) co_return refused(problems::malformed("The request ends within its body."));
  }
}

}  // namespace tidemark::http::network
