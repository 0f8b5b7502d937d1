#include "support/pg_bouncer.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/free_port.hpp"

namespace tidemark::testing_support {
namespace {

namespace fs = std::filesystem;

constexpr int kStartTriesMax = 5;  // another program may take the port in between

/// False: it ended before.
bool read_until_ready(int output) {
  std::string said;
  std::array<char, 4096> piece{};
  while (said.find("process up") == std::string::npos) {
    const auto got = ::read(output, piece.data(), piece.size());
    if (got <= 0) {
      std::fprintf(stderr, "PgBouncer for tests: %s\n", said.c_str());
      return false;
    }
    said.append(piece.data(), static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace

PgBouncer::PgBouncer(std::uint16_t server_port, Options options) : server_port_(server_port) {
  std::string pattern = fs::temp_directory_path() / "tidemark-pgbouncer-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  folder_ = pattern;
  // It may not run as root, and reads its settings as somebody else.
  fs::permissions(folder_, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  for (int tries = 0; tries < kStartTriesMax; ++tries) {
    if (try_start(options)) return;
  }
  std::abort();
}

bool PgBouncer::try_start(const Options& options) {
  port_ = free_port();
  const auto settings = folder_ / "pgbouncer.ini";
  std::ofstream(settings) << "[databases]\n* = host=127.0.0.1 port=" << server_port_
                          << " user=postgres\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port="
                          << port_
                          << "\nunix_socket_dir=\nauth_type=any\npool_mode=" << options.mode
                          << "\ndefault_pool_size=" << options.sessions_max
                          << "\nmax_client_conn=200\n";
  std::array<int, 2> output{};
  if (pipe2(output.data(), O_CLOEXEC) != 0) return false;
  std::vector<std::string> words{"pgbouncer"};
  if (geteuid() == 0) words.insert(words.end(), {"-u", "postgres"});
  words.push_back(settings);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output[1], STDERR_FILENO);
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // what other threads have open is not its
    execvp(arguments.front(), arguments.data());
    execv("/usr/sbin/pgbouncer", arguments.data());
    _exit(127);
  }
  ::close(output[1]);
  const bool ready = read_until_ready(output[0]);
  // Its later lines find a closed pipe, which it bears.
  ::close(output[0]);
  if (ready) return true;
  ::kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = -1;
  return false;
}

PgBouncer::~PgBouncer() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string PgBouncer::by(std::string url) const {
  const auto port = ":" + std::to_string(server_port_) + "/";
  return url.replace(url.find(port), port.size(), ":" + std::to_string(port_) + "/");
}

}  // namespace tidemark::testing_support
