#include "store/folder_watch.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

#include "base/this_thread.hpp"
#include "telemetry/log.hpp"

namespace tidemark::store {
namespace {

/// So long may events be taken into a folder that is another one by now; and so much of MARK may a
/// power cut take back.
constexpr std::chrono::seconds kRound{1};

void sync(files::Mark& mark, bool& failed) {
  const auto synced = mark.sync();
  if (!synced && !std::exchange(failed, true)) {
    telemetry::warning("cannot write MARK, which is out of date now; trying again each second",
                       {{"reason", std::string_view(synced.error().message())}});
  }
  if (synced) failed = false;
}

}  // namespace

FolderWatch::FolderWatch(const files::DataFolder& folder, files::Mark* mark, OnLost on_lost)
    : thread_([&folder, mark, on_lost = std::move(on_lost)](const std::stop_token& stop) {
        base::name_this_thread("folder watch");
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        bool failed = false;
        while (!stopped.wait_for(lock, stop, kRound, [&] { return stop.stop_requested(); })) {
          const auto held = folder.still_held();
          if (!held) {
            on_lost(held.error());
            return;
          }
          if (mark != nullptr) sync(*mark, failed);
        }
      }) {}

FolderWatch::~FolderWatch() = default;

}  // namespace tidemark::store
