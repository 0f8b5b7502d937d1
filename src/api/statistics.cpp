// GET /stats/*: parameters to a question, an answer to JSON or CSV.

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/answer_tag.hpp"
#include "api/answering.hpp"
#include "api/api.hpp"
#include "api/errors.hpp"
#include "api/question_parameter.hpp"
#include "api/scoping.hpp"
#include "api/statistics_text.hpp"
#include "http/endpoint.hpp"
#include "http/static_document.hpp"
#include "query/bounds.hpp"
#include "query/position.hpp"
#include "query/shared_texts.hpp"

namespace tidemark::api {
namespace {

using http::Fault;
using query::Cost;

/// What all statistics have in common.
struct CommonParameters {
  std::optional<event::ZonePtr> tz;
  std::vector<query::Condition> segments;
  std::optional<std::string> engine;
  std::optional<query::Position> after;
};

/// A question's own fields are read into the question.
template <class Question>
struct QuestionParameters : CommonParameters {
  Question question;
};

void add_fault(std::optional<query::ParameterFault> fault, std::vector<Fault>& faults) {
  if (!fault) return;
  faults.push_back({.field = std::move(fault->field),
                    .code = std::move(fault->code),
                    .message = std::move(fault->message)});
}

template <class P>
void declare_common(http::EndpointBuilder<P>& builder, const Service& service) {
  builder.tag("Statistics")
      .param(http::query("tz", &CommonParameters::tz)
                 .describe("IANA time zone of the days; by default the project's zone, which is "
                           "UTC unless set"))
      .param(
          http::repeated("segment", &CommonParameters::segments)
              .describe("Counts only events that match: event_type:NAME, or FIELD OP VALUE with "
                        "FIELD event_type, user_id or properties.KEY and OP one of = != < <= > "
                        ">= ~; FIELD in (a,b); FIELD exists. Several segments are joined by AND"))
      .param(http::query("engine", &CommonParameters::engine)
                 .check([](const std::string& name) -> base::Status {
                   if (query::Engines::check_name(name)) return base::ok;
                   return base::Error{base::ErrorCode::InvalidInput,
                                      "the name of an engine: " + query::engine_names_text()};
                 })
                 .describe("The engine that must answer: " + query::engine_names_text())
                 .example("columnar"))
      .param(http::query("after", &CommonParameters::after)
                 .check(told_here(service))
                 .describe("Waits (at most 10 s) until the write with this position is visible"))
      .check([](const P& p, std::vector<Fault>& faults) {
        add_fault(query::check_conditions(p.segments.size()), faults);
      })
      .request_header("If-None-Match",
                      "ETags of answers that the client has. If one of them is still current, the "
                      "answer is 304, and nothing is calculated")
      .refuses(409, "engine_cannot_answer", "The requested engine cannot answer this")
      .refuses(504, "timed_out",
               "The position was not visible in time, or the answer took too long")
      .watch_client();
}

/// The fields of the question, as parameters of its endpoint.
template <class Question>
void declare_fields(http::EndpointBuilder<QuestionParameters<Question>>& builder) {
  const Question made;
  std::apply(
      [&](const auto&... field) {
        (builder.param(parameter_of<QuestionParameters<Question>>(
             field, field.at(made),
             [at = field.at](QuestionParameters<Question>& p) -> auto& { return at(p.question); })),
         ...);
      },
      Question::fields());
  builder.check([](const QuestionParameters<Question>& p, std::vector<Fault>& faults) {
    add_fault(p.question.fault(), faults);
  });
}

query::Scope scope_of(const Service& service, const http::Request& request,
                      const CommonParameters& parameters) {
  const event::ProjectId project = project_of(request);
  return {.project = project,
          .zone = parameters.tz ? *parameters.tz : zone_of(service, project),
          .segment = {.conditions = parameters.segments}};
}

/// A question with all that shapes its answer.
struct Asked {
  http::RequestPtr request;
  CommonParameters parameters;
  query::Question question;
  std::shared_ptr<query::SharedTexts> texts;  ///< large answers that others are given too

