#pragma once

/// An endpoint, declared once: from the one value come routing, reading and checking of
/// parameters, the refusals and the OpenAPI document.
///
///     Endpoint top_events = endpoint<TopEvents>(Method::Get, "/stats/top-events", Access::Read)
///         .id("topEvents").tag("Statistics").summary("The most frequent event types")
///         .param(query("from", &TopEvents::from).required().alias("from_date"))
///         .param(query("limit", &TopEvents::limit).defaults_to(10).between(1, 1000))
///         .check([](const TopEvents& p, std::vector<Fault>& faults) { … })   // across parameters
///         .answers(200, "By count", kTopEventsSchema, kTopEventsExample)
///         .refuses(409, "engine_cannot_answer", "The engine asked for cannot answer this")
///         .on_lane(lanes.scans, [&engine](const Request& request, const TopEvents& p) { … });
///
/// The last call says where the handler runs:
///   handle    `Response(const Request&, const P&)`, on the network thread: under ~50 µs
///   on_lane   `Response(const Request&, const P&)`, on a lane's threads: may block; 503 if full
///   async     `Task<Response>(RequestPtr, P)`, a coroutine on the network thread. Give it as
///             `[&parts](RequestPtr r, P p) { return post(&parts, std::move(r), std::move(p)); }`,
///             because a lambda that is a coroutine itself must not capture
/// With `NoParameters` the second argument may be left out.

#include <cassert>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "http/gate.hpp"
#include "http/parameter.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/schema.hpp"
#include "http/task.hpp"

namespace tidemark::http {

/// A header line of a request or of an answer.
struct HeaderDoc {
  std::string name;
  std::string description;
  Schema schema = Schema::string();
};

/// One answer of an endpoint.
struct AnswerDoc {
  int status = 200;
  std::string code;  ///< for a refusal; empty otherwise
  std::string description;
  std::string content_type;  ///< empty: no body
  Schema schema;
  std::optional<boost::json::value> example;
  std::vector<HeaderDoc> headers;
};

/// One form of a request body.
struct MediaDoc {
  std::string content_type;  ///< "application/json", "application/*+json"
  Schema schema;
  std::optional<boost::json::value> example;
};

/// The forms of a request body. If none is declared, a body is read and ignored.
struct BodyDoc {
  std::vector<MediaDoc> media;         ///< the first one applies if there is no Content-Type
  std::vector<std::string> encodings;  ///< values of Content-Encoding: "gzip"; the handler decodes
  bool required = true;                ///< only for the document: the handler refuses
  std::string description;
};

/// Everything about an endpoint except its handler.
struct EndpointDoc {
  Method method = Method::Get;
  std::string path;  ///< "/events/{event_id}"
  Access access = Access::AdminOfAll;
  std::string id;  ///< operationId
  std::string tag;
  std::string summary;
  std::string description;
  std::vector<HeaderDoc> request_headers;  ///< those that HTTP defines; the handler reads them
  BodyDoc body;
  std::vector<AnswerDoc> answers;
  std::optional<std::size_t> body_bytes_max;  ///< instead of the server's
  bool rate_limited = true;
  bool documented = true;
  bool watches_client = false;
};

class WorkerPool;

/// Where a handler runs.
enum class Runs : std::uint8_t { Here, OnLane, Async };

/// A handler, and the code that reads its parameters.
class Action {
 public:
  virtual ~Action() = default;
  [[nodiscard]] virtual Runs runs() const noexcept = 0;
  /// For OnLane; otherwise null.
  [[nodiscard]] virtual WorkerPool* lane() const noexcept { return nullptr; }
  /// For Here and OnLane.
  [[nodiscard]] virtual Response run(const Request& request) const = 0;
  /// For Async.
  [[nodiscard]] virtual Task<Response> start(RequestPtr request) const = 0;
};

/// A value; copies share the handler.
struct Endpoint {
  EndpointDoc doc;
  ParameterSet parameters;
  std::shared_ptr<const Action> action;
};

struct NoParameters {};

/// The refusal of a request with wrong parameters.
[[nodiscard]] Response refuse_parameters(std::vector<Fault> faults);

/// An exception, which no handler may throw, becomes a 500 whose text tells no internals.
[[nodiscard]] Response internal_error(const std::string& what) noexcept;

template <class P>
class EndpointBuilder {
 public:
  using Check = std::function<void(const P&, std::vector<Fault>&)>;

