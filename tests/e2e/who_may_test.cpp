// Who may do what, of the running service: a stranger gets in nowhere, projects are apart, a
// service without keys answers this machine only, and keys made on its machine are in force within
// a second.

#include <chrono>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/raw_http.hpp"
#include "support/service_fixture.hpp"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::ask;
using testing_support::bytes_of;
using testing_support::RawAnswer;
using testing_support::run_program;
using testing_support::ServiceProcess;

struct AccessTest : testing_support::ServiceTest {
  /// A key made on the machine of the service.
  std::string key(std::vector<std::string> words) const {
    words.insert(words.begin(), {"keys", "create"});
    words.insert(words.end(), {"--data-dir", data.string()});
    const auto made = run_program(words);
    EXPECT_EQ(made.code, 0) << made.err;
    return made.out.substr(0, made.out.find('\n'));
  }
  void project(const std::string& name) const {
    const auto made = run_program({"projects", "create", name, "--data-dir", data.string()});
    EXPECT_EQ(made.code, 0) << made.err;
  }
  static std::string bearing(const std::string& key) {
    return "Authorization: Bearer " + key + "\r\n";
  }
  static RawAnswer get(const ServiceProcess& service, const std::string& target,
                       const std::string& fields = {}) {
    return ask(service.port(), bytes_of("GET", target, fields));
  }
  static RawAnswer send(const ServiceProcess& service, const std::string& key,
                        const std::string& events) {
    return ask(service.port(),
               bytes_of({.body = events, .type = "application/x-ndjson", .fields = bearing(key)}));
  }
};

TEST_F(AccessTest, ProjectsAreApartInEveryAnswer) {
  project("web");
  project("app");
  const auto admin = key({"admin", "--all-projects"});
  std::map<std::string, std::string> writes;
  std::map<std::string, std::string> reads;
  for (const std::string name : {"web", "app"}) {
    writes[name] = key({"write", "--project", name});
    reads[name] = key({"read", "--project", name});
  }
  ServiceProcess service(data);
  ASSERT_FALSE(service.url().empty());
  // The same ids and users in both, and more of them in one.
  using testing_support::line_of;
  const std::string common = line_of({.id = "e-1", .user = "ada", .at = "2025-08-01T10:00:00Z"});
  const std::string more = line_of({.id = "e-2", .user = "bob", .at = "2025-08-01T10:00:00Z"});
  const auto web = send(service, writes["web"], common + more);
  EXPECT_THAT(web.body, HasSubstr("\"accepted\":2")) << web.body;
  const auto app = send(service, writes["app"], common);
  EXPECT_THAT(app.body, HasSubstr("\"accepted\":1"))
      << "the same id is another event: " << app.body;
  EXPECT_THAT(send(service, writes["web"], common).body, HasSubstr("\"duplicates\":1"));

  const std::string dau = "/stats/dau?from=2025-08-01&to=2025-08-01";
  EXPECT_THAT(get(service, dau, bearing(reads["web"])).body, HasSubstr("\"active_users\":2"));
  EXPECT_THAT(get(service, dau, bearing(reads["app"])).body, HasSubstr("\"active_users\":1"));
  EXPECT_THAT(get(service, dau + "&project=web", bearing(admin)).body,
              HasSubstr("\"active_users\":2"));
  EXPECT_THAT(get(service, dau, bearing(admin)).body, HasSubstr("\"active_users\":0"));
  EXPECT_EQ(get(service, "/events/e-2", bearing(reads["web"])).status, 200);
  EXPECT_EQ(get(service, "/events/e-2", bearing(reads["app"])).status, 404);
  for (const std::string target : {"/events", "/export"}) {
    EXPECT_THAT(get(service, target, bearing(reads["web"])).body, HasSubstr("e-2")) << target;
    EXPECT_THAT(get(service, target, bearing(reads["app"])).body, Not(HasSubstr("e-2"))) << target;
  }
  EXPECT_EQ(get(service, dau + "&project=web", bearing(reads["app"])).status, 403);

  // What is kept of one project's answer is not given to the other.
  const auto tag = get(service, dau, bearing(reads["web"])).header("ETag").value_or("");
  EXPECT_EQ(get(service, dau, bearing(reads["web"]) + "If-None-Match: " + tag + "\r\n").status,
            304);
  EXPECT_EQ(get(service, dau, bearing(reads["app"]) + "If-None-Match: " + tag + "\r\n").status,
            200);

  // A remembered key of a sender counts within its project.
  const auto once = [&](const std::string& name, const std::string& id) {
    return ask(service.port(),
               bytes_of({.body = line_of({.id = id, .user = "ada"}),
                         .type = "application/x-ndjson",
                         .fields = bearing(writes[name]) + "Idempotency-Key: k\r\n"}));
  };
  EXPECT_EQ(once("web", "e-3").status, 202);
  EXPECT_EQ(once("app", "e-4").status, 202);
  EXPECT_FALSE(once("app", "e-4").head.find("Idempotent-Replayed") == std::string::npos);

  // What was rejected is kept apart, too.
  send(service, writes["web"], "{\"event_id\":\"bad-1\"}\n");
  EXPECT_THAT(get(service, "/quarantine?project=web", bearing(admin)).body, HasSubstr("bad-1"));
  EXPECT_THAT(get(service, "/quarantine?project=app", bearing(admin)).body,
              Not(HasSubstr("bad-1")));

  // After a start from the disk it is the same.
  EXPECT_EQ(service.stop(), 0);
  ServiceProcess again(data);
  EXPECT_THAT(get(again, dau, bearing(reads["web"])).body, HasSubstr("\"active_users\":2"));
  EXPECT_THAT(get(again, dau, bearing(reads["app"])).body, HasSubstr("\"active_users\":1"));
}

