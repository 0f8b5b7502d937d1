#include "support/service_fixture.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace tidemark::testing_support {
namespace fs = std::filesystem;

std::string line_of(const EventLine& event) {
  return R"({"event_id":")" + event.id + R"(","occurred_at":")" + event.at + R"(","user_id":")" +
         event.user + R"(","event_type":")" + event.type + "\"}\n";
}

std::string lines_of(int first, int count) {
  std::string lines;
  for (int i = first; i < first + count; ++i) lines += line_of({.id = "e-" + std::to_string(i)});
  return lines;
}

std::string ServiceTest::post(const ServiceProcess& service, const std::string& lines) {
  const auto answer = service.client().post("/events", lines, "application/x-ndjson");
  EXPECT_TRUE(answer) << "the service does not answer";
  if (!answer) return {};
  EXPECT_EQ(answer->status, 202) << answer->body;
  return answer->body;
}

std::string ServiceTest::metrics(const ServiceProcess& service) {
  const auto answer = service.client().get("/metrics");
  return answer ? answer->body : std::string();
}

double ServiceTest::metric(const ServiceProcess& service, const std::string& name) {
  const auto text = metrics(service);
  const auto at = text.find("\n" + name + " ");
  if (at == std::string::npos) return -1;
  return std::strtod(text.c_str() + at + name.size() + 2, nullptr);
}

std::vector<fs::path> ServiceTest::archived(const std::string& ending) const {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(data / "archive")) {
    if (entry.path().extension() == ending) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::string ServiceTest::file(const std::string& name, const std::string& content) const {
  const auto path = folder.path() / name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::string ServiceTest::content(const fs::path& path) {
  std::ifstream bytes(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(bytes), {}};
}

void ServiceTest::flip(const fs::path& path, std::uint64_t place, int bit) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(place));
  const auto byte = static_cast<char>(file.get() ^ (1 << bit));
  file.seekp(static_cast<std::streamoff>(place));
  file.put(byte);
}

}  // namespace tidemark::testing_support
