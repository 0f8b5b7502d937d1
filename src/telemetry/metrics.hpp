#pragma once

/// Figures by name, in the form that Prometheus reads.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::telemetry {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// Only grows. Threads: any.
class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double by = 1) = 0;
};

/// Goes up and down. Threads: any.
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double to) = 0;
};

/// Counts how often values fell into each range. Threads: any.
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
};

/// The figures of one process.
///
/// Threads:  any; asking for a figure takes a lock, so ask once and keep the reference.
/// Lifetime: references live as long as the object. The same name and labels give the same figure.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  /// `bounds`: upper ends of the ranges, rising; a range above all of them always exists.
  Histogram& histogram(const std::string& name, const std::string& help,
                       const std::vector<double>& bounds, const Labels& labels = {});

  /// For figures that other code keeps: `read` is called for each rendering, from any thread, and
  /// must not block. A counter's value must never fall; if it does, the figure stays.
  using Read = std::function<double()>;
  void read_gauge(const std::string& name, const std::string& help, Read read,
                  const Labels& labels = {});
  void read_counter(const std::string& name, const std::string& help, Read read,
                    const Labels& labels = {});

  /// One figure for each text that `read` gives, distinguished by `label`; texts that it no longer
  /// gives are gone. `read` must bound their number.
  using ReadAll = std::function<std::vector<std::pair<std::string, double>>()>;
  void read_gauges(const std::string& name, const std::string& help, const std::string& label,
                   ReadAll read);

  /// The text format of Prometheus, version 0.0.4.
  [[nodiscard]] std::string render() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// 1, 2, 5 steps from 100 microseconds to 10 seconds: the range of answers and syncs.
const std::vector<double>& seconds_bounds();

}  // namespace tidemark::telemetry
