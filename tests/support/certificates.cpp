#include "support/certificates.hpp"

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tidemark::testing_support {
namespace {

/// Words are parted by blanks; none of ours holds one.
void openssl(const std::string& arguments) {
  std::vector<std::string> words{"openssl"};
  std::istringstream text(arguments);
  for (std::string word; text >> word;) words.push_back(word);
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const pid_t process = fork();
  if (process == 0) {
    const int nowhere = ::open("/dev/null", O_RDWR);
    dup2(nowhere, STDERR_FILENO);
    execvp(pointers.front(), pointers.data());
    _exit(127);
  }
  int status = 0;
  waitpid(process, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  std::fprintf(stderr, "certificates for tests: openssl %s failed\n", arguments.c_str());
  std::abort();
}

constexpr const char* kNames = " -addext subjectAltName=DNS:localhost,IP:127.0.0.1";
constexpr const char* kNewKey = " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

}  // namespace

Certificates::Certificates() {
  std::string pattern = std::filesystem::temp_directory_path() / "tidemark-certificates-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  folder_ = pattern;
  openssl(std::string("req -x509") + kNewKey + " -days 2 -subj /CN=test-authority -keyout " +
          (folder_ / "ca.key").string() + " -out " + ca());
  sign("server", kNames);
  sign("client", "");
}

Certificates::~Certificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Certificates::issue(const std::string& name, int days) const { sign(name, kNames, days); }

void Certificates::lock_key(const std::string& key, const std::string& locked) const {
  openssl("pkey -aes256 -passout pass:secret -in " + file(key) + " -out " + file(locked));
}

void Certificates::sign(const std::string& name, const std::string& more, int days) const {
  const auto stem = (folder_ / name).string();
  openssl(std::string("req") + kNewKey + " -subj /CN=" + name + more + " -keyout " + stem +
          ".key -out " + stem + ".csr");
  openssl("x509 -req -days " + std::to_string(days) +
          " -copy_extensions copy -CAcreateserial -CA " + ca() + " -CAkey " +
          (folder_ / "ca.key").string() + " -in " + stem + ".csr -out " + stem + ".pem");
}

}  // namespace tidemark::testing_support
