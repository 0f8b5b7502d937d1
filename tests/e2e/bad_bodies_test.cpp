// Bodies that cannot be read as a whole: nothing of them is taken, nothing quarantined, and the
// refusal says at which byte or bound. With the idempotency keys, and what a slow sender hears.

#include "refusals.hpp"
#include "support/packing.hpp"

namespace tidemark {
namespace {

using testing_support::ask;
using testing_support::bytes_of;
using testing_support::gzip;
using testing_support::RawConnection;
using testing_support::zlib_deflate;
using testing_support::zstd;

struct BadBodies : RefusalTest {
  static Refusal malformed(const std::string& what, const std::string& body,
                           std::vector<std::string> says = {"byte"}) {
    return {.what = what,
            .bytes = bytes_of({.body = body}),
            .status = 400,
            .code = "malformed_body",
            .says = std::move(says)};
  }
  /// Compressed, or said to be.
  static Refusal packed(const std::string& what, const std::string& coding, const std::string& body,
                        int status, const std::string& code, std::vector<std::string> says = {}) {
    return {.what = coding + ": " + what,
            .bytes = bytes_of({.body = body, .fields = "Content-Encoding: " + coding + "\r\n"}),
            .status = status,
            .code = code,
            .says = std::move(says)};
  }
};

/// What http.client of Python, which writes all of a body before it reads, makes of a refusal.
std::string pythons_view(std::uint16_t port, const std::string& asks) {
  const std::string script =
      "import http.client, select\n"
      "MiB = 1 << 20\n"
      "def slowly(pieces, pause):\n"
      "    for i in range(pieces):\n"
      "        select.select([], [], [], pause)\n"
      "        yield b'a' * MiB\n"
      "def ask(method, path, body, fields={}):\n"
      "    c = http.client.HTTPConnection('127.0.0.1', " +
      std::to_string(port) +
      ", timeout=60)\n"
      "    c.request(method, path, body, fields)\n"
      "    a = c.getresponse()\n"
      "    print(a.status, len(a.read()) > 50)\n" +
      asks;
  const auto finished = testing_support::run_command({"python3", "-c", script});
  return finished.out + finished.err;
}

TEST_F(BadBodies, PythonsClientWritesAllOfThemFirstAndReadsTheRefusal) {
  EXPECT_EQ(pythons_view(port(), "ask('POST', '/events', b'a' * 20 * MiB)"), "413 True\n");
  EXPECT_EQ(pythons_view(port(), "ask('POST', '/nothing', b'a' * 20 * MiB)"), "404 True\n");
  EXPECT_EQ(pythons_view(port(), "ask('PUT', '/events', b'a' * 20 * MiB)"), "405 True\n");
  EXPECT_EQ(pythons_view(port(),
                         "ask('POST', '/events', b'a' * 20 * MiB, {'Content-Type': 'image/png'})"),
            "415 True\n");
  // Of a length that nobody told before: in chunks.
  EXPECT_EQ(pythons_view(port(), "ask('POST', '/events', iter([b'a' * MiB] * 20))"), "413 True\n");
}

TEST_F(BadBodies, ASlowClientHasTheTimeToReadItsRefusal) {
  EXPECT_EQ(pythons_view(
                port(), "ask('POST', '/events', slowly(8, 0.5), {'Content-Length': str(8 * MiB)})"),
            "413 True\n");
}

TEST_F(BadBodies, ThatAreNotJsonAsAWhole) {
  const auto good = good_event("b-1");
  const auto without_end = good.substr(0, good.size() - 1);
  expect_all_refused({
      malformed("nothing", "", {"empty"}),
      malformed("white space", " \r\n\t ", {"empty"}),
      malformed("a byte order mark alone", "\xEF\xBB\xBF", {"empty"}),
      malformed("cut in the event", without_end),
      malformed("cut in a text", R"({"event_id":"b)"),
      malformed("cut in an escape", R"({"event_id":"\u00)"),
      malformed("cut in an array", "[" + good + ","),
      malformed("cut in the envelope", R"({"events":[)" + good + "]"),
      malformed("two documents", good + good, {"byte", "end"}),
      malformed("bytes behind it", "[" + good + "] x"),
      malformed("a NUL behind it", "[" + good + "]" + std::string(1, '\0')),
      malformed("one bracket too many", "[" + good + "]]"),
      malformed("a comma too many", "[" + good + ",]"),
      malformed("a comma too few", "[" + good + " " + good + "]"),
      malformed("only a bracket", "["),
      malformed("not UTF-8", "[" + event_with("user_id", "\"\xfe\"") + "]", {"byte", "UTF-8"}),
      malformed("Latin-1", event_with("user_id", "\"caf\xe9\"")),
      malformed("UTF-16", std::string("\xff\xfe{\0}\0", 6)),
      malformed("a surrogate in UTF-8", event_with("user_id", "\"\xed\xa0\x80\"")),
      malformed("an overlong slash", event_with("user_id", "\"\xc0\xaf\"")),
      malformed("beyond Unicode", event_with("user_id", "\"\xf4\x90\x80\x80\"")),
      malformed("a raw line end in a text", event_with("user_id", "\"a\nb\"")),
      malformed("a raw NUL in a text", event_with("user_id", std::string("\"a\0\"", 4))),
      malformed("NaN", event_with("properties", R"({"a":NaN})")),
      malformed("a zero in front", event_with("properties", R"({"a":01})")),
      malformed("a point without digits", event_with("properties", R"({"a":1.})")),
      malformed("a plus", event_with("properties", R"({"a":+1})")),
      malformed("hexadecimal", event_with("properties", R"({"a":0x1F})")),
      malformed("a key that is not text", event_with("properties", R"({a:1})")),
      malformed("a key without value", event_with("properties", R"({"a"})")),
      malformed("half a word", event_with("properties", R"({"a":tru})")),
      malformed("a million brackets", std::string(200'000, '[')),
      malformed("a million braces", R"({"a":)" + std::string(200'000, '{')),
      malformed("a form", "event_id=1&user_id=2"),
      malformed("CSV", "event_id,occurred_at\n1,2\n"),
      malformed("gzip that nobody announced", gzip(good)),
  });
}

TEST_F(BadBodies, ThatAreOneBadEventAtMost) {
  for (const std::string text : {"null", "7", "\"event\"", "true"}) {
    expect_refused({.what = text,
                    .bytes = bytes_of({.body = text}),
                    .status = 422,
                    .code = "all_events_rejected",
                    .says = {"not_an_object"},
                    .quarantined = 1});
  }
  expect_refused({.what = "an envelope with something beside it",
                  .bytes = bytes_of({.body = R"({"events":[],"sent_at":1})"}),
                  .status = 422,
                  .code = "all_events_rejected",
                  .says = {"unknown_field"},
                  .quarantined = 1});
  expect_refused({.what = "an envelope without a list",
                  .bytes = bytes_of({.body = R"({"events":7})"}),
                  .status = 422,
                  .code = "all_events_rejected",
                  .quarantined = 1});
}

TEST_F(BadBodies, ThatAreTooLarge) {
  const std::string most = std::to_string(kBodyBytesMax);
  const std::string blanks(kBodyBytesMax, ' ');
  std::string many = "[{}";
  for (int i = 0; i < kEventsMax; ++i) many += ",{}";
  std::string lines;
  for (int i = 0; i <= kEventsMax; ++i) lines += good_event("l-" + std::to_string(i)) + "\n";
  std::string chunked =
      "POST /events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 5; ++i) chunked += "10000\r\n" + std::string(65'536, ' ') + "\r\n";
  expect_all_refused({
      {"in bytes", bytes_of({.body = blanks + "[]"}), 413, "body_too_large", {most}},
      {"in chunks", chunked + "0\r\n\r\n", 413, "body_too_large", {most}},
      {"in events", bytes_of({.body = many + "]"}), 413, "too_large", {"100", "events"}},
      {"in events of an envelope",
       bytes_of({.body = R"({"events":)" + many + "]}"}),
       413,
       "too_large",
       {"100"}},
      {"in lines",
       bytes_of({.body = lines, .type = "application/x-ndjson"}),
       413,
       "too_large",
       {"100"}},
  });
  for (const auto* coding : {"gzip", "deflate", "zstd"}) {
    const std::string name = coding;
    const auto pack = name == "gzip" ? gzip : name == "zstd" ? zstd : zlib_deflate;
    expect_all_refused({
        packed("a bomb", name, pack(std::string(64U << 20U, ' ')), 413, "too_large",
               {most, "after decompression"}),
        packed("one byte too many", name, pack(std::string(kBodyBytesMax - 1, ' ') + "[]"), 413,
               "too_large", {most}),
        packed("too many events", name, pack(many + "]"), 413, "too_large", {"100"}),
    });
  }
}

TEST_F(BadBodies, ThatAreBadlyCompressed) {
  const auto good = good_event("c-1");
  for (const auto* coding : {"gzip", "deflate", "zstd"}) {
    const std::string name = coding;
    const auto pack = name == "gzip" ? gzip : name == "zstd" ? zstd : zlib_deflate;
    const auto whole = pack(good);
    auto torn = whole;
    torn[whole.size() / 2] = static_cast<char>(torn[whole.size() / 2] ^ 0x55);
    const auto bad = [&](const std::string& what, const std::string& body,
                         std::vector<std::string> says = {}) {
      return packed(what, name, body, 400, "malformed_body", std::move(says));
    };
    expect_all_refused({
        bad("nothing", ""),
        bad("what is not compressed", good, {"compressed byte"}),
        bad("cut short", whole.substr(0, whole.size() - 6), {"cut short"}),
        bad("cut to its first bytes", whole.substr(0, 5), {"cut short"}),
        bad("a byte changed", torn),
        bad("garbage behind it", whole + "garbage", {"compressed byte"}),
        bad("twice", pack(whole)),
    });
  }
  auto wrong_sum = gzip(good);
  wrong_sum[wrong_sum.size() - 8] = static_cast<char>(wrong_sum[wrong_sum.size() - 8] ^ 1);
  auto wrong_length = gzip(good);
  wrong_length.back() = 1;
  expect_all_refused({
      packed("a checksum that does not fit", "gzip", wrong_sum, 400, "malformed_body", {"check"}),
      packed("a length that does not fit", "gzip", wrong_length, 400, "malformed_body", {"check"}),
      packed("what is zstd", "gzip", zstd(good), 400, "malformed_body"),
      packed("what is gzip", "zstd", gzip(good), 400, "malformed_body"),
      packed("what is empty within", "gzip", gzip(""), 400, "malformed_body", {"empty"}),
      packed("what is not JSON within", "gzip", gzip("{"), 400, "malformed_body", {"byte"}),
  });
}

TEST_F(BadBodies, OfAnotherKind) {
  const auto good = good_event("t-1");
  const auto typed = [&](const std::string& type) {
    return Refusal{.what = type,
                   .bytes = bytes_of({.body = good, .type = type}),
                   .status = 415,
                   .code = "unsupported_media_type",
                   .says = {"application/json", type}};
  };
  expect_all_refused({
      typed("text/csv"),
      typed("text/html"),
      typed("text/plain; charset=latin1"),
      typed("multipart/mixed; boundary=x"),
      typed("application/xml"),
      typed("application/jsonx"),
      typed("application/+json"),
      typed("application/json; charset=latin1"),
      typed("application/json; charset=utf-16"),
      typed("application/json; foo=bar"),
      typed("application/json; profile=https://example.org"),
      typed("json"),
      packed("unknown", "br", good, 415, "unsupported_media_type", {"gzip", "br"}),
      packed("unknown", "compress", good, 415, "unsupported_media_type"),
      packed("three of them", "gzip, gzip, gzip", good, 415, "unsupported_media_type", {"two"}),
      packed("two of them, one unknown", "gzip, br", good, 415, "unsupported_media_type"),
  });
}

TEST_F(BadBodies, OfTwoKinds) {
  const std::string fields = "Content-Type: application/x-ndjson\r\n";
  expect_refused({.what = "two Content-Type lines",
                  .bytes = bytes_of({.body = good_event("t-2"), .fields = fields}),
                  .status = 415,
                  .code = "unsupported_media_type",
                  .says = {"sent only once", "application/x-ndjson, application/json"}});
}

TEST_F(BadBodies, UnderBadIdempotencyKeys) {
  const auto keyed = [](const std::string& key) {
    return Refusal{.what = "a key of " + std::to_string(key.size()) + " bytes",
                   .bytes = bytes_of({.body = "[]", .fields = "Idempotency-Key: " + key + "\r\n"}),
                   .status = 422,
                   .code = "invalid_parameters",
                   .says = {"Idempotency-Key"}};
  };
  expect_all_refused({keyed(""), keyed("\"\""), keyed(std::string(256, 'k')),
                      keyed('"' + std::string(256, 'k') + '"'), keyed("k\xff")});
  const std::string fields = "Idempotency-Key: two\r\nIdempotency-Key: keys\r\n";
  expect_refused({.what = "two keys",
                  .bytes = bytes_of({.body = "[]", .fields = fields}),
                  .status = 422,
                  .code = "invalid_parameters",
                  .says = {"Idempotency-Key", "repeated_parameter"}});
}

TEST_F(BadBodies, UnderAKeyOfAnotherBody) {
  const auto keyed = [](const std::string& body) {
    return bytes_of({.body = body, .fields = "Idempotency-Key: \"reuse\"\r\n"});
  };
  const auto first = ask(port(), keyed("[]"));
  EXPECT_EQ(first.status, 202) << first.body;
  EXPECT_FALSE(first.header("Idempotent-Replayed"));
  expect_refused({.what = "another body",
                  .bytes = keyed("[{}]"),
                  .status = 422,
                  .code = "idempotency_key_reused",
                  .says = {"another body"}});
  const auto again = ask(port(), keyed("[]"));
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
}

TEST_F(BadBodies, ARefusalIsRememberedUnderItsKeyAndQuarantinedOnce) {
  const auto bytes = bytes_of({.body = "[{}]", .fields = "Idempotency-Key: bad\r\n"});
  const auto before = figure("tidemark_quarantine_events");
  const auto first = ask(port(), bytes);
  expect_refused(
      {.what = "the first", .status = 422, .code = "all_events_rejected", .quarantined = 1}, first);
  const auto again = ask(port(), bytes);
  EXPECT_EQ(again.status, 422);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.header("Content-Type"), "application/problem+json");
  EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(figure("tidemark_quarantine_events"), before + 1);
}

TEST_F(BadBodies, ThatComeTooSlowly) {
  RawConnection slow(port());
  slow.send("POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n[");
  const auto answer = slow.read_answer();
  expect_refused(
      {.what = "a body that stops", .status = 408, .code = "request_timeout", .says = {"in time"}},
      answer);
  EXPECT_TRUE(slow.is_closed());
}

}  // namespace
}  // namespace tidemark
