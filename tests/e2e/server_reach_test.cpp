// The server profile, whose servers are reached by other ways than straight: over TLS, by a pooler.

#include "e2e/server_profile_fixture.hpp"
#include "support/certificates.hpp"
#include "support/pg_bouncer.hpp"

namespace tidemark {
namespace {

using testing_support::Certificates;
using testing_support::PgBouncer;
using testing_support::RedisServer;
using testing_support::run_program;
using testing_support::Sender;
using testing_support::ServerProfileTest;

constexpr unsigned kSome = 30;

struct ServerReachTest : ServerProfileTest {
  /// Two services, two workers, and somebody who sends to each.
  void expect_all_to_be_there() {
    const auto service = serve("one");
    const auto other = serve("two");
    const auto working = worker();
    const auto more = worker();
    ASSERT_FALSE(service->url().empty() || other->url().empty());
    std::set<std::string> acknowledged;
    {
      Sender first(service->port(), 0);
      Sender second(other->port(), 1);
      first.wait_for_answers(kSome);
      second.wait_for_answers(kSome);
      for (auto* sender : {&first, &second}) {
        for (auto& id : sender->stop()) acknowledged.insert(std::move(id));
      }
    }
    const auto rejected = service->client().post("/events", "{}", "application/x-ndjson");
    ASSERT_TRUE(rejected) << rejected.error().message();
    EXPECT_EQ(rejected->status, 422) << rejected->body;
    expect_all_there(*service, acknowledged);
    expect_all_there(*other, acknowledged);
    EXPECT_EQ(get(*service, "/queue").at("dead_letters").to_number<int>(), 0);
    EXPECT_EQ(working->client().get("/readyz")->status, 200);
  }
};

TEST_F(ServerReachTest, ByPgBouncerInTransactionMode) {
  const PgBouncer pooler(postgres.port());
  ledger = pooler.by(postgres.new_database());
  const auto migrated = run_program({"migrate", "up", "--ledger", ledger});
  ASSERT_EQ(migrated.code, 0) << migrated.err;
  expect_all_to_be_there();
}

TEST_F(ServerReachTest, ARedisThatSpeaksTlsAloneAndAsksForACertificate) {
  const Certificates certificates;
  const RedisServer strict{{{"tls-cert-file", certificates.server()},
                            {"tls-key-file", certificates.server_key()},
                            {"tls-ca-cert-file", certificates.ca()},
                            {"tls-auth-clients", "yes"}}};
  ASSERT_TRUE(strict.running()) << strict.said();
  journal = strict.url() + "?ca=" + certificates.ca() + "&cert=" + certificates.client() +
            "&key=" + certificates.client_key();
  expect_all_to_be_there();
}

}  // namespace
}  // namespace tidemark
