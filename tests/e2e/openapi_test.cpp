// /openapi.json of the running service is a sound document and a true one: every operation is
// called, every documented status, content type and header is met, and each answer is as its schema
// says. What no call here can bring about stands in kNotMet, with the reason.

#include <algorithm>
#include <map>
#include <memory>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "openapi_contract.hpp"
#include "support/service_process.hpp"

namespace tidemark {
namespace {

using testing_support::ask;
using testing_support::bytes_of;
using testing_support::RawAnswer;
using testing_support::RawConnection;
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;

/// Documented, and not met here.
const std::map<std::string, std::string> kNotMet = {
    {"GET /readyz 503 application/json", "needs a disk that fails: src/files, tests/crash"},
    {"POST /events 409 application/problem+json", "a race: overlapping_batches_test meets it"},
    {"POST /events 409 X-Request-Id", "the same"},
};

class OpenApi : public testing::Test {
 protected:
  void SetUp() override {
    service_ = start({"--request-seconds-max", "1", "--batch-events-max", "10"});
    ASSERT_FALSE(service_->url().empty());
    const auto document = ask(service_->port(), bytes_of("GET", "/openapi.json"));
    ASSERT_EQ(document.status, 200);
    EXPECT_EQ(document.header("Content-Type"), "application/json");
    contract_ = std::make_unique<Contract>(document.json());
  }

  std::unique_ptr<ServiceProcess> start(const std::vector<std::string>& flags) {
    folders_.push_back(std::make_unique<TemporaryFolder>());
    return std::make_unique<ServiceProcess>(folders_.back()->path(), flags);
  }