  EndpointBuilder(Method method, std::string_view path, Access access) {
    assert(path.starts_with('/'));
    endpoint_.doc.method = method;
    endpoint_.doc.path = path;
    endpoint_.doc.access = access;
  }

  EndpointBuilder& id(std::string_view operation) { return set(endpoint_.doc.id, operation); }
  EndpointBuilder& tag(std::string_view name) { return set(endpoint_.doc.tag, name); }
  EndpointBuilder& summary(std::string_view text) { return set(endpoint_.doc.summary, text); }
  EndpointBuilder& description(std::string_view text) {
    return set(endpoint_.doc.description, text);
  }

  template <class Owner, class Member>
  EndpointBuilder& param(const Parameter<Owner, Member>& parameter) {
    endpoint_.parameters.add(parameter.template bind<P>());
    if (parameter.has_default()) parameter.apply_default(defaults_);
    return *this;
  }
  /// Adds a parameter that was made from another declaration; it fills a P.
  EndpointBuilder& param(BoundParameter parameter) {
    endpoint_.parameters.add(std::move(parameter));
    return *this;
  }
  /// Adds parts that several endpoints share: `declare(EndpointBuilder&)`.
  template <class Declare>
  EndpointBuilder& with(const Declare& declare) {
    declare(*this);
    return *this;
  }
  /// Adds a check of all parameters together; it runs only if each parameter by itself is right.
  EndpointBuilder& check(Check rule) {
    assert(rule);
    checks_.push_back(std::move(rule));
    return *this;
  }

  /// A header line with its own rules, which is not a parameter: the handler reads it.
  EndpointBuilder& request_header(std::string_view name, std::string_view description) {
    endpoint_.doc.request_headers.push_back({std::string(name), std::string(description)});
    return *this;
  }
  EndpointBuilder& accepts(std::string_view content_type, const Schema& schema,
                           std::optional<boost::json::value> example = std::nullopt) {
    endpoint_.doc.body.media.push_back({std::string(content_type), schema, std::move(example)});
    return *this;
  }
  EndpointBuilder& encodings(std::vector<std::string> names) {
    endpoint_.doc.body.encodings = std::move(names);
    return *this;
  }
  EndpointBuilder& body_optional() {
    endpoint_.doc.body.required = false;
    return *this;
  }
  EndpointBuilder& body_description(std::string_view text) {
    return set(endpoint_.doc.body.description, text);
  }
  EndpointBuilder& body_bytes_max(std::size_t bytes) {
    endpoint_.doc.body_bytes_max = bytes;
    return *this;
  }

  /// A JSON answer. For another form of the same status, call it again with another content type.
  EndpointBuilder& answers(int status, std::string_view description, const Schema& schema,
                           std::optional<boost::json::value> example = std::nullopt,
                           std::string_view content_type = kJson) {
    assert(status >= 100 && status <= 599);
    endpoint_.doc.answers.push_back({.status = status,
                                     .code = {},
                                     .description = std::string(description),
                                     .content_type = std::string(content_type),
                                     .schema = schema,
                                     .example = std::move(example),
                                     .headers = {}});
    return *this;
  }
  /// An answer without a body.
  EndpointBuilder& answers(int status, std::string_view description) {
    return answers(status, description, Schema{}, std::nullopt, "");
  }
  /// A header line of the most recently declared answer.
  EndpointBuilder& answer_header(std::string_view name, std::string_view description,
                                 const Schema& schema = Schema::string()) {
    assert(!endpoint_.doc.answers.empty());
    endpoint_.doc.answers.back().headers.push_back(
        {std::string(name), std::string(description), schema});
    return *this;
  }
  /// A refusal in addition to those of every endpoint (see openapi.hpp).
  EndpointBuilder& refuses(int status, std::string_view code, std::string_view description,
                           const Schema& schema = problem_schema()) {
    answers(status, description, schema, std::nullopt, kProblemJson);
    endpoint_.doc.answers.back().code = code;
    return *this;
  }

