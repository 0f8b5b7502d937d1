#include "telemetry/metrics.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace tidemark::telemetry {
namespace {

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& inner) : inner_(inner) {}
  void add(double by) override { inner_.Increment(by); }
  void raise_to(double total) { inner_.Increment(std::max(total - inner_.Value(), 0.0)); }

 private:
  prometheus::Counter& inner_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& inner) : inner_(inner) {}
  void set(double to) override { inner_.Set(to); }

 private:
  prometheus::Gauge& inner_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& inner) : inner_(inner) {}
  void observe(double value) override { inner_.Observe(value); }

 private:
  prometheus::Histogram& inner_;
};

prometheus::Labels to_prometheus(const Labels& labels) { return {labels.begin(), labels.end()}; }

std::string key_of(const std::string& name, const Labels& labels) {
  std::string key = name;
  for (const auto& [label, value] : labels) key += '\0' + label + '\0' + value;
  return key;
}

}  // namespace

struct Metrics::State {
  mutable std::mutex mutex;
  prometheus::Registry registry;
  std::map<std::string, PrometheusCounter> counters;
  std::map<std::string, PrometheusGauge> gauges;
  std::map<std::string, PrometheusHistogram> histograms;
  std::vector<std::function<void()>> readers;
  std::mutex rendering;  // one at a time: two would add the same difference to a counter twice
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  const auto key = key_of(name, labels);
  if (const auto found = state_->counters.find(key); found != state_->counters.end()) {
    return found->second;
  }
  auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry);
  return state_->counters.try_emplace(key, family.Add(to_prometheus(labels))).first->second;
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  const auto key = key_of(name, labels);
  if (const auto found = state_->gauges.find(key); found != state_->gauges.end()) {
    return found->second;
  }
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry);
  return state_->gauges.try_emplace(key, family.Add(to_prometheus(labels))).first->second;
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                              const std::vector<double>& bounds, const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  const auto key = key_of(name, labels);
  if (const auto found = state_->histograms.find(key); found != state_->histograms.end()) {
    return found->second;
  }
  auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry);
  return state_->histograms.try_emplace(key, family.Add(to_prometheus(labels), bounds))
      .first->second;
}

void Metrics::read_gauge(const std::string& name, const std::string& help, Read read,
                         const Labels& labels) {
  auto& figure = gauge(name, help, labels);
  const std::lock_guard lock(state_->mutex);
  state_->readers.emplace_back([&figure, read = std::move(read)] { figure.set(read()); });
}

void Metrics::read_counter(const std::string& name, const std::string& help, Read read,
                           const Labels& labels) {
  auto& figure = static_cast<PrometheusCounter&>(counter(name, help, labels));
  const std::lock_guard lock(state_->mutex);
  state_->readers.emplace_back([&figure, read = std::move(read)] { figure.raise_to(read()); });
}

void Metrics::read_gauges(const std::string& name, const std::string& help,
                          const std::string& label, ReadAll read) {
  const std::lock_guard lock(state_->mutex);
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry);
  auto shown = std::make_shared<std::map<std::string, prometheus::Gauge*>>();
  state_->readers.emplace_back([&family, label, shown, read = std::move(read)] {
    auto before = std::exchange(*shown, {});
    for (const auto& [text, value] : read()) {
      auto& gauge = family.Add({{label, text}});
      gauge.Set(value);
      (*shown)[text] = &gauge;
      before.erase(text);
    }
    for (const auto& [text, gauge] : before) family.Remove(gauge);
  });
}

std::string Metrics::render() const {
  const std::lock_guard rendering(state_->rendering);
  std::vector<std::function<void()>> readers;
  {
    const std::lock_guard lock(state_->mutex);
    readers = state_->readers;
  }
  for (const auto& read : readers) read();
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

const std::vector<double>& seconds_bounds() {
  static const std::vector<double> bounds = {
      0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10};
  return bounds;
}

}  // namespace tidemark::telemetry
