#include "http/client.hpp"

#include <array>
#include <cassert>
#include <charconv>
#include <exception>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

namespace tidemark::http {
namespace net = boost::asio;
namespace beast_http = boost::beast::http;
using boost::system::error_code;
using net::ip::tcp;

std::optional<std::string_view> ClientResponse::header(std::string_view name) const noexcept {
  for (const Header& header : headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

base::Result<Url> parse_url(std::string_view url) {
  const auto bad = [url](std::string_view why) {
    return base::Error{
        base::ErrorCode::InvalidInput,
        "the address " + std::string(url) + " " + std::string(why) + "; expected http://HOST:PORT"};
  };
  constexpr std::string_view kScheme = "http://";
  if (url.starts_with("https://"))
    return bad("asks for https, which this command does not support");
  std::string_view rest = url;
  if (rest.starts_with(kScheme)) rest.remove_prefix(kScheme.size());
  Url parsed;
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    parsed.base = rest.substr(slash);
    while (parsed.base.ends_with('/')) parsed.base.pop_back();
    rest = rest.substr(0, slash);
  }
  const std::size_t bracket = rest.find(']');
  const std::size_t colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  parsed.host = rest.substr(0, colon);
  if (parsed.host.starts_with('[') && parsed.host.ends_with(']')) {
    parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
  }
  if (parsed.host.empty()) return bad("names no host");
  if (colon == std::string_view::npos) return parsed;
  const std::string_view digits = rest.substr(colon + 1);
  const auto [end, fault] =
      std::from_chars(digits.data(), digits.data() + digits.size(), parsed.port);
  if (fault != std::errc{} || end != digits.data() + digits.size() || parsed.port == 0) {
    return bad("has a port that is not a number from 1 to 65535");
  }
  return parsed;
}

namespace {

using Parser = beast_http::response_parser<beast_http::string_body>;

/// Gives the sink what has come of the body since it was last asked.
base::Status hand_over(const ClientRequest& request, Parser& parser) {
  if (!request.sink || !parser.is_header_done() || parser.get().result_int() >= 300) {
    return base::ok;
  }
  const auto type = parser.get()[beast_http::field::content_type];
  if (!request.sink_type.empty() && !type.starts_with(request.sink_type)) {
    return base::Error{base::ErrorCode::Unavailable,
                       "expected " + request.sink_type + ", received " + std::string(type)};
  }
  auto& body = parser.get().body();
  if (body.empty()) return base::ok;
  auto taken = request.sink(body);
  body.clear();
  return taken;
}

}  // namespace

struct Client::State {
  explicit State(ClientOptions given) : options(std::move(given)), socket(io) {}

  /// Runs what was started until it is done or the time is over; then cuts the connection.
  bool run(std::chrono::steady_clock::time_point deadline) {
    io.restart();
    io.run_until(deadline);
    if (io.stopped()) return true;
    error_code ignored;
    socket.close(ignored);
    io.run();
    return false;
  }

  base::Error failure(std::string_view doing, const error_code& error) {
    error_code ignored;
    socket.close(ignored);
    buffer.clear();
    return {base::ErrorCode::Unavailable, std::string(doing) + " " + options.host + ":" +
                                              std::to_string(options.port) + ": " +
                                              error.message()};
  }
  base::Error late(std::string_view doing) {
    buffer.clear();
    return {base::ErrorCode::TimedOut, std::string(doing) + " " + options.host + ":" +
                                           std::to_string(options.port) + " took too long"};
  }

  base::Status connect();
  base::Result<ClientResponse> exchange(const ClientRequest& request, bool& answered);
  std::string head_of(const ClientRequest& request) const;

  ClientOptions options;
  net::io_context io{1};
  tcp::socket socket;
  boost::beast::flat_buffer buffer;
};

base::Status Client::State::connect() {
  error_code error;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(options.host, std::to_string(options.port), error);
  if (error) return failure("finding", error);
  buffer.clear();
  net::async_connect(socket, found,
                     [&error](const error_code& done, const tcp::endpoint&) { error = done; });
  if (!run(std::chrono::steady_clock::now() + options.connect_max)) return late("connecting to");
  if (error) return failure("connecting to", error);
  socket.set_option(tcp::no_delay(true), error);
  return base::ok;
}

std::string Client::State::head_of(const ClientRequest& request) const {
  const bool v6 = options.host.find(':') != std::string::npos;
  std::string head = std::string(name_of(request.method)) + " " + request.target + " HTTP/1.1\r\n";
  head += "Host: " + (v6 ? "[" + options.host + "]" : options.host) + ":" +
          std::to_string(options.port) + "\r\n";
  for (const Header& header : options.headers) head += header.name + ": " + header.value + "\r\n";
  for (const Header& header : request.headers) head += header.name + ": " + header.value + "\r\n";
  if (!request.body.empty() || request.method == Method::Post) {
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return head + "\r\n";
}

base::Result<ClientResponse> Client::State::exchange(const ClientRequest& request, bool& answered) {
  const auto deadline = std::chrono::steady_clock::now() + options.answer_max;
  assert(socket.is_open());
  const std::string head = head_of(request);
  const std::array<net::const_buffer, 2> both = {net::buffer(head), net::buffer(request.body)};
  error_code write_error;
  error_code error;
  Parser parser;
  if (request.sink) {
    parser.body_limit(boost::none);
  } else {
    parser.body_limit(options.body_bytes_max);
  }
  parser.eager(true);
  if (request.method == Method::Head) parser.skip(true);
  // At once: a server that refuses early answers while we still write.
  net::async_write(socket, both, [&](const error_code& done, std::size_t) { write_error = done; });
  base::Status sunk = base::ok;
  const std::function<void()> read_more = [&] {
    beast_http::async_read_some(socket, buffer, parser, [&](const error_code& done, std::size_t) {
      error = done;
      sunk = error ? base::ok : hand_over(request, parser);
      if (!error && sunk && !parser.is_done()) return read_more();
      error_code ignored;
      if (parser.is_done() && socket.available(ignored) == 0) socket.cancel(ignored);
    });
  };
  read_more();
  const bool in_time = run(deadline);
  answered = parser.got_some();
  if (!in_time) return late("asking");
  // After an error the parser still hands over a plausible answer: do not look at it.
  if (!error && !sunk) {
    error_code ignored;
    socket.close(ignored);
    buffer.clear();
    return sunk.error();
  }
  if (error) return failure("asking", error);
  ClientResponse response;
  const auto& message = parser.get();
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    const auto name = field.name_string();
    const auto value = field.value();
    response.headers.push_back(
        {std::string(name.data(), name.size()), std::string(value.data(), value.size())});
  }
  const bool kept = parser.keep_alive() && !write_error;
  response.body = std::move(parser.get().body());
  if (!kept) {
    error_code ignored;
    socket.close(ignored);
    buffer.clear();
  }
  return response;
}

Client::Client(ClientOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

base::Result<ClientResponse> Client::request(const ClientRequest& request) {
  assert(state_ != nullptr && "it was not moved from");
  try {
    for (bool first = true;; first = false) {
      const bool kept = state_->socket.is_open();
      if (!kept) {
        auto connected = state_->connect();
        if (!connected) return connected.error();
      }
      bool answered = false;
      auto response = state_->exchange(request, answered);
      if (response) return response;
      const bool again =
          first && kept && !answered && response.error().code() == base::ErrorCode::Unavailable;
      if (!again) return response;
    }
  } catch (const std::exception& fault) {
    return base::Error{base::ErrorCode::Unavailable, std::string("asking: ") + fault.what()};
  }
}

}  // namespace tidemark::http
