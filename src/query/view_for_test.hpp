#pragma once

/// A view that remembers what it was given.

#include <memory>
#include <string>
#include <vector>

#include "query/view.hpp"

namespace tidemark::query {

/// Its root shows the sequences that it has taken.
class ViewForTest final : public View {
 public:
  struct Root final : ViewRoot {
    std::vector<event::Sequence> taken;
  };

  explicit ViewForTest(std::string name) : name_(std::move(name)) {}

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] archive::Columns columns() const override { return archive::Columns::Views; }
  [[nodiscard]] event::Sequence position() const override { return at; }
  void apply(const event::ProjectRows& piece) override {
    for (const auto& row : piece.rows) {
      if (row.sequence < at) continue;
      taken.push_back(row.sequence);
      at = row.sequence + 1;
    }
  }
  void give_up(event::Sequence position) override {
    taken.clear();
    given_up = true;
    at = position;
  }
  [[nodiscard]] bool wants_turn() const override { return wants; }
  void take_turn() override {
    wants = false;
    ++turns;
  }
  [[nodiscard]] std::shared_ptr<const ViewRoot> root() override {
    auto shown = std::make_shared<Root>();
    shown->taken = taken;
    return shown;
  }
  void start(ViewHooks) override { started = true; }
  void stop() override { started = false; }
  void tend(const ViewRoot& root) override { tended = static_cast<const Root&>(root).taken.size(); }
  base::Status write_snapshot(const ViewRoot& root) override {
    if (fails) return base::Error{base::ErrorCode::Unavailable, "no room"};
    const auto& shown = static_cast<const Root&>(root).taken;
    snapshot = shown.empty() ? 0 : shown.back() + 1;
    return base::ok;
  }
  [[nodiscard]] event::Sequence snapshot_position() const override { return snapshot; }
  [[nodiscard]] ViewFigures figures() const override { return {.given_up = given_up}; }

  event::Sequence at = 0;
  std::vector<event::Sequence> taken;
  event::Sequence snapshot = 0;
  std::size_t tended = 0;
  int turns = 0;
  bool wants = false;
  bool fails = false;
  bool given_up = false;
  bool started = false;

 private:
  const std::string name_;
};

}  // namespace tidemark::query