  EndpointBuilder& not_rate_limited() {
    endpoint_.doc.rate_limited = false;
    return *this;
  }
  EndpointBuilder& undocumented() {
    endpoint_.doc.documented = false;
    return *this;
  }
  /// For `async`: `request->stop` tells that the client has gone.
  EndpointBuilder& watch_client() {
    endpoint_.doc.watches_client = true;
    return *this;
  }

  template <class Handler>
  [[nodiscard]] Endpoint handle(Handler handler) {
    return finish(std::make_shared<Direct<Handler>>(take(), std::move(handler), nullptr));
  }
  /// The lane must outlive the server.
  template <class Handler>
  [[nodiscard]] Endpoint on_lane(WorkerPool& lane, Handler handler) {
    return finish(std::make_shared<Direct<Handler>>(take(), std::move(handler), &lane));
  }
  template <class Handler>
  [[nodiscard]] Endpoint async(Handler handler) {
    return finish(std::make_shared<Coroutine<Handler>>(take(), std::move(handler)));
  }

 private:
  /// Turns a request into a P.
  struct Reader {
    ParameterSet parameters;
    std::vector<Check> checks;
    P defaults;

    std::vector<Fault> read(const Request& request, P& into) const {
      into = defaults;
      auto faults = parameters.read(request, &into);
      if (!faults.empty()) return faults;
      for (const Check& rule : checks) rule(into, faults);
      return faults;
    }
  };

  template <class Handler>
  class Direct final : public Action {
   public:
    Direct(Reader reader, Handler handler, WorkerPool* lane)
        : reader_(std::move(reader)), handler_(std::move(handler)), lane_(lane) {}
    [[nodiscard]] Runs runs() const noexcept override {
      return lane_ == nullptr ? Runs::Here : Runs::OnLane;
    }
    [[nodiscard]] WorkerPool* lane() const noexcept override { return lane_; }
    [[nodiscard]] Response run(const Request& request) const override {
      P parameters{};
      auto faults = reader_.read(request, parameters);
      if (!faults.empty()) return refuse_parameters(std::move(faults));
      if constexpr (std::invocable<const Handler&, const Request&, const P&>) {
        return handler_(request, std::as_const(parameters));
      } else {
        return handler_(request);
      }
    }
    [[nodiscard]] Task<Response> start(RequestPtr request) const override {
      co_return run(*request);
    }

   private:
    Reader reader_;
    Handler handler_;
    WorkerPool* lane_;  // null: runs on the thread that read the request
  };

  template <class Handler>
  class Coroutine final : public Action {
   public:
    Coroutine(Reader reader, Handler handler)
        : reader_(std::move(reader)), handler_(std::move(handler)) {}
    [[nodiscard]] Runs runs() const noexcept override { return Runs::Async; }
    [[nodiscard]] Response run(const Request&) const override {
      return internal_error("a coroutine was run as a function");
    }
    [[nodiscard]] Task<Response> start(RequestPtr request) const override {
      P parameters{};
      auto faults = reader_.read(*request, parameters);
      if (!faults.empty()) return refused(std::move(faults));
      if constexpr (std::invocable<const Handler&, RequestPtr, P>) {
        return handler_(std::move(request), std::move(parameters));
      } else {
        return handler_(std::move(request));
      }
    }

   private:
    static Task<Response> refused(std::vector<Fault> faults) {
      co_return refuse_parameters(std::move(faults));
    }

    Reader reader_;
    Handler handler_;
  };

  EndpointBuilder& set(std::string& member, std::string_view text) {
    member = text;
    return *this;
  }
  Reader take() { return {endpoint_.parameters, std::move(checks_), std::move(defaults_)}; }
  Endpoint finish(std::shared_ptr<const Action> action) {
    endpoint_.action = std::move(action);
    return std::move(endpoint_);
  }

  Endpoint endpoint_;
  P defaults_{};
  std::vector<Check> checks_;
};

/// Starts a declaration. The path has no `/api/v1` and no trailing slash; `{name}` takes one
/// segment. Without saying who may call it, no endpoint compiles.
template <class P = NoParameters>
[[nodiscard]] EndpointBuilder<P> endpoint(Method method, std::string_view path, Access access) {
  return {method, path, access};
}

}  // namespace tidemark::http
