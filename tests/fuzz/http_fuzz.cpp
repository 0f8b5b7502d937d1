// Any bytes are requests or are refused; in which pieces they come makes no difference; and every
// request that is taken is one that a slow reader, written from the RFC alone, sees as well, with
// the same body: else a proxy before us could be made to see other requests than we do.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/network/head_check.hpp"
#include "http/network/message_parser.hpp"
#include "must.hpp"
#include "reference_http.hpp"

namespace tidemark::fuzz {
namespace {

using http::network::MessageParser;

constexpr std::size_t kHeadBytesMax = 32 * 1'024;
constexpr std::size_t kLinesMax = 100;
constexpr std::size_t kBodyBytesMax = 1 << 20;

/// What a connection does, without the connection: heads, bodies, one after another.
class Taker {
 public:
  void give(std::string_view piece) {
    pending_ += piece;
    while (!refused_ && step()) {
    }
  }
  [[nodiscard]] Stream told() const {
    return {.requests = requests_,
            .end = refused_ ? Stream::End::Refused : Stream::End::More,
            .plain = {}};
  }

 private:
  /// False: more is needed, or it was refused.
  bool step() { return parser_ ? body() : head(); }

  bool head() {
    while (pending_.starts_with("\r\n")) pending_.erase(0, 2);
    const auto end = pending_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    request_ = std::make_unique<http::Request>();
    request_->head = pending_.substr(0, end + 4);
    pending_.erase(0, end + 4);
    parser_ = std::make_unique<MessageParser>(*request_, kHeadBytesMax, kLinesMax);
    if (parser_->parse_head(request_->head)) return refuse();
    sent_target_ = request_->target;
    for (const auto& [name, value] : request_->fields) {
      MUST(value.find_first_of("\r\n") == std::string_view::npos);
    }
    if (http::network::fault_of_lines(*request_)) return refuse();
    if (http::network::fault_of_target(*request_, kHeadBytesMax)) return refuse();
    MUST(request_->target == "*" || request_->target.starts_with('/') ||
         request_->target.starts_with('?'));
    left_ = parser_->length();
    return true;
  }

  bool body() {
    if (parser_->chunked()) {
      const auto chunks = parser_->parse_chunks(pending_, kBodyBytesMax);
      MUST(chunks.consumed <= pending_.size());
      pending_.erase(0, chunks.consumed);
      if (chunks.error) return refuse();
      return chunks.done && done();
    }
    const auto here = std::min<std::uint64_t>(left_, pending_.size());
    request_->body.append(std::string_view(pending_).substr(0, here));
    pending_.erase(0, here);
    left_ -= here;
    return left_ == 0 && done();
  }

  bool done() {
    ReadRequest taken{.method = std::string(request_->head.substr(0, request_->head.find(' '))),
                      .target = sent_target_,
                      .fields = {},
                      .body = std::string(request_->body.view())};
    for (const auto& [name, value] : request_->fields) taken.fields.emplace_back(name, value);
    requests_.push_back(std::move(taken));
    parser_.reset();
    return true;
  }

  bool refuse() {
    refused_ = true;
    return false;
  }

  std::string pending_;
  std::unique_ptr<http::Request> request_;
  std::unique_ptr<MessageParser> parser_;
  std::string sent_target_;
  std::uint64_t left_ = 0;
  bool refused_ = false;
  std::vector<ReadRequest> requests_;
};

/// In pieces whose sizes a number decides; 0: all at once.
Stream taken(std::string_view bytes, std::uint64_t random) {
  Taker taker;
  if (random == 0) taker.give(bytes);
  while (random != 0 && !bytes.empty()) {
    random = random * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
    const auto piece = bytes.substr(0, 1 + (random >> 60U) * (random >> 63U));
    taker.give(piece);
    bytes.remove_prefix(piece.size());
  }
  return taker.told();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Stream ours = taken(bytes, 0);
  const std::uint64_t seed = std::hash<std::string_view>{}(bytes) | 1U;
  for (const std::uint64_t random : {seed, seed * 3}) {
    const Stream sliced = taken(bytes, random);
    MUST(sliced.requests == ours.requests);
    MUST(sliced.end == ours.end);
  }
  const Stream plain = read_plainly(bytes);
  for (std::size_t i = 0; i < ours.requests.size(); ++i) {
    MUST(i < plain.requests.size());
    MUST(ours.requests[i] == plain.requests[i]);
  }
  // What a plain reader takes, and is plain, is no less to us.
  const std::size_t next = ours.requests.size();
  if (next < plain.requests.size()) MUST(!plain.plain[next]);
  if (next == plain.requests.size() && plain.end == Stream::End::More &&
      ours.end == Stream::End::Refused && next < plain.plain.size()) {
    MUST(!plain.plain[next]);
  }
  return 0;
}

}  // namespace tidemark::fuzz
