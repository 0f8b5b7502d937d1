// What a declaration promises: every fault of a request is told, each with its code, and the
// document says the same as the parser does.

#include "http/endpoint.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/openapi.hpp"
#include "http/percent.hpp"
#include "http/router.hpp"

namespace tidemark::http {

enum class Order : std::uint8_t { Descending, Ascending };
template <>
struct EnumNames<Order> {
  static constexpr std::array<std::pair<std::string_view, Order>, 2> names = {
      {{"desc", Order::Descending}, {"asc", Order::Ascending}}};
};

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Range {
  std::string from;
  std::optional<std::string> to;
};
struct Search : Range {
  std::int64_t limit = 0;
  Order order = Order::Descending;
  std::vector<std::string> segments;
  std::vector<Keyed<std::string>> properties;
};

void range(EndpointBuilder<Search>& builder) {
  builder.param(query("from", &Range::from).required().alias("from_date").example("2025-08-01"))
      .param(query("to", &Range::to));
}

Endpoint search_endpoint() {
  return endpoint<Search>(Method::Get, "/things", Access::Anyone)
      .id("searchThings")
      .tag("Things")
      .summary("Finds things")
      .with(range)
      .param(query("limit", &Search::limit).defaults_to(10).between(1, 1000))
      .param(query("order", &Search::order).defaults_to(Order::Descending))
      .param(repeated("segment", &Search::segments))
      .param(prefixed("properties.", &Search::properties))
      .check([](const Search& p, std::vector<Fault>& faults) {
        if (p.to && *p.to < p.from) faults.push_back({"to", "invalid_parameter", "before from"});
      })
      .answers(200, "What was found", Schema::array(Schema::string()))
      .answers(200, "As CSV", Schema::string(), std::nullopt, "text/csv")
      .request_header("If-None-Match", "What the client has")
      .refuses(409, "engine_cannot_answer", "Not made for it")
      .handle([](const Request&, const Search& p) {
        std::string all = p.from + "|" + p.to.value_or("-") + "|" + std::to_string(p.limit) + "|" +
                          (p.order == Order::Ascending ? "asc" : "desc");
        for (const auto& s : p.segments) all += "|" + s;
        for (const auto& s : p.properties) all += "|" + s.key + ":" + s.value;
        return Response::text(200, all);
      });
}

Response ask(const Endpoint& endpoint, std::string_view query) {
  Request request;
  EXPECT_TRUE(decode_query(query, request.query));
  return endpoint.action->run(request);
}

std::vector<std::string> codes(const Response& response) {
  std::vector<std::string> all;
  if (!response.problem) return {"no problem: " + response.body};
  EXPECT_EQ(response.problem->status, 422);
  for (const Fault& fault : response.problem->errors) all.push_back(fault.field + " " + fault.code);
  return all;
}

TEST(Endpoint, ReadsEveryKindOfParameterAndItsDefault) {
  const Endpoint endpoint = search_endpoint();
  EXPECT_EQ(
      ask(endpoint, "from_date=a%20b+c&segment=x&segment=y&properties.plan=pro&order=asc").body,
      "a b c|-|10|asc|x|y|plan:pro");
  EXPECT_EQ(ask(endpoint, "from=1&to=2&limit=1000").body, "1|2|1000|desc");
}

TEST(Endpoint, TellsEveryFaultOfARequestAtOnce) {
  const Endpoint endpoint = search_endpoint();
  EXPECT_THAT(codes(ask(endpoint, "")), ElementsAre("from missing_parameter"));
  EXPECT_THAT(codes(ask(endpoint, "from=")), ElementsAre("from empty_parameter"));
  EXPECT_THAT(codes(ask(endpoint, "from=1&from=1")), ElementsAre("from repeated_parameter"));
  EXPECT_THAT(codes(ask(endpoint, "from=1&from_date=1")),
              ElementsAre("from_date repeated_parameter"));
  EXPECT_THAT(codes(ask(endpoint, "from=1&properties.a=1&properties.b=1&properties.a=2")),
              ElementsAre("properties.a repeated_parameter"));
  EXPECT_THAT(codes(ask(endpoint, "form=1&limit=0&order=up&to=%ff&properties.=1")),
              ElementsAre("form unknown_parameter", "limit invalid_parameter",
                          "order invalid_parameter", "to invalid_parameter",
                          "properties. unknown_parameter", "from missing_parameter"));
}

TEST(Endpoint, AMessageSaysWhatWasExpectedAndWhatWasReceived) {
  const Response response = ask(search_endpoint(), "from=1&limit=many&order=up");
  ASSERT_TRUE(response.problem);
  EXPECT_EQ(response.problem->errors[0].message, "`limit` must be an integer; received \"many\".");
  EXPECT_EQ(response.problem->errors[1].message,
            "`order` must be one of desc, asc; received \"up\".");
  const auto range = ask(search_endpoint(), "from=1&limit=1001");
  EXPECT_EQ(range.problem->errors[0].message,
            "`limit` must be a number from 1 to 1000; received \"1001\".");
}

TEST(Endpoint, ChecksAcrossParametersRunOnlyWhereEachIsRight) {
  EXPECT_THAT(codes(ask(search_endpoint(), "from=2&to=1")), ElementsAre("to invalid_parameter"));
  EXPECT_THAT(codes(ask(search_endpoint(), "from=2&to=1&x=1")), ElementsAre("x unknown_parameter"));
}

TEST(Endpoint, IntegersAreDigitsAndNothingElse) {
  for (const char* bad : {"1.0", "1e3", "+1", " 1", "1 ", "0x1", "99999999999999999999", "-"}) {
    EXPECT_FALSE(ParameterType<std::int64_t>::parse(bad)) << bad;
  }
  EXPECT_EQ(*ParameterType<std::int64_t>::parse("-42"), -42);
}

struct RouterTest : testing::Test {
  static Endpoint at(Method method, std::string_view path) {
    return endpoint(method, path, Access::Anyone).id(std::string(path)).handle([](const Request&) {
      return Response{200};
    });
  }
  static std::vector<Endpoint> all() {
    std::vector<Endpoint> endpoints;
    endpoints.push_back(at(Method::Get, "/"));
    endpoints.push_back(at(Method::Get, "/events/{event_id}"));
    endpoints.push_back(at(Method::Get, "/events/live"));
    endpoints.push_back(at(Method::Get, "/events"));
    endpoints.push_back(at(Method::Post, "/events"));
    return endpoints;
  }
  Router router{all()};
  Request request;

