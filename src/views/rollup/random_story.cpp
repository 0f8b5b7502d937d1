#include "views/rollup/random_story.hpp"

#include "contract/question_case.hpp"
#include "event/limits.hpp"

namespace tidemark::views::rollup {
namespace {

constexpr std::int32_t kFirstDay = 20'384;  // 2025-10-23: many clocks change in the next days
constexpr event::Micros kBegin = kFirstDay * base::kMicrosPerDay;
constexpr std::size_t kUsers = 60;
constexpr std::size_t kTypes = 7;

}  // namespace

void RandomStory::tell(EventList& list, int events) {
  for (int i = 0; i < events; ++i) {
    now_ += static_cast<event::Micros>(below(7'200)) * base::kMicrosPerSecond;
    if (now_ > 30 * base::kMicrosPerDay) now_ = 0;
    event::Micros at = kBegin + now_;
    if (below(5) == 0) at -= static_cast<event::Micros>(below(20)) * base::kMicrosPerDay;
    if (below(200) == 0) at = static_cast<event::Micros>(below(event::kOccurredAtEnd));
    // Few users at first: users that come later are new.
    const std::size_t known = 5 + list.events().size() / 20;
    list.add({.user = "user-" + std::to_string(below(std::min(known, kUsers))),
              .type = "type-" + std::to_string(below(1 + below(kTypes))),
              .at = at});
  }
}

contract::AskedSegment RandomStory::segment() {
  const auto ops = {"=", "!=", "<", ">=", "~", "exists"};
  contract::AskedSegment segment{
      .field = "event_type", .path = {}, .op = *(ops.begin() + below(ops.size())), .values = {}};
  if (segment.op != "exists") segment.values = {"type-" + std::to_string(below(kTypes + 1))};
  return segment;
}

contract::Asked RandomStory::question(const std::string& zone) {
  const auto& kinds = contract::question_cases();
  const contract::QuestionCase& kind = kinds[below(kinds.size())];
  contract::Asked asked{.what = kind.names[below(kind.names.size())], .tz = zone};
  const std::size_t conditions = below(3);
  for (std::size_t i = 0; i < conditions; ++i) asked.segments.push_back(segment());
  const auto from = kFirstDay - 25 + static_cast<std::int32_t>(below(60));
  kind.vary(asked, from, from + static_cast<std::int32_t>(below(40)),
            [this](std::size_t end) { return below(end); });
  return asked;
}

}  // namespace tidemark::views::rollup
