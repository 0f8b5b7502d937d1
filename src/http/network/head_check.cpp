#include "http/network/head_check.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "http/parameter.hpp"

namespace tidemark::http::network {
namespace {

constexpr std::size_t kHostBytesMax = 255;  // of a name in the DNS

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_hex(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_name_char(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-._~!$&'()*+,;=").find(c) != std::string_view::npos;
}

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > kHostBytesMax) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (is_name_char(name[i])) continue;
    if (name[i] != '%' || i + 2 >= name.size()) return false;
    if (!is_hex(name[i + 1]) || !is_hex(name[i + 2])) return false;
    i += 2;
  }
  return true;
}

bool is_v6(std::string_view text) {
  in6_addr address{};
  return inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

/// Empty, or `:` and a number below 65,536, or `:` alone.
bool is_port(std::string_view text) {
  if (text.empty() || text == ":") return true;
  if (text.front() != ':') return false;
  text.remove_prefix(1);
  std::uint32_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && is_digit(text.front()) &&
         port <= 65'535;
}

/// Checks the lines that say where a request ends.
struct Lines {
  std::size_t hosts = 0;
  std::size_t lengths = 0;
  std::size_t codings = 0;
  std::string_view host;
  std::string_view length;
  std::string_view coding;
};

Lines find_lines(const Request& request) {
  Lines lines;
  for (const HeaderField& field : request.fields) {
    // Their lengths differ, so that most lines cost one comparison.
    if (field.name.size() == 4 && equal_ignoring_case(field.name, "Host")) {
      lines.hosts += 1;
      lines.host = field.value;
    } else if (field.name.size() == 14 && equal_ignoring_case(field.name, "Content-Length")) {
      lines.lengths += 1;
      lines.length = field.value;
    } else if (field.name.size() == 17 && equal_ignoring_case(field.name, "Transfer-Encoding")) {
      lines.codings += 1;
      lines.coding = field.value;
    }
  }
  return lines;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

/// For a coding other than a single `chunked`: an unknown one ends the request where its sender
/// says, and gets that answer; any other has no end that all programs would agree on.
Problem fault_of_coding(std::string_view coding) {
  std::string_view rest = coding;
  bool chunked_before = false;
  for (bool last = false; !last;) {
    const std::size_t comma = rest.find(',');
    last = comma == std::string_view::npos;
    const std::string_view name = trimmed(rest.substr(0, comma));
    if (!last) rest.remove_prefix(comma + 1);
    if (name.empty() || chunked_before) {
      return problems::malformed("Transfer-Encoding must be chunked; " + received(coding) + ".");
    }
    chunked_before = equal_ignoring_case(name, "chunked");
  }
  return problems::not_implemented("The only Transfer-Encoding supported is chunked; " +
                                   received(coding) + ".");
}

std::optional<Problem> fault_of_framing(const Request& request, const Lines& lines) {
  if (lines.codings > 1)
    return problems::malformed("A request may have only one Transfer-Encoding line.");
  if (lines.lengths > 1)
    return problems::malformed("A request may have only one Content-Length line.");
  if (lines.codings == 1 && lines.lengths == 1) {
    return problems::malformed(
        "A request may have Content-Length or Transfer-Encoding, but not both.");
  }
  if (lines.codings == 1 && (request.http_1_0 || !equal_ignoring_case(lines.coding, "chunked"))) {
    return fault_of_coding(lines.coding);
  }
  if (lines.lengths == 1 &&
      (lines.length.empty() || !std::all_of(lines.length.begin(), lines.length.end(), is_digit))) {
    return problems::malformed("Content-Length must be one number, written in digits only; " +
                               received(lines.length) + ".");
  }
  return std::nullopt;
}

/// The part up to and including the `://` of an absolute form; nothing in any other form.
std::size_t scheme_bytes(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() >= scheme.size() &&
        equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
      return scheme.size();
    }
  }
  return 0;
}

}  // namespace

bool is_authority(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    return end != std::string_view::npos && is_v6(text.substr(1, end - 1)) &&
           is_port(text.substr(end + 1));
  }
  const std::size_t colon = std::min(text.find(':'), text.size());
  return is_name(text.substr(0, colon)) && is_port(text.substr(colon));
}

std::optional<Problem> fault_of_lines(const Request& request) {
  const Lines lines = find_lines(request);
  if (lines.hosts > 1 || (lines.hosts == 0 && !request.http_1_0)) {
    return problems::malformed("A request must have exactly one Host line.");
  }
  if (lines.hosts == 1 && !is_authority(lines.host)) {
    return problems::malformed("Host must be a name or an address, with or without a port; " +
                               received(lines.host) + ".");
  }
  return fault_of_framing(request, lines);
}

std::optional<Problem> fault_of_target(Request& request, std::size_t bytes_max) {
  std::string_view& target = request.target;
  if (target.size() > bytes_max) {
    return problems::target_too_long("The request target may have at most " +
                                     std::to_string(bytes_max) + " bytes.");
  }
  if (target.find('#') != std::string_view::npos) {
    return problems::malformed("The request target must not contain a fragment (#).");
  }
  const bool asks_options = request.method == Method::Options;
  if (target.starts_with('/') || (asks_options && target == "*")) return std::nullopt;
  const std::size_t scheme = scheme_bytes(target);
  if (scheme == 0) return problems::malformed("The request target must begin with a slash.");
  const std::size_t path = std::min(target.find_first_of("/?", scheme), target.size());
  if (!is_authority(target.substr(scheme, path - scheme))) {
    return problems::malformed("The request target must name a valid host; " + received(target) +
                               ".");
  }
  target.remove_prefix(path);
  if (target.empty()) target = asks_options ? "*" : "/";
  return std::nullopt;
}

}  // namespace tidemark::http::network
