#include "http/network/message_parser.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

namespace tidemark::http::network {
namespace beast_http = boost::beast::http;

MessageParser::MessageParser(Request& request, std::size_t header_bytes_max, std::size_t fields_max)
    : request_(request), fields_max_(fields_max) {
  assert(std::in_range<std::uint32_t>(header_bytes_max));
  header_limit(static_cast<std::uint32_t>(header_bytes_max));
  body_limit(boost::none);  // lengths are checked by us, before and while reading
}

MessageParser::Error MessageParser::parse_head(std::string_view head) {
  Error error;
  assert(in_head_);
  parsed_ = head;
  put(boost::asio::const_buffer(head.data(), head.size()), error);
  if (error == beast_http::error::need_more) error = beast_http::error::partial_message;
  return error;
}

MessageParser::Chunks MessageParser::parse_chunks(std::string_view bytes,
                                                  std::size_t body_bytes_max) {
  assert(!in_head_);
  body_bytes_max_ = body_bytes_max;
  parsed_ = bytes;
  fields_ = 0;  // trailers have a bound of their own
  Chunks chunks;
  while (!is_done() && !chunks.error) {
    const std::string_view rest = bytes.substr(chunks.consumed);
    if (rest.empty()) return chunks;
    const std::size_t taken =
        put(boost::asio::const_buffer(rest.data(), rest.size()), chunks.error);
    chunks.consumed += taken;
    assert(chunks.consumed <= bytes.size());
    if (chunks.error == beast_http::error::need_more) {
      chunks.error = {};
      return chunks;
    }
  }
  chunks.done = is_done() && !chunks.error;
  return chunks;
}

void MessageParser::on_request_impl(Verb, Text method, Text target, int version, Error&) {
  request_.method = method_named({method.data(), method.size()});
  request_.target = {target.data(), target.size()};
  request_.http_1_0 = version == 10;
}

void MessageParser::on_field_impl(Name, Text name, Text value, Error& error) {
  assert(fields_ <= fields_max_);
  if (fields_ == fields_max_) {
    too_many_fields_ = true;
    error = beast_http::error::header_limit;
    return;
  }
  fields_ += 1;
  // RFC 9112 lets us refuse a folded line. Beast puts its pieces together in a buffer that is gone
  // afterwards, or, where its first piece is empty, skips to the second.
  const char* const colon = name.data() + name.size();
  const bool in_place =
      value.data() > colon && value.data() + value.size() <= parsed_.data() + parsed_.size();
  if (!in_place || std::find(colon, value.data(), '\n') != value.data()) {
    error = beast_http::error::bad_obs_fold;
    return;
  }
  if (!in_head_) return;  // trailers say nothing that we need
  request_.fields.push_back({{name.data(), name.size()}, {value.data(), value.size()}});
}

/// Beast takes anything between the quotes of an extension; a line feed there is the end of the
/// line to some, and what follows it a request to them (RFC 9112, 7.1.1 and 9110, 5.6.4).
void MessageParser::on_chunk_header_impl(std::uint64_t, Text extension, Error& error) {
  const auto is_control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  };
  if (std::any_of(extension.begin(), extension.end(), is_control)) {
    error = beast_http::error::bad_chunk_extension;
  }
}

std::size_t MessageParser::on_chunk_body_impl(std::uint64_t, Text body, Error& error) {
  if (request_.body.size() + body.size() > body_bytes_max_) {
    error = beast_http::error::body_limit;
    return 0;
  }
  request_.body.append({body.data(), body.size()});
  return body.size();
}

}  // namespace tidemark::http::network
