// tidemark quarantine: rejected events, to look at and to try again.

#include <iostream>
#include <memory>

#include <boost/json/serialize.hpp>

#include "app/command_line.hpp"
#include "app/service_connection.hpp"

namespace tidemark::app {
namespace {

constexpr int kPageEvents = 1'000;

int list(const config::Settings& settings, const std::string& url) {
  auto service = ServiceConnection::open(settings, url);
  if (!service) return fail(service.error());
  std::string cursor;
  do {
    const auto page = (*service)->get("/quarantine?limit=" + std::to_string(kPageEvents) +
                                      (cursor.empty() ? "" : "&cursor=" + cursor));
    if (!page) return fail(page.error());
    for (const auto& entry : page->value.at("data").as_array()) {
      std::cout << boost::json::serialize(entry) << "\n";
    }
    const auto& next = page->value.at("next_cursor");
    cursor = next.is_string() ? std::string(next.get_string()) : std::string();
  } while (!cursor.empty());
  return kExitOk;
}

int replay(const config::Settings& settings, const std::string& url) {
  auto service = ServiceConnection::open(settings, url);
  if (!service) return fail(service.error());
  const auto told = (*service)->post("/quarantine/replay", "", "application/json");
  if (!told) return fail(told.error());
  std::cout << told->text << "\n";
  return kExitOk;
}

}  // namespace

void add_quarantine(CommandLine& commands) {
  auto url = std::make_shared<std::string>();
  auto* parent = commands.add("quarantine", "Rejected events", {});
  parent->require_subcommand(1);
  auto* listing = commands.add_under(
      parent, "list", "Prints them, one JSON object a line",
      [url](const config::Loaded& loaded) { return list(loaded.settings, *url); });
  auto* replaying = commands.add_under(
      parent, "replay", "Checks them again; takes those that are good now",
      [url](const config::Loaded& loaded) { return replay(loaded.settings, *url); });
  for (auto* command : {listing, replaying}) {
    command->add_option("--url", *url, "Ask this service instead of the data folder");
  }
}

}  // namespace tidemark::app
