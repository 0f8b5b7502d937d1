#include "browser.hpp"

#include <fstream>
#include <iterator>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "support/service_process.hpp"

namespace tidemark {
namespace {

/// Addresses that the page itself asked for: those the browser asks for on its own have no origin.
std::vector<std::string> requested_by(const std::string& origin, const std::string& net_log) {
  std::vector<std::string> requested;
  const auto log = boost::json::parse(net_log);
  for (const auto& event : log.at("events").as_array()) {
    const auto* params = event.as_object().if_contains("params");
    if (params == nullptr || !params->as_object().contains("initiator")) continue;
    const auto* url = params->as_object().if_contains("url");
    if (url == nullptr || params->at("initiator").as_string() != origin) continue;
    requested.emplace_back(url->as_string());
  }
  return requested;
}

}  // namespace

bool browser_is_here() { return testing_support::run_command({"chromium", "--version"}).code == 0; }

Visit visit(const std::filesystem::path& folder, const std::string& origin,
            const std::string& page) {
  const auto net_log = (folder / "net.json").string();
  const auto done =
      testing_support::run_command({"timeout",
                                    "60",
                                    "chromium",
                                    "--headless=new",
                                    "--no-sandbox",
                                    "--disable-gpu",
                                    "--disable-dev-shm-usage",
                                    "--user-data-dir=" + (folder / "browser").string(),
                                    "--no-first-run",
                                    "--disable-background-networking",
                                    "--disable-component-update",
                                    "--disable-sync",
                                    "--disable-default-apps",
                                    "--disable-extensions",
                                    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                                    "--enable-logging=stderr",
                                    "--log-net-log=" + net_log,
                                    "--virtual-time-budget=20000",
                                    "--dump-dom",
                                    origin + page});
  EXPECT_EQ(done.code, 0) << done.err;
  std::ifstream file(net_log);
  const std::string events(std::istreambuf_iterator<char>(file), {});
  return {.dom = done.out, .log = done.err, .requested = requested_by(origin, events)};
}

}  // namespace tidemark
