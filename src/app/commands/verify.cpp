// tidemark verify, tidemark rebuild: every view against the ledger; every view anew.

#include <chrono>
#include <filesystem>
#include <memory>

#include <boost/json/serialize.hpp>

#include "app/commands/command_line.hpp"
#include "app/commands/print.hpp"
#include "app/commands/service_connection.hpp"
#include "files/data_folder.hpp"
#include "ledger/local/id_index.hpp"

namespace tidemark::app {
namespace {

/// What was compared and what did not fit.
struct Findings {
  std::uint64_t checks = 0;
  std::uint64_t faults = 0;

  void note(bool good, const std::string& what) {
    ++checks;
    if (good) return;
    ++faults;
    tell("does not fit: {}\n", what);
  }
};

/// Files of the archive: every byte is read again.
void verify_files(Embedded& embedded, Findings& findings) {
  const auto manifest = embedded.store().manifests().current();
  for (const auto& segment : manifest->segments) {
    const auto checked = embedded.store().segments().check(*manifest, segment);
    findings.note(static_cast<bool>(checked),
                  segment.file + (checked ? "" : ": " + checked.error().message()));
  }
  const auto broken =
      ledger::local::IdIndex::verify(files::posix_files(), manifest->folder, manifest->runs);
  for (const auto& run : broken) findings.note(false, run.run.file + ": " + run.why.message());
  findings.checks += manifest->runs.size() - broken.size();
}

/// The days that have events, as the ledger itself tells them.
base::Result<std::pair<std::string, std::string>> days_of(ServiceConnection& service) {
  std::pair<std::string, std::string> days;
  for (const auto* order : {"asc", "desc"}) {
    const auto page = service.get(std::string("/events?limit=1&order=") + order);
    if (!page) return page.error();
    const auto& data = page->value.at("data").as_array();
    if (data.empty()) return days;
    const auto day = std::string(data[0].at("occurred_at").as_string()).substr(0, 10);
    (std::string_view(order) == "asc" ? days.first : days.second) = day;
  }
  return days;
}

/// One question, asked of the view and of the archive; they must say the same. Stored data that is
/// damaged is what was looked for: a fault, and no failure to look.
base::Status compare(ServiceConnection& service, const std::string& target, Findings& findings) {
  std::string data[2];
  int at = 0;
  for (const auto* engine : {"rollup", "columnar"}) {
    const auto answer = service.get(target + "&engine=" + engine);
    if (!answer && answer.error().code() == base::ErrorCode::Corrupt) {
      findings.note(false, target + ", " + engine + ": " + answer.error().message());
      return base::ok;
    }
    if (!answer) return answer.error();
    data[at++] = boost::json::serialize(answer->value.at("data"));
  }
  findings.note(data[0] == data[1], target + ": rollup and columnar differ");
  return base::ok;
}

base::Status verify_answers(ServiceConnection& service, Findings& findings) {
  auto days = days_of(service);
  if (!days && days.error().code() == base::ErrorCode::Corrupt) {
    findings.note(false, "/events: " + days.error().message());
    return base::ok;
  }
  if (!days) return days.error();
  if (days->first.empty()) return base::ok;
  const std::string range = "from=" + days->first + "&to=" + days->second;
  const std::vector<std::string> targets = {
      "/stats/dau?" + range,
      "/stats/wau?" + range,
      "/stats/mau?" + range,
      "/stats/top-events?limit=1000&" + range,
      "/stats/retention?windows=30&cohorts=30&start_date=" + days->first,
      "/stats/retention?windows=8&cohorts=8&period=week&cohort=first_seen&start_date=" +
          days->first};
  for (const auto& target : targets) {
    auto compared = compare(service, target, findings);
    if (!compared) return compared;
  }
  return base::ok;
}

int verify(const config::Settings& settings, const std::string& url) {
  auto service = ServiceConnection::open(settings, url);
  if (!service) return fail(service.error());
  Findings findings;
  if (auto* embedded = (*service)->embedded()) {
    verify_files(*embedded, findings);
  } else {
    tell(
        "a service is using the folder, so only its answers are compared; stop the service to have "
        "every file read as well\n");
  }
  // Answers are made from the files: of damaged ones there is nothing more to learn.
  if (findings.faults == 0) {
    const auto answers = verify_answers(**service, findings);
    if (!answers) return fail(answers.error());
  }
  print("{} checks, {} faults\n", findings.checks, findings.faults);
  return findings.faults == 0 ? kExitOk : kExitBadInput;
}

int rebuild(const config::Settings& settings) {
  const auto begun = std::chrono::steady_clock::now();
  const auto there = require_folder(settings);
  if (!there) return fail(there.error());
  {
    // The lock is held while the old views go, so that nobody opens the folder in between.
    auto folder = files::DataFolder::open(files::posix_files(), settings.data_dir);
    if (!folder) return fail(folder.error());
    std::error_code failed;
    std::filesystem::remove_all(std::filesystem::path(settings.data_dir) / "views", failed);
    if (failed) return fail(kExitCannotWork, "removing the old views: " + failed.message());
  }
  const base::SystemClock clock;
  telemetry::Metrics metrics;
  auto embedded = open_embedded(settings, clock, metrics);
  if (!embedded) return fail(embedded.error());
  auto& views = (*embedded)->store().views();
  const auto gave_up = [](const query::View* view) { return view->figures().given_up; };
  if (std::ranges::any_of(views.all(), gave_up)) {
    return fail(kExitBadInput,
                "the views cannot be rebuilt: a segment of the archive is damaged (the log names "
                "it), or rollup_memory_max is too small");
  }
  const auto visible = (*embedded)->store().publication().current();
  const auto written = views.write_snapshots(*visible, 0);
  if (!written) return fail(written.error());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  print("rebuilt every view from {} events in {} s\n", visible->position, fixed(took.count(), 3));
  return kExitOk;
}

}  // namespace

void add_verify(CommandLine& commands) {
  auto url = std::make_shared<std::string>();
  const auto command = commands.add(
      "verify", "Checks every view against the ledger, and every file where no service runs",
      [url](const config::Loaded& loaded) { return verify(loaded.settings, *url); });
  command.option("--url", url.get(), "Ask this service instead of the data folder");
  commands.add("rebuild", "Rebuilds every view; no service may be using the folder",
               [](const config::Loaded& loaded) { return rebuild(loaded.settings); });
}

}  // namespace tidemark::app
