#pragma once

/// Reads the grammar of HTTP/1 with Beast's parser, without copying: header lines are views.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

#include "http/request.hpp"

namespace tidemark::http::network {

using BeastParser = boost::beast::http::basic_parser<true>;

/// Fills a request from its head, then its body from chunks.
///
/// Order:    `parse_head` once; after its success and if `chunked()`, `parse_chunks` until done.
/// Lifetime: the views in the request point into the bytes given to `parse_head`.
/// Errors:   after an error nothing of the request may be used, because Beast still gives out a
///           plausible one. So both calls return the error and keep nothing.
class MessageParser final : private BeastParser {
 public:
  using Error = boost::beast::error_code;

  MessageParser(Request& request, std::size_t header_bytes_max, std::size_t fields_max);

  /// `head` must be a whole head, including its empty line.
  [[nodiscard]] Error parse_head(std::string_view head);

  struct Chunks {
    std::size_t consumed = 0;
    bool done = false;
    Error error;
  };
  /// Takes what it can from `bytes` and appends it to the body, at most `body_bytes_max` in all
  /// (error::body_limit). Neither done nor an error: give the remaining bytes again, with more
  /// after them.
  [[nodiscard]] Chunks parse_chunks(std::string_view bytes, std::size_t body_bytes_max);

  [[nodiscard]] bool chunked() const { return BeastParser::chunked(); }
  [[nodiscard]] bool keep_alive() const { return BeastParser::keep_alive(); }
  [[nodiscard]] bool has_content_length() const { return content_length().has_value(); }
  [[nodiscard]] std::uint64_t length() const { return content_length().value_or(0); }
  [[nodiscard]] bool too_many_fields() const noexcept { return too_many_fields_; }

 private:
  using Text = boost::beast::string_view;
  using Verb = boost::beast::http::verb;
  using Name = boost::beast::http::field;

  void on_request_impl(Verb verb, Text method, Text target, int version, Error& error) override;
  void on_response_impl(int, Text, int, Error&) override {}
  void on_field_impl(Name id, Text name, Text value, Error& error) override;
  void on_header_impl(Error&) override { in_head_ = false; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(Text body, Error&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, Text extension, Error& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Error& error) override;
  void on_finish_impl(Error&) override {}

  Request& request_;
  std::size_t fields_max_;
  std::size_t fields_ = 0;
  std::size_t body_bytes_max_ = 0;
  std::string_view parsed_;  // the bytes that were given last
  bool in_head_ = true;
  bool too_many_fields_ = false;
};

}  // namespace tidemark::http::network