TEST_F(AccessTest, TheFirstKeyClosesARunningServiceWithinASecond) {
  ServiceProcess service(data);
  ASSERT_FALSE(service.url().empty());
  const std::string dau = "/stats/dau?from=2025-08-01&to=2025-08-01";
  EXPECT_EQ(get(service, dau).status, 200);
  const auto admin = key({"admin", "--all-projects"});
  const auto begun = std::chrono::steady_clock::now();
  while (get(service, dau).status != 401) {
    ASSERT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
  }
  EXPECT_EQ(get(service, dau, bearing(admin)).status, 200);
  for (const std::string free : {"/healthz", "/readyz", "/version", "/openapi.json", "/docs"}) {
    EXPECT_EQ(get(service, free).status, 200) << free;
  }
  for (const std::string target : {"/metrics", "/quarantine", "/keys", "/projects", "/audit",
                                   "/events", "/export", "/events/live"}) {
    const auto refused = get(service, target);
    EXPECT_EQ(refused.status, 401) << target;
    EXPECT_EQ(refused.header("WWW-Authenticate"), "Bearer realm=\"tidemark\"") << target;
  }
  EXPECT_EQ(get(service, "/metrics", bearing(admin)).status, 200);

  // A revoked key is refused, and says so; nobody opens the service by revoking.
  const auto reader = key({"read"});
  while (get(service, dau, bearing(reader)).status != 200) {
    ASSERT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(40));
  }
  ASSERT_EQ(run_program({"keys", "revoke", "2", "--data-dir", data.string()}).code, 0);
  RawAnswer refused;
  do {
    refused = get(service, dau, bearing(reader));
    ASSERT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(60));
  } while (refused.status != 401);
  EXPECT_THAT(refused.body, HasSubstr("key_revoked"));
  EXPECT_THAT(refused.body, Not(HasSubstr(reader)));
  EXPECT_THAT(get(service, "/audit", bearing(admin)).body, HasSubstr("key.revoke"));
  EXPECT_THAT(get(service, "/audit", bearing(admin)).body, Not(HasSubstr(reader)));
}

