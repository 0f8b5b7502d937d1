// The server profile when something beside it fails: the network, the database, its disk, a clock.
// After each: what was acknowledged is there, once, and all engines agree.

#include <cstdint>
#include <iostream>

#include "clients/postgres/connection.hpp"
#include "e2e/server_profile_fixture.hpp"
#include "support/fake_clock.hpp"
#include "support/network_proxy.hpp"
#include "support/small_disk.hpp"

namespace tidemark {
namespace {

using namespace std::chrono_literals;
using testing_support::FakeClock;
using testing_support::NetworkProxy;
using testing_support::PostgresServer;
using testing_support::run_program;
using testing_support::Sender;
using testing_support::ServerProfileTest;
using testing_support::ServiceProcess;
using testing_support::SmallDisk;

/// Enough that whatever is wrong is met by somebody.
constexpr unsigned kSome = 10;

struct ServerFailuresTest : ServerProfileTest {
  /// The same URL, over a proxy.
  static std::string by(const NetworkProxy& proxy, std::string url, std::uint16_t port) {
    const auto number = std::to_string(port);
    return url.replace(url.find(number), number.size(), std::to_string(proxy.port()));
  }
  void keep(std::vector<std::string> ids) {
    for (auto& id : ids) acknowledged.insert(std::move(id));
  }
  /// Returns when a process says so.
  static void wait_until_ready(ServiceProcess& process, bool is_ready) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < until) {
      const auto answer = process.client().get("/readyz");
      if (answer && (answer->status == 200) == is_ready) return;
    }
    ADD_FAILURE() << "it never said that it was " << (is_ready ? "ready" : "not ready");
  }
  /// Returns when it says so: the first failure may be that of the connection that was cut.
  static void wait_until_told(ServiceProcess& process, const std::string& what) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    std::string told;
    while (std::chrono::steady_clock::now() < until) {
      const auto answer = process.client().get("/readyz");
      if (answer) told = answer->body;
      if (answer && answer->status == 503 && told.find(what) != std::string::npos) return;
    }
    ADD_FAILURE() << "it never told of " << what << ": " << told;
  }
  /// By the superuser, past any proxy.
  void sql(const std::string& statement) const { sql(postgres, statement); }
  static void sql(const PostgresServer& server, const std::string& statement) {
    auto connection = clients::postgres::Connection::open({.url = server.url()});
    ASSERT_TRUE(connection) << connection.error().message();
    const auto done = connection->run(statement);
    ASSERT_TRUE(done) << done.error().message();
  }

  std::set<std::string> acknowledged;
};

TEST_F(ServerFailuresTest, ANetworkThatIsCutHeldOrSlowBeforeTheQueue) {
  NetworkProxy proxy(redis.port());
  journal = by(proxy, redis.url(), redis.port());
  const auto service = serve();
  const auto working = worker();
  Sender sender(service->port(), 0);
  sender.wait_for_answers(kSome);
  proxy.cut();
  sender.wait_for_refusals(sender.refusals() + 1);
  proxy.pass();
  sender.wait_for_answers(sender.answers() + kSome);
  proxy.delay(20ms);
  sender.wait_for_answers(sender.answers() + kSome);
  proxy.hold();
  sender.wait_for_refusals(sender.refusals() + 1);  // by time
  proxy.pass();
  sender.wait_for_answers(sender.answers() + kSome);
  keep(sender.stop());
  expect_all_there(*service, acknowledged);
}

TEST_F(ServerFailuresTest, ANetworkThatIsCutHeldOrSlowBeforeTheLedger) {
  NetworkProxy proxy(postgres.port());
  ledger = by(proxy, ledger, postgres.port());
  const auto service = serve();
  const auto working = worker();
  Sender sender(service->port(), 0);
  sender.wait_for_answers(kSome);
  proxy.cut();
  wait_until_ready(*working, false);
  sender.wait_for_answers(sender.answers() + kSome);  // the queue takes them all the same
  proxy.pass();
  wait_until_ready(*working, true);
  proxy.delay(20ms);
  sender.wait_for_answers(sender.answers() + kSome);
  proxy.hold();
  sender.wait_for_answers(sender.answers() + kSome);
  proxy.pass();
  keep(sender.stop());
  EXPECT_EQ(sender.refusals(), 0U);
  expect_all_there(*service, acknowledged);
}

TEST_F(ServerFailuresTest, ALedgerThatTakesNoWritesOrIsStartedAgain) {
  const auto service = serve();
  const auto working = worker();
  Sender sender(service->port(), 0);
  sender.wait_for_answers(kSome);
  sql("ALTER SYSTEM SET default_transaction_read_only = on");
  sql("SELECT pg_reload_conf()");
  wait_until_ready(*working, false);
  sender.wait_for_answers(sender.answers() + kSome);
  sql("ALTER SYSTEM RESET default_transaction_read_only");
  sql("SELECT pg_reload_conf()");
  wait_until_ready(*working, true);
  for (int round = 0; round < 3; ++round) {
    postgres.stop();
    sender.wait_for_answers(sender.answers() + kSome);
    postgres.start();
    wait_until_ready(*working, true);
  }
  keep(sender.stop());
  EXPECT_EQ(sender.refusals(), 0U);
  expect_all_there(*service, acknowledged);
  EXPECT_EQ(get(*service, "/queue").at("dead_letters").to_number<int>(), 0);
}

