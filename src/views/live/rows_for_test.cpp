#include "views/live/rows_for_test.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include "query/position.hpp"

namespace tidemark::views::live {
namespace {

/// What stands between two marks behind `from`.
std::string_view between(std::string_view text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string_view::npos) return {};
  const auto rest = text.substr(at + from.size());
  return rest.substr(0, rest.find(to));
}

}  // namespace

Story::Story() { commit(0, ""); }

event::Sequence Story::commit(const std::vector<std::string>& types, event::ProjectId project) {
  auto owner = std::make_shared<std::vector<std::string>>();
  owner->reserve(types.size() * 2);  // what rows point to must not move
  std::vector<event::StoredRow> rows;
  for (const auto& type : types) {
    event::StoredRow row;
    row.sequence = tail_.end() + rows.size();
    row.id = owner->emplace_back("e-" + std::to_string(row.sequence));
    row.event_type = owner->emplace_back(type);
    row.user_id = "ann";
    row.properties = "{}";
    rows.push_back(row);
  }
  publication_.take_back();
  tail_.append({project, rows}, owner, 1);
  auto visible = std::make_shared<query::Visible>();
  visible->position = tail_.end();
  visible->tail = tail_.snapshot();
  visible->manifest = std::make_shared<archive::Manifest>();
  publication_.publish(std::move(visible));
  return tail_.end();
}

event::Sequence Story::commit(std::size_t count, const std::string& type) {
  return commit(std::vector<std::string>(count, type));
}

query::EventScan Story::scan() {
  return {[this](const query::Visible& visible, event::Sequence from, event::Sequence to,
                 const event::RowVisitor& visit) -> base::Status {
    if (unreadable) return base::Error{base::ErrorCode::Corrupt, "unreadable"};
    base::Status status = base::ok;
    visible.tail.for_each_piece(from, to, [&](const event::ProjectRows& piece) {
      if (status) status = visit(piece);
    });
    return status;
  }};
}

query::EventFilter everything() {
  query::ListEvents question;
  question.scope.zone = event::utc();
  return query::EventFilter(question);
}

query::EventFilter of_type(const std::string& type) {
  query::ListEvents question;
  question.scope.zone = event::utc();
  question.scope.segment.conditions = {*query::parse_condition("event_type:" + type)};
  return query::EventFilter(question);
}

std::vector<std::string> told(const std::string& text) {
  std::vector<std::string> all;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = rest.find("\n\n");
    const auto message = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    if (message.find("event: missed") != std::string_view::npos) {
      all.push_back("missed " + std::string(between(message, "\"missed\":", "}")));
    } else if (message.find("data: ") != std::string_view::npos) {
      all.push_back(std::string(between(message, "\"event_id\":\"", "\"")) + ":" +
                    std::string(between(message, "\"event_type\":\"", "\"")));
    }
  }
  return all;
}

event::Sequence last_position(const std::string& text) {
  const auto at = text.rfind("id: ");
  if (at == std::string::npos) return event::kNoSequence;
  auto position = query::parse_position(text.substr(at + 4, 11));
  return position ? std::get<event::Sequence>(*position) : event::kNoSequence;
}

}  // namespace tidemark::views::live