TEST_F(AccessTest, WithoutKeysNoOtherAddressIsListenedOn) {
  const auto refused =
      run_program({"serve", "--host", "0.0.0.0", "--port", "0", "--data-dir", data.string()});
  EXPECT_EQ(refused.code, 2) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("tidemark setup"));
  EXPECT_THAT(refused.err, HasSubstr("--open"));

  const auto bad =
      run_program({"serve", "--port", "0", "--admin-key", "short", "--data-dir", data.string()});
  EXPECT_EQ(bad.code, 2) << bad.err;
  EXPECT_THAT(bad.err, Not(HasSubstr("short")));

  ServiceProcess closed(data, {"--host", "0.0.0.0", "--admin-key", std::string(40, 's')});
  ASSERT_FALSE(closed.url().empty());
  EXPECT_EQ(get(closed, "/projects").status, 401);
  EXPECT_EQ(get(closed, "/projects", bearing(std::string(40, 's'))).status, 200);
}

TEST_F(AccessTest, SetupMakesTheFirstKeysOnce) {
  const auto made = run_program({"setup", "--data-dir", data.string()});
  ASSERT_EQ(made.code, 0) << made.err;
  const auto key_after = [&](const std::string& prefix) {
    const auto at = made.out.find(prefix);
    return at == std::string::npos ? std::string() : made.out.substr(at, 53);
  };
  const auto admin = key_after("tma_");
  const auto writer = key_after("tmw_");
  EXPECT_EQ(run_program({"setup", "--data-dir", data.string()}).code, 1);
  ServiceProcess service(data);
  ASSERT_FALSE(service.url().empty());
  const auto sent = send(service, writer, testing_support::line_of({.id = "e-1"}));
  EXPECT_EQ(sent.status, 202) << sent.body;
  EXPECT_EQ(get(service, "/events", bearing(writer)).status, 403);
  EXPECT_THAT(get(service, "/events", bearing(admin)).body, HasSubstr("e-1"));

  // A command sends the key that it is told; on a stopped service's folder it needs none.
  const std::vector<std::string> list = {"stats", "dau",        "--from",     "2025-08-01",
                                         "--to",  "2025-08-01", "--data-dir", data.string()};
  EXPECT_NE(run_program(list).code, 0);
  auto with_key = list;
  with_key.insert(with_key.end(), {"--key", admin});
  const auto answered = run_program(with_key);
  EXPECT_EQ(answered.code, 0) << answered.err;
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(run_program(list).code, 0);
}

TEST_F(AccessTest, NoKeyStandsInTheLog) {
  const auto admin = key({"admin", "--all-projects"});
  const auto reader = key({"read"});
  const auto log = folder.path() / "log";
  ServiceProcess service(data, {}, log);
  ASSERT_FALSE(service.url().empty());
  EXPECT_EQ(get(service, "/events?key=" + reader).status, 200);
  EXPECT_EQ(get(service, "/events?key=" + admin).status, 401);
  EXPECT_EQ(get(service, "/events/" + reader + "?key=" + reader).status, 404);
  EXPECT_EQ(get(service, "/nothing?key=" + reader).status, 404);
  EXPECT_EQ(get(service, "/events?colour=" + reader, bearing(admin)).status, 422);
  EXPECT_EQ(get(service, "/events", "Referer: http://localhost/?key=" + reader + "\r\n").status,
            401);
  EXPECT_EQ(service.stop(), 0);
  const auto told = content(log);
  EXPECT_THAT(told, HasSubstr("key=tmr_…"));
  EXPECT_THAT(told, Not(HasSubstr(reader.substr(4))));
  EXPECT_THAT(told, Not(HasSubstr(admin.substr(4))));
}

TEST_F(AccessTest, APageOfAnotherOriginChangesNothing) {
  ServiceProcess service(data);
  ASSERT_FALSE(service.url().empty());
  const auto post = [&](const std::string& origin) {
    return ask(service.port(), bytes_of({.body = R"({"name":"x"})",
                                         .fields = "Origin: " + origin + "\r\n",
                                         .target = "/projects"}))
        .status;
  };
  EXPECT_EQ(post("https://evil.example"), 403);
  EXPECT_EQ(post("null"), 403);
  EXPECT_THAT(get(service, "/projects").body, Not(HasSubstr("\"x\"")));
  EXPECT_EQ(post("http://localhost"), 201);
}

}  // namespace
}  // namespace tidemark