TEST_F(ServerFailuresTest, AnAddressThatLedToAStandbyForAWhile) {
  NetworkProxy proxy(postgres.port());
  ledger = by(proxy, ledger, postgres.port());
  const auto standby = postgres.new_standby();
  const auto service = serve();
  const auto working = worker();
  Sender sender(service->port(), 0);
  sender.wait_for_answers(kSome);
  sql(*standby, "SELECT pg_wal_replay_pause()");  // what it tells is of the past from here on
  proxy.lead_to(standby->port());
  wait_until_told(*working, "read-only");
  wait_until_told(*service, "standby");
  sender.wait_for_answers(sender.answers() + kSome);
  proxy.lead_new_to(postgres.port());  // who holds a connection to the standby may keep it
  wait_until_ready(*working, true);
  wait_until_ready(*service, true);
  keep(sender.stop());
  EXPECT_EQ(sender.refusals(), 0U);
  expect_all_there(*service, acknowledged);
}

TEST_F(ServerFailuresTest, ADatabaseWhoseNewSessionsMayNotWriteForAWhile) {
  const auto service = serve();
  const auto working = worker();
  Sender sender(service->port(), 0);
  sender.wait_for_answers(kSome);
  const auto name = ledger.substr(ledger.rfind('/') + 1);
  sql("ALTER DATABASE " + name + " SET default_transaction_read_only = on");
  sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'");
  wait_until_told(*working, "read-only");
  sender.wait_for_answers(sender.answers() + kSome);
  sql("ALTER DATABASE " + name + " RESET default_transaction_read_only");
  wait_until_ready(*working, true);
  keep(sender.stop());
  EXPECT_EQ(sender.refusals(), 0U);
  expect_all_there(*service, acknowledged);
}

TEST_F(ServerFailuresTest, OfSeveralAddressesTheOneThatTakesWritesIsFound) {
  const auto standby = postgres.new_standby();
  const auto port = ":" + std::to_string(postgres.port());
  ledger.replace(ledger.find(port), port.size(),
                 ":" + std::to_string(standby->port()) + ",127.0.0.1" + port);
  const auto service = serve();
  const auto working = worker();
  Sender sender(service->port(), 0);
  sender.wait_for_answers(kSome);
  wait_until_ready(*service, true);
  wait_until_ready(*working, true);
  postgres.kill();
  wait_until_told(*working, "read-only");                                // of the first address
  wait_until_told(*working, "port " + std::to_string(postgres.port()));  // and of the second
  standby->promote();
  wait_until_ready(*working, true);
  keep(sender.stop());
  expect_all_there(*service, acknowledged);
}

TEST_F(ServerFailuresTest, AStandbyThatLacksTheLastCommitsIsPromoted) {
  NetworkProxy proxy(postgres.port());
  ledger = by(proxy, ledger, postgres.port());
  const auto service = serve();
  const auto working = worker();
  const auto send = [&](int number) {
    Sender sender(service->port(), number);
    sender.wait_for_answers(kSome);
    keep(sender.stop());
  };
  send(0);
  const auto standby = postgres.new_standby();
  standby->stop();
  send(1);  // committed and acknowledged: the standby has nothing of it
  expect_all_there(*service, acknowledged);
  while (get(*service, "/queue").at("depth").to_number<int>() > 0) {
  }
  postgres.kill();
  standby->start();
  standby->promote();
  proxy.lead_to(standby->port());
  send(2);
  expect_all_there(*service, acknowledged);
}

TEST_F(ServerFailuresTest, ALedgerWithoutRoom) {
  const SmallDisk disk(400);
  PostgresServer small({.parent = disk.path()});
  ledger = small.new_database();
  ASSERT_EQ(run_program({"migrate", "up", "--ledger", ledger}).code, 0);
  const auto service = serve();
  const auto working = worker();
  Sender sender(service->port(), 0);
  sender.wait_for_answers(kSome);
  if (disk.is_small()) {
    disk.leave(0);
    wait_until_ready(*working, false);
    sender.wait_for_answers(sender.answers() + kSome);
    disk.give_room();
    small.kill();  // it may have given up by itself
    small.start();
    wait_until_ready(*working, true);
  } else {
    std::cout << "no small disk can be mounted here: the ledger keeps its room\n";
  }
  keep(sender.stop());
  EXPECT_EQ(sender.refusals(), 0U);
  expect_all_there(*service, acknowledged);
}

TEST_F(ServerFailuresTest, ClocksThatJumpForwardAndBack) {
  FakeClock of_redis(folder.path() / "redis.clock");
  FakeClock of_program(folder.path() / "program.clock");
  redis.stop();
  of_redis.show_to([&] { ASSERT_TRUE(redis.start()) << redis.said(); });
  std::unique_ptr<ServiceProcess> service;
  std::unique_ptr<ServiceProcess> working;
  of_program.show_to([&] {
    service = serve();
    working = worker();
  });
  ASSERT_FALSE(service->url().empty());
  Sender sender(service->port(), 0);
  const auto wait = [&] { sender.wait_for_answers(sender.answers() + kSome); };
  constexpr std::int64_t kHours = 3'600;
  for (const std::int64_t ahead : {3 * kHours, -3 * kHours, 0 * kHours}) {
    for (auto* clock : {&of_redis, &of_program}) {
      wait();
      clock->set_ahead(ahead);
      wait();
      working->kill();  // another takes over what it held, however long that seems
      of_program.show_to([&] { working = worker(); });
    }
  }
  keep(sender.stop());
  expect_all_there(*service, acknowledged);
}

}  // namespace
}  // namespace tidemark