  void hold(const std::string& operation, const RawAnswer& answer, int status) {
    EXPECT_EQ(answer.status, status) << operation << ": " << answer.head << answer.body;
    for (const auto& fault : contract_->faults_of(operation, answer)) {
      ADD_FAILURE() << fault << "\n" << answer.head << answer.body.substr(0, 1'000);
    }
  }
  RawAnswer call(const std::string& operation, const std::string& bytes, int status) {
    auto answer = ask(service_->port(), bytes);
    hold(operation, answer, status);
    return answer;
  }
  RawAnswer get(const std::string& path, const std::string& query, int status,
                const std::string& fields = {}) {
    return call("GET " + path, bytes_of("GET", path + query, fields), status);
  }
  void post(const std::string& body, int status, const std::string& fields = {},
            const std::string& query = {}, const std::string& type = "application/json") {
    call("POST /events",
         bytes_of({.body = body, .type = type, .fields = fields, .target = "/events" + query}),
         status);
  }

  void post_rows(const std::string& body, int status,
                 const std::string& type = "application/json") {
    call("POST /quarantine", bytes_of({.body = body, .type = type, .target = "/quarantine"}),
         status);
  }
  const boost::json::value& example_of(const std::string& operation) const {
    const auto& body = contract_->operation(operation).content->at("requestBody");
    return body.at("content").at("application/json").at("example");
  }

  void call_good_ones();
  void call_refused_ones();
  void call_refusals_of_all();
  void call_late_ones();
  void call_limited_ones();
  void call_a_full_service();
  void call_access();
  void call_without_right_keys();
  void call_under_another_name();
  /// `after` of a write that never was: answered with 504 in ten seconds.
  void begin_waiting_ones();
  void end_waiting_ones();

  std::vector<std::unique_ptr<TemporaryFolder>> folders_;
  std::unique_ptr<ServiceProcess> service_;
  std::unique_ptr<Contract> contract_;
  std::map<std::string, std::unique_ptr<RawConnection>> waiting_;
};

std::string with_query(const std::string& target, const std::string& query) {
  return target + (target.find('?') == std::string::npos ? "?" : "&") + query;
}

std::string bytes_for(const Operation& operation, const std::string& target,
                      const std::string& fields = {}) {
  if (operation.method == "POST") {
    return bytes_of({.body = "[]", .fields = fields, .target = target});
  }
  return bytes_of(operation.method, target, fields);
}

std::string bearing(const std::string& key) { return "Authorization: Bearer " + key + "\r\n"; }

/// A request with a JSON body, by any method.
std::string with_body(const std::string& method, const std::string& target, const std::string& body,
                      const std::string& type = "application/json") {
  return method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

void OpenApi::call_good_ones() {
  const std::string event = R"({"event_id":"o-1","occurred_at":"2025-08-01T10:00:00.5Z",)"
                            R"("user_id":1,"event_type":"login","properties":{"a":[1]}})";
  post(boost::json::serialize(example_of("POST /events")), 202);
  post("[" + event + ",{}," + event + "]", 202, "Prefer: return=representation\r\n");
  for (const auto* type : {"application/x-ndjson", "application/ndjson", "application/jsonl"}) {
    post(event + "\n\n{\n", 202, "Idempotency-Key: k-1\r\n", "", type);
  }
  post(event, 200, "", "?dry_run=true", "application/cloud+json");

  for (const auto& operation : contract_->operations()) {
    // What the document gives as examples is a good question.
    const bool asks = operation.method == "GET" && operation.path != "/events/{event_id}" &&
                      operation.path != "/projects/{name}";
    if (asks) call(operation.name, bytes_of("GET", operation.example_target()), 200);
  }
  get("/events", "?limit=1&order=asc&properties.a=1", 200);
  call("GET /events/{event_id}", bytes_of("GET", "/events/o-1"), 200);
  for (const auto& operation : contract_->operations()) {
    if (!operation.path.starts_with("/stats/")) continue;
    const auto target = operation.example_target();
    const auto tag = ask(service_->port(), bytes_of("GET", target)).header("ETag").value_or("");
    call(operation.name, bytes_of("GET", target, "Accept: text/csv\r\n"), 200);
    call(operation.name, bytes_of("GET", target, "If-None-Match: " + tag + "\r\n"), 304);
  }
  get("/export", "?format=csv", 200);
  post_rows(boost::json::serialize(example_of("POST /quarantine")), 200);
  const auto page = get("/quarantine", "", 200).json();
  call("POST /quarantine/replay", bytes_of({.body = "", .target = "/quarantine/replay"}), 200);
  const auto id = boost::json::serialize(page.at("data").at(0).at("id"));
  call("DELETE /quarantine/{id}", bytes_of("DELETE", "/quarantine/" + id), 204);
  call("DELETE /quarantine", bytes_of("DELETE", "/quarantine?source=f.csv"), 200);
}

void OpenApi::call_refused_ones() {
  post("[{}]", 422, "Prefer: return=representation\r\n");
  post("[]", 422, "Idempotency-Key: k-1\r\n");
  post("{", 400);
  post("[{},{},{},{},{},{},{},{},{},{},{}]", 413);
  call("POST /events",
       "POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n", 413);
  post("[]", 415, "", "", "text/csv");
  post("[]", 403, "Origin: https://evil.example\r\n", "", "text/plain");
  for (const auto* rows : {"{", "[]", "{\"rows\":[7]}", R"({"rows":[{"source":"http"}]})"}) {
    post_rows(rows, 400);
  }
  post_rows("{}", 415, "text/csv");
  call("POST /quarantine",
       "POST /quarantine HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n", 413);
  call("GET /events/{event_id}", bytes_of("GET", "/events/nobody"), 404);
  call("DELETE /quarantine/{id}", bytes_of("DELETE", "/quarantine/999"), 404);
  call("DELETE /quarantine", bytes_of("DELETE", "/quarantine"), 422);
  for (const auto& operation : contract_->operations()) {
    if (!operation.path.starts_with("/stats/")) continue;
    call(operation.name, bytes_of("GET", with_query(operation.example_target(), "engine=postgres")),
         409);
  }
}

void OpenApi::call_refusals_of_all() {
  for (const auto& operation : contract_->operations()) {
    const auto target = operation.example_target();
    call(operation.name, bytes_for(operation, with_query(target, "a=%zz")), 400);
    call(operation.name, bytes_for(operation, with_query(target, "colour=red")), 422);
    const auto wrong = ask(service_->port(), bytes_of("PUT", target));
    hold(operation.name, wrong, 405);
    EXPECT_NE(wrong.header("Allow").value_or("").find(operation.method), std::string::npos);
    if (operation.method == "GET") {
      RawConnection connection(service_->port());
      connection.send(bytes_of("HEAD", target));
      const auto head = connection.read_answer(true);
      EXPECT_EQ(head.status, ask(service_->port(), bytes_of("GET", target)).status) << target;
    }
  }
}

void OpenApi::call_late_ones() {
  std::map<std::string, std::unique_ptr<RawConnection>> late;
  for (const auto& operation : contract_->operations()) {
    auto connection = std::make_unique<RawConnection>(service_->port());
    connection->send(operation.method + " " + operation.example_target() +
                     " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n[");
    late[operation.name] = std::move(connection);
  }
  for (auto& [name, connection] : late) hold(name, connection->read_answer(), 408);
}

void OpenApi::call_limited_ones() {
  const auto limited = start(
      {"--rate-limit-loopback", "true", "--rate-limit-per-second", "1", "--rate-limit-burst", "1"});
  ASSERT_FALSE(limited->url().empty());
  for (const auto& operation : contract_->operations()) {
    const auto bytes = bytes_for(operation, operation.example_target());
    if (!operation.documents("429")) {
      for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(limited->port(), bytes).status, 200);
      continue;
    }
    // A token comes back each second: of three calls within one at least the last is refused.
    RawAnswer answer;
    for (int i = 0; i < 10 && answer.status != 429; ++i) answer = ask(limited->port(), bytes);
    hold(operation.name, answer, 429);
    EXPECT_EQ(answer.header("RateLimit-Policy"), "\"address\";q=1;w=1");
    EXPECT_TRUE(answer.header("RateLimit").value_or("").starts_with("\"address\";r=0;t="));
  }
  EXPECT_EQ(limited->stop(), 0);
}

void OpenApi::call_a_full_service() {
  const auto full = start({"--connections-max", "1"});
  ASSERT_FALSE(full->url().empty());
  RawConnection first(full->port());
  // It is in the middle of its request: one that waits for its next makes way for others.
  const std::string head = "POST /events HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n";
  first.send(head + "Content-Length: 2\r\n\r\n");
  EXPECT_EQ(first.read_answer().status, 100);
  for (const auto& operation : contract_->operations()) {
    hold(operation.name, ask(full->port(), bytes_for(operation, operation.example_target())), 503);
  }
  first.send("[]");
  EXPECT_EQ(first.read_answer().status, 202) << "whoever is there already is not disturbed";
}

/// On a service of its own, because the first key closes it.
void OpenApi::call_access() {
  const auto access = start({});
  ASSERT_FALSE(access->url().empty());
  const auto send = [&](const std::string& operation, const std::string& bytes, int status) {
    auto answer = ask(access->port(), bytes);
    hold(operation, answer, status);
    return answer;
  };
  const auto change = [&](const std::string& name, const std::string& target,
                          const std::string& body, int status,
                          const std::string& type = "application/json") {
    const std::string method = name.substr(0, name.find(' '));
    return send(name, with_body(method, target, body, type), status);
  };
  const auto example = [&](const std::string& name) {
    return boost::json::serialize(example_of(name));
  };
  change("POST /projects", "/projects", example("POST /projects"), 201);
  change("POST /projects", "/projects", example("POST /projects"), 409);
  change("POST /projects", "/projects", R"({"name":"A"})", 422);
  change("POST /projects", "/projects", "{}", 415, "text/csv");
  send("GET /projects/{name}", bytes_of("GET", "/projects/web"), 200);
  send("GET /projects/{name}", bytes_of("GET", "/projects/nothing"), 404);
  change("PATCH /projects/{name}", "/projects/web", example("PATCH /projects/{name}"), 200);
  change("PATCH /projects/{name}", "/projects/web", R"({"timezone":"Mars"})", 422);
  change("PATCH /projects/{name}", "/projects/nothing", "{}", 404);
  change("PATCH /projects/{name}", "/projects/web", "{}", 415, "text/csv");
  change("POST /keys", "/keys", R"({"kind":"best"})", 422);
  change("POST /keys", "/keys", R"({"kind":"read","project":"nothing"})", 404);
  change("POST /keys", "/keys", "{}", 415, "text/csv");
  for (const auto* name : {"POST /projects", "POST /keys", "PATCH /projects/{name}"}) {
    const std::string target = std::string(name).find("keys") != std::string::npos ? "/keys"
                               : name[1] == 'A'                                    ? "/projects/web"
                                                                                   : "/projects";
    send(name,
         std::string(name).substr(0, std::string(name).find(' ')) + " " + target +
             " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
             "Content-Length: 99999999999\r\n\r\n",
         413);
  }
  const auto admin =
      change("POST /keys", "/keys", R"({"kind":"admin","all_projects":true})", 201).json();
  const std::string key(admin.at("key").as_string());
  const auto remove = [&](const std::string& id, int status) {
    send("DELETE /keys/{id}", bytes_of("DELETE", "/keys/" + id, bearing(key)), status);
  };
  remove("99", 404);
  remove(boost::json::serialize(admin.at("id")), 409);
  const auto other =
      ask(access->port(),
          bytes_of({.body = R"({"kind":"read"})", .fields = bearing(key), .target = "/keys"}));
  hold("POST /keys", other, 201);
  remove(boost::json::serialize(other.json().at("id")), 200);
}

void OpenApi::call_without_right_keys() {
  const std::string admin(64, 'k');
  const auto closed = start({"--admin-key", admin});
  ASSERT_FALSE(closed->url().empty());
  const auto key_of = [&](const std::string& kind) {
    const auto made = ask(closed->port(), bytes_of({.body = R"({"kind":")" + kind + R"("})",
                                                    .fields = bearing(admin),
                                                    .target = "/keys"}));
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(made.json().at("key").as_string());
  };
  const auto writer = key_of("write");
  const auto reader = key_of("read");
  const auto of_project = key_of("admin");
  for (const auto& operation : contract_->operations()) {
    const auto target = operation.example_target();
    if (!operation.documents("401")) {
      EXPECT_EQ(ask(closed->port(), bytes_for(operation, target)).status, 200) << operation.name;
      continue;
    }
    hold(operation.name, ask(closed->port(), bytes_for(operation, target)), 401);
    const auto& kinds = operation.content->at("x-tidemark-keys").as_array();
    const std::string first(kinds.at(0).as_string());
    const auto& wrong = first == "write"                   ? reader
                        : first == "admin of all projects" ? of_project
                                                           : writer;
    hold(operation.name, ask(closed->port(), bytes_for(operation, target, bearing(wrong))), 403);
  }
}

/// A page that made its host's name lead here.
void OpenApi::call_under_another_name() {
  for (const auto& operation : contract_->operations()) {
    auto bytes = bytes_for(operation, operation.example_target());
    const std::string host = "Host: localhost";
    bytes.replace(bytes.find(host), host.size(), "Host: evil.example");
    hold(operation.name, ask(service_->port(), bytes), 421);
  }
}

void OpenApi::begin_waiting_ones() {
  for (const auto& operation : contract_->operations()) {
    if (!operation.documents("504")) continue;
    auto connection = std::make_unique<RawConnection>(service_->port());
    connection->send(bytes_of("GET", with_query(operation.example_target(), "after=AAABAAAAAAA")));
    waiting_[operation.name] = std::move(connection);
  }
  EXPECT_TRUE(waiting_.contains("GET /stats/dau"));
  EXPECT_TRUE(waiting_.contains("GET /events"));
}

void OpenApi::end_waiting_ones() {
  for (auto& [name, connection] : waiting_) hold(name, connection->read_answer(), 504);
}

TEST_F(OpenApi, TheDocumentIsSound) {
  EXPECT_GE(contract_->operations().size(), 16U);
  for (const auto& fault : contract_->faults()) ADD_FAILURE() << fault;
}

TEST_F(OpenApi, EveryOperationAnswersAsTheDocumentSays) {
  begin_waiting_ones();
  call_good_ones();
  call_refused_ones();
  call_refusals_of_all();
  call_late_ones();
  call_limited_ones();
  call_a_full_service();
  call_access();
  call_without_right_keys();
  call_under_another_name();
  end_waiting_ones();
  const auto documented = contract_->documented();
  for (const auto& one : documented) {
    const bool met = contract_->seen().contains(one);
    EXPECT_NE(met, kNotMet.contains(one))
        << one << (met ? " is met after all" : " is documented and was never met");
  }
  for (const auto& [one, reason] : kNotMet) {
    EXPECT_TRUE(documented.contains(one)) << one << " is not documented any more";
  }
}

TEST_F(OpenApi, EveryPathIsServedUnderThePrefixAndWithASlash) {
  for (const auto& operation : contract_->operations()) {
    if (operation.method != "GET") continue;
    auto target = operation.example_target();
    const auto status = ask(service_->port(), bytes_of("GET", target)).status;
    target.insert(std::min(target.find('?'), target.size()), "/");
    EXPECT_EQ(ask(service_->port(), bytes_of("GET", "/api/v1" + target)).status, status) << target;
  }
}

TEST_F(OpenApi, EveryLinkOfTheFirstPageLeadsSomewhere) {
  const auto page = ask(service_->port(), bytes_of("GET", "/")).body;
  int links = 0;
  for (auto at = page.find("href=\""); at != std::string::npos; at = page.find("href=\"", at)) {
    at += 6;
    const auto target = page.substr(at, page.find('"', at) - at);
    if (target.starts_with("data:")) continue;
    EXPECT_FALSE(target.starts_with('/'))
        << "behind a path of a proxy it leads elsewhere: " << target;
    EXPECT_EQ(ask(service_->port(), bytes_of("GET", "/" + target)).status, 200) << target;
    ++links;
  }
  EXPECT_GE(links, 8);
}

}  // namespace
}  // namespace tidemark
