#include "app/bench/child_service.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tidemark::app::bench {
namespace {

using base::Error;
using base::ErrorCode;

Error failed(const char* doing) {
  return {ErrorCode::Unavailable, std::string(doing) + ": " + std::strerror(errno)};
}

/// Reads what the child prints until its address stands there or it ends.
std::string read_url(int output) {
  constexpr std::string_view kScheme = "http://";
  std::string text;
  char piece[256];
  for (;;) {
    const auto begin = text.find(kScheme);
    const auto end = begin == std::string::npos ? begin : text.find('\n', begin);
    if (end != std::string::npos) return text.substr(begin, end - begin);
    const auto got = ::read(output, piece, sizeof piece);
    if (got <= 0) return {};
    text.append(piece, static_cast<std::size_t>(got));
  }
}

}  // namespace

base::Result<std::unique_ptr<ChildService>> ChildService::start(std::vector<std::string> flags) {
  std::unique_ptr<ChildService> self(new ChildService());
  std::string pattern = std::filesystem::temp_directory_path() / "tidemark-bench-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) return failed("making a folder");
  self->folder_ = pattern;
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) return failed("pipe");

  std::vector<std::string> words = {"tidemark",     "serve", "--data-dir",  pattern,  "--port", "0",
                                    "--access-log", "false", "--log-level", "warning"};
  words.insert(words.end(), flags.begin(), flags.end());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  self->process_ = fork();
  if (self->process_ < 0) return failed("fork");
  if (self->process_ == 0) {
    dup2(output[1], STDOUT_FILENO);
    execv("/proc/self/exe", arguments.data());
    _exit(127);
  }
  ::close(output[1]);
  self->url_ = read_url(output[0]);
  ::close(output[0]);
  if (self->url_.empty()) return Error{ErrorCode::Unavailable, "the service did not start"};
  return self;
}

ChildService::~ChildService() {
  if (process_ > 0) {
    kill(process_, SIGINT);  // nobody has to be asked to leave
    waitpid(process_, nullptr, 0);
  }
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

}  // namespace tidemark::app::bench
