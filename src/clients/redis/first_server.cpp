#include "clients/redis/first_server.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace tidemark::clients::redis {
namespace {

using base::Error;
using base::ErrorCode;

/// The same address with this server only, so that no sentinel or other server is asked.
Address only(const Address& address, const Endpoint& endpoint) {
  Address one = address;
  one.host = endpoint.host;
  one.port = endpoint.port;
  one.others.clear();
  one.sentinel = {};
  return one;
}

Address sentinel_at(const Address& address, const Endpoint& endpoint) {
  auto one = only(address, endpoint);
  one.user = address.sentinel.user;
  one.password = address.sentinel.password;
  one.database = 0;
  return one;
}

base::Result<Connection> open_if_first(const Address& one, const Connection::Options& options) {
  auto opened = Connection::open(one, options);
  if (!opened) return opened;
  const auto role = opened->command({"ROLE"});
  if (!role) return role.error().while_doing("asking " + one.printable() + " for its role");
  if (role->items.empty() || role->items[0].text != "master") {
    return Error{ErrorCode::Unavailable, one.printable() + " is a replica"};
  }
  return opened;
}

base::Result<Endpoint> ask_sentinel(const Address& sentinel, const std::string& master,
                                    const Connection::Options& options) {
  auto opened = Connection::open(sentinel, options);
  if (!opened) return opened.error();
  const auto told = opened->command({"SENTINEL", "get-master-addr-by-name", master});
  if (!told) return told.error().while_doing("asking the sentinel " + sentinel.printable());
  Endpoint place;
  if (told->items.size() == 2) {
    place.host = told->items[0].text;
    const auto& port = told->items[1].text;
    const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), place.port);
    if (fault == std::errc() && end == port.data() + port.size()) return place;
  }
  return Error{ErrorCode::Unavailable,
               "the sentinel " + sentinel.printable() + " knows no master of the name " + master};
}

base::Result<Connection> open_by_sentinel(const Address& address, const Endpoint& sentinel,
                                          const Connection::Options& options) {
  const auto place = ask_sentinel(sentinel_at(address, sentinel), address.sentinel.master, options);
  if (!place) return place.error();
  return open_if_first(only(address, *place), options);
}

}  // namespace

base::Result<Connection> open_first_server(const Address& address,
                                           const Connection::Options& options) {
  const bool by_sentinel = !address.sentinel.master.empty();
  std::vector<Endpoint> asked{{.host = address.host, .port = address.port}};
  asked.insert(asked.end(), address.others.begin(), address.others.end());
  std::string reasons;
  for (const auto& endpoint : asked) {
    auto opened = by_sentinel ? open_by_sentinel(address, endpoint, options)
                              : open_if_first(only(address, endpoint), options);
    if (opened) return opened;
    reasons += (reasons.empty() ? "" : "; ") + opened.error().message();
  }
  return Error::foreign(ErrorCode::Unavailable, reasons);
}

}  // namespace tidemark::clients::redis
