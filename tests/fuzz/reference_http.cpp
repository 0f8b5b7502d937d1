#include "reference_http.hpp"

#include <algorithm>
#include <optional>
#include <regex>

#include <arpa/inet.h>

namespace tidemark::fuzz {
namespace {

/// What a step came to; none of both: it went well.
enum class Stop : std::uint8_t { None, More, Refuse };

bool is_token(std::string_view text) {
  static const std::regex token("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  return std::regex_match(text.begin(), text.end(), token);
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return text;
}

std::string trimmed(std::string text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Neither a control character but a tab, nor DEL.
bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool is_host(const std::string& text) {
  static const std::regex name("((?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}){1,255})(:[0-9]*)?");
  static const std::regex v6(R"(\[([0-9A-Fa-f:.]+)\](:[0-9]*)?)");
  std::smatch parts;
  in6_addr address{};
  const bool is_v6 = std::regex_match(text, parts, v6);
  if (is_v6 && inet_pton(AF_INET6, parts[1].str().c_str(), &address) != 1) return false;
  if (!is_v6 && !std::regex_match(text, parts, name)) return false;
  if (!is_v6 && parts[1].length() > 255) return false;
  std::string port = parts[2].str();
  port.erase(0, std::min(port.find_first_not_of(":0"), port.size()));
  return port.size() <= 5 && (port.empty() || std::stoi(port) <= 65'535);
}

struct Reader {
  std::string_view rest;
  Stream stream;

  std::optional<std::string> line();
  Stop read_fields(std::vector<std::pair<std::string, std::string>>& fields, std::string_view head);
  Stop read_one();
  Stop read_body(ReadRequest& request, bool http_1_0, bool& plain);
  Stop read_chunks(std::string& body, bool& plain);
};

/// Up to a CR LF, which is taken as well.
std::optional<std::string> Reader::line() {
  const auto end = rest.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  std::string text(rest.substr(0, end));
  rest.remove_prefix(end + 2);
  return text;
}

Stop Reader::read_fields(std::vector<std::pair<std::string, std::string>>& fields,
                         std::string_view head) {
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const std::string text(head.substr(0, end));
    head.remove_prefix(end + 2);
    const auto colon = text.find(':');
    if (colon == std::string::npos || !is_token(std::string_view(text).substr(0, colon))) {
      return Stop::Refuse;
    }
    if (!is_value(std::string_view(text).substr(colon + 1))) return Stop::Refuse;
    fields.emplace_back(text.substr(0, colon), trimmed(text.substr(colon + 1)));
  }
  return fields.size() > 100 ? Stop::Refuse : Stop::None;
}

/// All values of a field.
std::vector<std::string> values_of(const ReadRequest& request, const std::string& name) {
  std::vector<std::string> values;
  for (const auto& [each, value] : request.fields) {
    if (lower(each) == name) values.push_back(value);
  }
  return values;
}

Stop Reader::read_one() {
  while (rest.starts_with("\r\n")) rest.remove_prefix(2);
  const auto end = rest.find("\r\n\r\n");
  if (end == std::string_view::npos) return Stop::More;
  const auto request_line = line();
  std::string_view head = rest.substr(0, end - request_line->size());
  if (!head.empty()) {
    rest.remove_prefix(head.size() + 2);
  } else {
    rest.remove_prefix(2);
  }
  ReadRequest request;
  bool plain = true;
  static const std::regex form("([^ ]+) ([^ ]+) HTTP/1\\.([01])");
  std::smatch parts;
  if (!std::regex_match(*request_line, parts, form)) return Stop::Refuse;
  request.method = parts[1];
  request.target = parts[2];
  const bool http_1_0 = parts[3] == "0";
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  if (!is_token(request.method) ||
      std::any_of(request.target.begin(), request.target.end(), is_control)) {
    return Stop::Refuse;
  }
  plain = request.target.starts_with('/') && request.target.find('#') == std::string::npos;
  const Stop fields = read_fields(request.fields, head);
  if (fields != Stop::None) return fields;
  plain = plain && values_of(request, "connection").empty() &&
          values_of(request, "proxy-connection").empty();
  const auto hosts = values_of(request, "host");
  if (hosts.size() > 1 || (hosts.empty() && !http_1_0)) return Stop::Refuse;
  if (!hosts.empty() && !is_host(hosts[0])) return Stop::Refuse;
  const Stop body = read_body(request, http_1_0, plain);
  if (body == Stop::Refuse) return body;
  if (body == Stop::None) stream.requests.push_back(std::move(request));
  stream.plain.push_back(plain);
  return body;
}

Stop Reader::read_body(ReadRequest& request, bool http_1_0, bool& plain) {
  const auto lengths = values_of(request, "content-length");
  const auto codings = values_of(request, "transfer-encoding");
  if (lengths.size() + codings.size() > 1) return Stop::Refuse;
  if (!codings.empty()) {
    if (http_1_0 || lower(codings[0]) != "chunked") return Stop::Refuse;
    return read_chunks(request.body, plain);
  }
  if (lengths.empty()) return Stop::None;
  static const std::regex digits("[0-9]{1,19}");  // more would be beyond any body
  if (!std::regex_match(lengths[0], digits)) {
    plain = false;
    const bool zeros = std::regex_match(lengths[0], std::regex("0+[0-9]{1,19}"));
    if (!zeros) return Stop::Refuse;
  }
  const auto length = std::stoull(lengths[0]);
  if (rest.size() < length) return Stop::More;
  request.body = rest.substr(0, length);
  rest.remove_prefix(length);
  return Stop::None;
}

Stop Reader::read_chunks(std::string& body, bool& plain) {
  static const std::regex plain_size("0*([0-9A-Fa-f]{1,15})");
  static const std::regex any_size("0*([0-9A-Fa-f]{1,16})([ \t]*;.*)");
  for (;;) {
    const auto text = line();
    if (!text) {
      plain = false;  // a line that can never be a size may be refused before its end
      return Stop::More;
    }
    std::smatch parts;
    if (!std::regex_match(*text, parts, plain_size)) {
      plain = false;
      if (!std::regex_match(*text, parts, any_size) || !is_value(*text)) return Stop::Refuse;
    }
    const auto size = std::stoull(parts[1], nullptr, 16);
    if (size == 0) break;
    if (rest.size() < size || rest.size() - size < 2) {
      plain = plain && rest.size() <= size;
      return Stop::More;
    }
    body += rest.substr(0, size);
    if (rest.substr(size, 2) != "\r\n") return Stop::Refuse;
    rest.remove_prefix(size + 2);
  }
  if (rest.starts_with("\r\n")) {
    rest.remove_prefix(2);
    return Stop::None;
  }
  plain = false;
  const auto end = rest.find("\r\n\r\n");
  if (end == std::string_view::npos) return Stop::More;
  std::vector<std::pair<std::string, std::string>> trailers;
  const Stop read = read_fields(trailers, rest.substr(0, end + 2));
  rest.remove_prefix(end + 4);
  return read;
}

}  // namespace

Stream read_plainly(std::string_view bytes) {
  Reader reader{.rest = bytes, .stream = {}};
  for (;;) {
    const Stop stop = reader.read_one();
    if (stop == Stop::None) continue;
    reader.stream.end = stop == Stop::More ? Stream::End::More : Stream::End::Refused;
    return reader.stream;
  }
}

}  // namespace tidemark::fuzz
