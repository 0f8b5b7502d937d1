#include "support/redis_server.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/free_port.hpp"

namespace tidemark::testing_support {
namespace {

/// Another program may take the port between the probe and the server's start.
constexpr int kPortsTried = 10;

/// Reads what the server prints until it takes commands; false: it ended before.
bool read_until_ready(int output, std::string_view ready, std::string& said) {
  std::array<char, 4096> piece{};
  while (said.find(ready) == std::string::npos) {
    const auto got = ::read(output, piece.data(), piece.size());
    if (got <= 0) return false;
    said.append(piece.data(), static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace

RedisServer::RedisServer(const Settings& changed) : RedisServer(changed, Watched{}) {}

std::unique_ptr<RedisServer> RedisServer::sentinel_of(const std::string& name, std::uint16_t port) {
  return std::unique_ptr<RedisServer>(new RedisServer({}, {.name = name, .port = port}));
}

RedisServer::RedisServer(const Settings& changed, const Watched& watched) : watched_(watched) {
  std::string pattern = std::filesystem::temp_directory_path() / "tidemark-redis-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  folder_ = pattern;
  settings_ = {{"appendonly", "yes"},
               {"appendfsync", "always"},
               {"no-appendfsync-on-rewrite", "no"},
               {"maxmemory", "256mb"},
               {"maxmemory-policy", "noeviction"},
               {"save", ""},
               {"bind", "127.0.0.1"},
               {"daemonize", "no"},
               {"dir", folder_},
               {"unixsocket", folder_ / "socket"}};
  change(changed);
  find_port_and_start();
}

void RedisServer::find_port_and_start() {
  for (int tried = 0; tried < kPortsTried && !running(); ++tried) {
    port_ = free_port();
    start();
  }
}

RedisServer::~RedisServer() {
  thaw();
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string RedisServer::url() const {
  return (speaks_tls() ? "rediss://127.0.0.1:" : "redis://127.0.0.1:") + std::to_string(port_) +
         "/0";
}

std::string RedisServer::unix_url() const { return "unix://" + settings_.at("unixsocket"); }

void RedisServer::change(const Settings& changed) {
  for (const auto& [name, value] : changed) settings_[name] = value;
}

// Sentinels take theirs from a file, which they write as well.
std::string RedisServer::write_sentinel_file() const {
  const auto path = folder_ / "sentinel.conf";
  std::ofstream(path) << "port " << port_ << "\nbind 127.0.0.1\ndaemonize no\ndir "
                      << folder_.string() << "\nsentinel monitor " << watched_.name << " 127.0.0.1 "
                      << watched_.port << " 1\nsentinel down-after-milliseconds " << watched_.name
                      << " 300\nsentinel failover-timeout " << watched_.name << " 3000\n";
  return path;
}

std::vector<std::string> RedisServer::command() const {
  if (watched_.port != 0) return {"redis-server", write_sentinel_file(), "--sentinel"};
  const auto port = std::to_string(port_);
  std::vector<std::string> words = {"redis-server", "--port", speaks_tls() ? "0" : port};
  if (speaks_tls()) words.insert(words.end(), {"--tls-port", port});
  for (const auto& [name, value] : settings_) {
    words.push_back("--" + name);
    words.push_back(value);
  }
  return words;
}

bool RedisServer::start() {
  if (running()) return true;
  auto words = command();
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  std::array<int, 2> output{};
  if (pipe2(output.data(), O_CLOEXEC) != 0) return false;
  process_ = fork();
  if (process_ == 0) {
    // A test that aborts takes it along.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output[1], STDOUT_FILENO);
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // what other threads have open is not its
    execvp(arguments.front(), arguments.data());
    _exit(127);
  }
  ::close(output[1]);
  said_.clear();
  const bool ready = read_until_ready(
      output[0], watched_.port != 0 ? "+monitor" : "Ready to accept connections", said_);
  // Its later lines find a closed pipe, which it bears.
  ::close(output[0]);
  if (!ready) kill();
  return ready;
}

void RedisServer::end(int signal) {
  if (!running()) return;
  ::kill(process_, signal);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

void RedisServer::kill() { end(SIGKILL); }

void RedisServer::stop() { end(SIGTERM); }

void RedisServer::freeze() {
  if (!running()) return;
  ::kill(process_, SIGSTOP);
  // Until it stands still, it may answer.
  waitpid(process_, nullptr, WUNTRACED);
}

void RedisServer::thaw() {
  if (running()) ::kill(process_, SIGCONT);
}

}  // namespace tidemark::testing_support