  [[nodiscard]] std::optional<std::string_view> forced_engine() const {
    if (!parameters.engine) return std::nullopt;
    return *parameters.engine;
  }
};

/// For example for a measurement, for which a kept answer would be useless.
bool wants_anew(const http::Request& request) {
  return request.headers("Cache-Control").find("no-cache") != std::string::npos;
}

/// The header lines that an answer and a 304 in its place have in common.
void add_validators(http::Response& response, const std::string& tag) {
  response.header("ETag", tag);
  response.header("Cache-Control", "no-cache");  // keep it, but ask whether it is the same
  // Of an answer with a body the second one is added where it may be compressed.
  response.header("Vary", response.status == 304 ? "Accept, Accept-Encoding" : "Accept");
}

/// A tag must not hold for the other form of the cells.
std::string_view csv_representation(const Service& service) {
  return service.limits.csv_formulas_quoted ? http::kCsv : std::string_view("text/csv, plain");
}

http::Response not_modified(const std::string& tag) {
  http::Response response(304);
  add_validators(response, tag);
  return response;
}

using Given = base::Result<std::shared_ptr<const query::Answered>>;

std::optional<Given> ask(const Service& service, const Asked& asked, const query::Visible& visible,
                         const query::Cancellation& cancellation, Cost cost_max) {
  const query::AnswerCache::Wish wish{.forced = asked.forced_engine(),
                                      .anew = wants_anew(*asked.request)};
  if (cost_max == Cost::Reading) {
    return service.answers.answer(asked.question, visible, cancellation, wish);
  }
  return service.answers.answer_within(cost_max, asked.question, visible, cancellation, wish);
}

/// Nothing: it costs more than `cost_max`.
std::optional<http::Response> answer(const Service& service, const Asked& asked,
                                     const query::Visible& visible,
                                     const query::Cancellation& cancellation, Cost cost_max) {
  assert(asked.texts != nullptr);
  const auto begun = std::chrono::steady_clock::now();
  const auto forced = asked.forced_engine();
  const bool csv = prefers_csv(asked.request->headers("Accept"));
  const auto tag = answer_tag({.history = service.history,
                               .question = asked.question,
                               .forced_engine = forced,
                               .position = visible.position,
                               .representation = csv ? csv_representation(service) : http::kJson});
  const auto known = asked.request->headers("If-None-Match");
  // `*` asks whether there is an answer at all, which only an answer can tell.
  const bool wants_any = known == "*";
  if (!wants_any && http::matches_etag(known, tag)) return not_modified(tag);
  const bool anew = wants_anew(*asked.request);
  http::Response response(200);
  response.content_type = csv ? http::kCsv : http::kJson;
  response.shared_body = anew || wants_any ? nullptr : asked.texts->find(tag);
  if (response.shared_body == nullptr) {
    auto answered = ask(service, asked, visible, cancellation, cost_max);
    if (!answered) return std::nullopt;
    if (!*answered) return to_problem(answered->error());
    assert(**answered != nullptr);
    const query::Answered& given = ***answered;
    if (wants_any) return not_modified(tag);
    auto text = csv ? answer_csv(given.answer.data, service.limits.csv_formulas_quoted)
                    : answer_json(asked.question, given, service.position_tag);
    if (text.size() < query::SharedTexts::kFrom) {
      response.body = std::move(text);
    } else {
      response.shared_body = asked.texts->put(tag, std::move(text));
    }
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;

  response.header("Server-Timing", "query;dur=" + milliseconds_text(took.count()));
  add_validators(response, tag);
  return response;
}

/// A lane, and what its answers may cost.
struct Step {
  http::WorkerPool* lane;
  Cost cost_max;
};

/// Every question begins in the lane of the cheapest, where its answer may be kept or an engine may
/// have it at hand. A more expensive question moves to a lane where it delays none of them.
http::Task<http::Response> answer_question(const Service* service,
                                           std::shared_ptr<const Asked> asked) {
  using Answer = std::optional<http::Response>;
  auto refused = co_await wait_to_answer(service, asked->parameters.after);
  if (refused) co_return std::move(*refused);
  Lanes& lanes = service->lanes;
  const std::array<Step, 3> steps{{{&lanes.rollup, Cost::Lookup},
                                   {&lanes.memory, Cost::Memory},
                                   {&lanes.scans, Cost::Reading}}};
  for (const Step& step : steps) {
    WorkOf<Answer> work = [service, asked, cost_max = step.cost_max](
                              const query::Visible& visible,
                              const query::Cancellation& cancellation) {
      return answer(*service, *asked, visible, cancellation, cost_max);
    };
    auto given = co_await run_with_state(service, asked->request, step.lane, std::move(work));
    if (!given) co_return refuse_question();
    if (*given) co_return std::move(**given);
  }
  co_return refuse_question();  // not reached: the last step answers everything
}

http::Task<http::Response> ask(const Service* service, http::RequestPtr request,
                               CommonParameters parameters, query::Question question,
                               std::shared_ptr<query::SharedTexts> texts) {
  return answer_question(service,
                         std::make_shared<const Asked>(Asked{.request = std::move(request),
                                                             .parameters = std::move(parameters),
                                                             .question = std::move(question),
                                                             .texts = std::move(texts)}));
}

/// The endpoint of a question under one of its names.
template <class Question>
http::Endpoint question_endpoint(const Service& service, const query::Named<Question>& named) {
  using Parameters = QuestionParameters<Question>;
  auto builder = http::endpoint<Parameters>(http::Method::Get, "/stats/" + std::string(named.name),
                                            http::Access::Read);
  builder.id(named.operation).summary(named.summary);
  declare_fields<Question>(builder);
  declare_common(builder, service);
  declare_answer(builder, schema_of(query::answer_shape<Question>(), Question::kAnswer),
                 Question::kRows);
  auto texts = std::make_shared<query::SharedTexts>();
  return builder.async(
      [&service, preset = named.preset, texts](http::RequestPtr request, Parameters parameters) {
        Question question = std::move(parameters.question);
        question.scope = scope_of(service, *request, parameters);
        if (preset != nullptr) preset(question);
        if constexpr (requires { question.settle(); }) question.settle();
        return ask(&service, std::move(request), std::move(parameters), std::move(question), texts);
      });
}

}  // namespace

std::vector<http::Endpoint> statistics_endpoints(const Service& service) {
  std::vector<http::Endpoint> endpoints;
  query::for_each_kind([&]<class Question>(std::type_identity<Question>) {
    for (const auto& named : Question::names()) {
      endpoints.push_back(question_endpoint(service, named));
    }
  });
  return endpoints;
}

}  // namespace tidemark::api
