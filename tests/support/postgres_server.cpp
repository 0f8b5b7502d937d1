#include "support/postgres_server.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clients/postgres/connection.hpp"
#include "support/free_port.hpp"

namespace tidemark::testing_support {
namespace {

namespace fs = std::filesystem;

// Where Debian's postgresql-15 puts what is not in PATH.
constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin/";
constexpr int kStartTriesMax = 5;  // another program may take the port in between

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "PostgreSQL for tests: %s\n", what.c_str());
  std::abort();
}

/// Whom the server runs as, where the tests run as root.
struct User {
  uid_t id = 0;
  gid_t group = 0;
};

std::optional<User> user_of_server() {
  if (geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"}) {
    const passwd* entry = getpwnam(name);
    if (entry != nullptr) return User{.id = entry->pw_uid, .group = entry->pw_gid};
  }
  give_up("neither a user `postgres` nor `nobody` is there, and root may not run it");
}

fs::path new_folder(const fs::path& parent = fs::temp_directory_path()) {
  std::string pattern = parent / "tidemark-postgres-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) give_up("no temporary folder: " + pattern);
  return pattern;
}

void hand_over(const fs::path& folder) {
  const auto user = user_of_server();
  if (!user) return;
  const auto give = [&](const fs::path& path) {
    if (lchown(path.c_str(), user->id, user->group) != 0) give_up("chown of " + path.string());
  };
  give(folder);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) give(entry.path());
}

/// Starts a program of PostgreSQL's, whose output goes to `output`, with `folder` as where it is.
pid_t launch(std::vector<std::string> words, const fs::path& folder, int output) {
  words.front() = kPrograms + words.front();
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const auto user = user_of_server();
  const pid_t parent = getpid();
  const pid_t process = fork();
  if (process != 0) return process;
  // Between fork and exec only what is safe beside other threads.
  if (user && (setgroups(0, nullptr) != 0 || setgid(user->group) != 0 || setuid(user->id) != 0)) {
    _exit(126);
  }
  prctl(PR_SET_PDEATHSIG, SIGQUIT);  // after setuid, which takes it back
  if (getppid() != parent || chdir(folder.c_str()) != 0) _exit(126);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // what other threads have open is not its
  execv(arguments.front(), arguments.data());
  _exit(127);
}

/// Runs a program of PostgreSQL's to its end.
void run(std::vector<std::string> words, const fs::path& folder) {
  const auto name = words.front();
  const int log = ::open((folder / "log").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const pid_t process = launch(std::move(words), folder, log);
  int status = 0;
  waitpid(process, &status, 0);
  ::close(log);
  if (status == 0) return;
  std::ifstream text(folder / "log");
  give_up(name + " failed: " + std::string(std::istreambuf_iterator(text), {}));
}

/// What initdb makes, once a program; servers begin with copies of it.
class Template {
 public:
  Template() : folder_(new_folder()) {
    hand_over(folder_);
    run({"initdb", "-D", data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C",
         "--no-sync", "--no-instructions"},
        folder_);
  }
  ~Template() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;
  [[nodiscard]] fs::path data() const { return folder_ / "data"; }

 private:
  fs::path folder_;
};

std::vector<pid_t> children_of(pid_t process) {
  const auto number = std::to_string(process);
  std::ifstream list("/proc/" + number + "/task/" + number + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; list >> child;) children.push_back(child);
  return children;
}

}  // namespace

PostgresServer::PostgresServer() : PostgresServer(Options{}) {}

PostgresServer::PostgresServer(Options options)
    : options_(std::move(options)), folder_(new_folder(options_.parent)), data_(folder_ / "data") {
  static const Template made;
  fs::copy(made.data(), data_, fs::copy_options::recursive);
  fs::permissions(data_, fs::perms::owner_all);
  hand_over(folder_);
  start_on_free_port();
}

PostgresServer::PostgresServer(Options options, const PostgresServer& primary)
    : options_(std::move(options)), folder_(new_folder(options_.parent)), data_(folder_ / "data") {
  hand_over(folder_);
  run({"pg_basebackup", "--write-recovery-conf", "--checkpoint=fast", "--no-sync", "-D",
       data_.string(), "-d", primary.url()},
      folder_);
  start_on_free_port();
}

