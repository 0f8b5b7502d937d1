#include "support/service_process.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tidemark::testing_support {
namespace {

std::vector<char*> to_argv(std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  return arguments;
}

/// Reads what the program prints until its address stands there or it ends.
std::string read_url(int output) {
  constexpr std::string_view kBefore = "listens on ";
  std::string text;
  std::array<char, 256> piece{};
  for (;;) {
    const auto told = text.find(kBefore);
    const auto begin = told == std::string::npos ? told : told + kBefore.size();
    const auto end = begin == std::string::npos ? begin : text.find('\n', begin);
    if (end != std::string::npos) return text.substr(begin, end - begin);
    const auto got = ::read(output, piece.data(), piece.size());
    if (got <= 0) return {};
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

std::string whole_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = std::filesystem::temp_directory_path() / "tidemark-test-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

ServiceProcess::ServiceProcess(const std::filesystem::path& data_dir,
                               std::vector<std::string> flags,
                               std::optional<OpenFiles> open_files) {
  std::vector<std::string> words = {TIDEMARK_PROGRAM, "serve",  "--data-dir",   data_dir,
                                    "--port",         "0",      "--access-log", "false",
                                    "--log-level",    "warning"};
  // Nobody has to hear that it ends, unless the test is about that.
  if (std::ranges::find(flags, "--drain-seconds") == flags.end()) {
    words.insert(words.end(), {"--drain-seconds", "0"});
  }
  words.insert(words.end(), flags.begin(), flags.end());
  start(std::move(words), open_files);
}

ServiceProcess::ServiceProcess(std::vector<std::string> worker_flags) {
  std::vector<std::string> words = {TIDEMARK_PROGRAM, "worker", "--worker-port", "0",
                                    "--access-log",   "false",  "--log-level",   "warning"};
  words.insert(words.end(), worker_flags.begin(), worker_flags.end());
  start(std::move(words));
}

ServiceProcess::ServiceProcess(const std::filesystem::path& data_dir,
                               std::vector<std::string> flags,
                               const std::filesystem::path& log_file) {
  std::vector<std::string> words = {TIDEMARK_PROGRAM, "serve",  "--data-dir",
                                    data_dir,         "--port", "0"};
  words.insert(words.end(), flags.begin(), flags.end());
  start(std::move(words), std::nullopt, log_file);
}

void ServiceProcess::start(std::vector<std::string> words, std::optional<OpenFiles> open_files,
                           const std::string& log_file) {
  std::array<int, 2> output{};
  if (pipe2(output.data(), O_CLOEXEC) != 0) return;
  auto arguments = to_argv(words);
  process_ = fork();
  if (process_ == 0) {
    dup2(output[1], STDOUT_FILENO);
    if (!log_file.empty()) {
      dup2(::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO);
    }
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // what other threads have open is not its
    if (open_files) {
      const rlimit limit{.rlim_cur = open_files->soft, .rlim_max = open_files->hard};
      setrlimit(RLIMIT_NOFILE, &limit);
    }
    execv(TIDEMARK_PROGRAM, arguments.data());
    _exit(127);
  }
  ::close(output[1]);
  url_ = read_url(output[0]);
  ::close(output[0]);
  const auto port = url_.rfind(':');
  if (port != std::string::npos)
    port_ = static_cast<std::uint16_t>(std::stoul(url_.substr(port + 1)));
}

ServiceProcess::~ServiceProcess() { kill(); }

void ServiceProcess::signal(int number) const {
  if (process_ > 0) ::kill(process_, number);
}

int ServiceProcess::stop() {
  signal(SIGTERM);
  return wait();
}

int ServiceProcess::wait() {
  if (process_ <= 0) return -1;
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void ServiceProcess::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

std::string program_path() { return TIDEMARK_PROGRAM; }

Finished run_program(std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.begin(), TIDEMARK_PROGRAM);
  return run_command(std::move(arguments), input);
}

Finished run_command(std::vector<std::string> words, const std::string& input) {
  const TemporaryFolder folder;
  const auto in = folder.path() / "in";
  const auto out = folder.path() / "out";
  const auto err = folder.path() / "err";
  std::ofstream(in, std::ios::binary) << input;
  auto arguments = to_argv(words);
  const pid_t process = fork();
  if (process == 0) {
    dup2(::open(in.c_str(), O_RDONLY), STDIN_FILENO);
    dup2(::open(out.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
    dup2(::open(err.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    execvp(arguments.front(), arguments.data());
    _exit(127);
  }
  int status = 0;
  waitpid(process, &status, 0);
  return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
          .out = whole_file(out),
          .err = whole_file(err)};
}

}  // namespace tidemark::testing_support