  std::string found(Method method, std::string_view target) {
    request.method = method;
    request.target = target;
    const Route route = router.find(request);
    if (route.endpoint == nullptr) return "- " + std::string(route.allow);
    std::string text = route.endpoint->doc.path;
    for (const std::string& parameter : request.path_parameters) text += " " + parameter;
    return text;
  }
};

TEST_F(RouterTest, PrefixAndTrailingSlashMakeNoDifference) {
  for (const char* target : {"/events", "/events/", "/api/v1/events", "/api/v1/events/?a=/x/"}) {
    EXPECT_EQ(found(Method::Get, target), "/events") << target;
  }
  EXPECT_EQ(found(Method::Get, "/"), "/");
  EXPECT_EQ(found(Method::Get, "/api/v1"), "/");
  EXPECT_EQ(found(Method::Get, "/api/v1/"), "/");
  EXPECT_EQ(found(Method::Get, "/api/v12/events"), "- ");
}

TEST_F(RouterTest, ALiteralSegmentWinsAndOthersAreDecoded) {
  EXPECT_EQ(found(Method::Get, "/events/live"), "/events/live");
  EXPECT_EQ(found(Method::Get, "/events/a%2Fb%20c+d"), "/events/{event_id} a/b c+d");
  EXPECT_EQ(found(Method::Get, "/%65vents"), "/events");
  EXPECT_EQ(found(Method::Get, "/events/a%2"), "- ");
  EXPECT_EQ(found(Method::Get, "//events"), "- ");
  EXPECT_EQ(found(Method::Get, "/events/a/b"), "- ");
}

TEST_F(RouterTest, AKnownPathTellsItsMethods) {
  EXPECT_EQ(found(Method::Delete, "/events"), "- GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(found(Method::Head, "/events"), "/events");
  EXPECT_EQ(found(Method::Head, "/events/live"), "/events/live");
  EXPECT_EQ(found(Method::Get, "/nothing"), "- ");
}

TEST(OpenApi, SaysWhatTheDeclarationSays) {
  const std::string text = openapi_document(
      {.title = "T", .version = "1", .description = "", .tags = {{"Things", "All of them"}}},
      {search_endpoint()});
  const auto document = boost::json::parse(text);
  EXPECT_EQ(document.at("openapi").as_string(), "3.1.0");
  const auto& operation = document.at("paths").at("/things").at("get");
  EXPECT_EQ(operation.at("operationId").as_string(), "searchThings");
  const auto& parameters = operation.at("parameters").as_array();
  ASSERT_EQ(parameters.size(), 7U);
  EXPECT_EQ(boost::json::serialize(parameters[2]),
            R"({"name":"limit","in":"query","schema":{"type":"integer","default":10,"minimum":1,)"
            R"("maximum":1000}})");
  EXPECT_THAT(boost::json::serialize(parameters[3]), HasSubstr(R"("enum":["desc","asc"])"));
  EXPECT_EQ(boost::json::serialize(parameters[6]),
            R"({"name":"If-None-Match","in":"header","description":"What the client has",)"
            R"("schema":{"type":"string"}})");
  const auto& responses = operation.at("responses").as_object();
  for (const char* status : {"200", "400", "408", "409", "422", "429", "503"}) {
    EXPECT_TRUE(responses.contains(status)) << status;
  }
  EXPECT_TRUE(responses.at("200").at("content").as_object().contains("text/csv"));
  EXPECT_TRUE(document.at("components").at("schemas").as_object().contains("Problem"));
}

TEST(Schema, AComponentIsNamedOnceAndReferredTo) {
  const Schema inner = Schema::object().property("a", Schema::integer()).named("Inner");
  const Schema outer = Schema::array(inner);
  EXPECT_EQ(boost::json::serialize(outer.json()),
            R"({"type":"array","items":{"$ref":"#/components/schemas/Inner"}})");
  ASSERT_EQ(outer.components().size(), 1U);
  EXPECT_EQ(boost::json::serialize(outer.components().at("Inner")),
            R"({"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]})");
}

}  // namespace
}  // namespace tidemark::http