std::unique_ptr<PostgresServer> PostgresServer::new_standby() {
  return std::unique_ptr<PostgresServer>(new PostgresServer(options_, *this));
}

void PostgresServer::promote() {
  auto connection = clients::postgres::Connection::open({.url = url()});
  if (!connection) give_up(connection.error().message());
  const auto promoted = connection->run("SELECT pg_promote()");
  if (!promoted) give_up(promoted.error().message());
}

void PostgresServer::start_on_free_port() {
  for (int tries = 1; tries <= kStartTriesMax; ++tries) {
    port_ = free_port();
    if (try_start()) return;
  }
  give_up("it does not start:\n" + log_);
}

PostgresServer::~PostgresServer() {
  if (runs()) {
    ::kill(process_, SIGQUIT);  // "immediate"; after SIGKILL a segment of shared memory would stay
    end_reader();
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string PostgresServer::url(const std::string& database) const {
  return "postgres://postgres@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

std::string PostgresServer::new_database() {
  const std::string name = "test_" + std::to_string(++databases_);
  auto connection = clients::postgres::Connection::open({.url = url()});
  if (!connection) give_up(connection.error().message());
  auto made = connection->run("CREATE DATABASE " + name);
  if (!made) give_up(made.error().message());
  return url(name);
}

void PostgresServer::start() {
  if (!try_start()) give_up("it does not start again:\n" + log_);
}

bool PostgresServer::try_start() {
  std::array<int, 2> output{};
  if (pipe2(output.data(), O_CLOEXEC) != 0) give_up("no pipe");
  const std::string sync = options_.durable ? "on" : "off";
  std::vector<std::string> words = {"postgres", "-D", data_.string()};
  std::vector<std::string> settings = {
      "listen_addresses=127.0.0.1", "port=" + std::to_string(port_),
      "unix_socket_directories=",   "fsync=" + sync,
      "full_page_writes=" + sync,   "shared_buffers=64MB",
      "max_connections=50",         "lc_messages=C",
      "restore_command=/bin/false", "log_min_messages=warning",
      "max_wal_size=256MB",         "jit=off"};
  settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
  for (const auto& setting : settings) {
    words.emplace_back("-c");
    words.push_back(setting);
  }
  process_ = launch(std::move(words), folder_, output[1]);
  ::close(output[1]);
  log_.clear();
  log_ended_ = false;
  reader_ = std::thread([this, from = output[0]] { read_log(from); });
  if (wait_until_ready()) return true;
  kill();
  return false;
}

// Every process of the server holds the other end: the log ends when the last one has gone.
void PostgresServer::read_log(int from) {
  std::array<char, 4096> piece{};
  for (;;) {
    const auto got = ::read(from, piece.data(), piece.size());
    const std::scoped_lock lock(mutex_);
    if (got > 0) log_.append(piece.data(), static_cast<std::size_t>(got));
    if (got <= 0) log_ended_ = true;
    changed_.notify_all();
    if (got <= 0) break;
  }
  ::close(from);
}

bool PostgresServer::wait_until_ready() {
  std::unique_lock lock(mutex_);
  // One that only recovers says that it is read-only for a moment, too.
  const char* said = fs::exists(data_ / "standby.signal") ? "ready to accept read-only connections"
                                                          : "ready to accept connections";
  const auto is_ready = [&] { return log_.find(said) != std::string::npos; };
  changed_.wait(lock, [&] { return log_ended_ || is_ready(); });
  return is_ready();
}

void PostgresServer::end_reader() {
  waitpid(process_, nullptr, 0);
  process_ = -1;
  reader_.join();
}

void PostgresServer::stop() {
  if (!runs()) return;
  ::kill(process_, SIGINT);  // PostgreSQL's "fast": it asks clients to go, and writes everything
  end_reader();
}

void PostgresServer::kill() {
  if (!runs()) return;
  ::kill(process_, SIGSTOP);  // no new children from here on
  for (const pid_t child : children_of(process_)) ::kill(child, SIGKILL);
  ::kill(process_, SIGKILL);
  end_reader();
}

void PostgresServer::start_on_new_timeline() {
  stop();
  std::ofstream(data_ / "recovery.signal").flush();
  hand_over(data_);
  start();
}

PostgresServer& shared_postgres() {
  static PostgresServer server;
  return server;
}

}  // namespace tidemark::testing_support
