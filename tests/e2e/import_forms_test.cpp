// What `tidemark import` takes of others' files: whatever their names say, with their columns, from
// other products. Each fixture is a small export of that product, in its own form.

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "import_fixture.hpp"
#include "support/packing.hpp"

namespace tidemark {
namespace {

struct ImportForms : ImportFixture {
  void expect_told(const testing_support::Finished& done, const std::string& text) {
    EXPECT_NE(done.err.find(text), std::string::npos) << text << " is not in " << done.err;
  }
  /// The export of what one import took, each line without its properties where those are long.
  std::vector<boost::json::value> taken(const std::string& path, std::vector<std::string> flags,
                                        std::int64_t events) {
    const auto done = import(path, std::move(flags));
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(summary_of(done), (Summary{events, events, 0, 0})) << done.err;
    auto all = lines_of(std::istringstream(exported()));
    EXPECT_GE(all.size(), static_cast<std::size_t>(events));
    all.erase(all.begin(), all.end() - std::min<std::ptrdiff_t>(events, std::ssize(all)));
    return all;
  }
  static std::string in_short(const boost::json::value& event) {
    return std::string(event.at("event_id").as_string()) + " " +
           std::string(event.at("occurred_at").as_string()) + " " +
           std::string(event.at("user_id").as_string()) + " " +
           std::string(event.at("event_type").as_string());
  }
};

TEST_F(ImportForms, WhatIsInAFileDecidesAndNotItsName) {
  const std::string array = "[\n" + line("a") + ",\n" + line("b") + "]\n";
  const auto csv = kHeader + row("c");
  expect_import(file("pretty.json", array), 0, {2, 2, 0, 0});
  expect_import(file("lines.json", line("d") + line("e")), 0, {2, 2, 0, 0});
  expect_import(file("events.json", "{\"events\":[" + line("f") + "]}"), 0, {1, 1, 0, 0});
  expect_import(file("CELLS.CSV", csv), 0, {1, 1, 0, 0});
  expect_import(file("LINES.JSONL", line("g")), 0, {1, 1, 0, 0});
  expect_import(file("app.log", line("h")), 0, {1, 1, 0, 0});
  expect_import(file("nothing", testing_support::gzip(array)), 0, {2, 0, 2, 0});
  expect_import(file("packed.json", testing_support::zstd(line("i"))), 0, {1, 1, 0, 0});
  expect_import(file("lies.csv", line("j")), 0, {1, 1, 0, 0});
  expect_import(file("lies.ndjson", kHeader + row("k")), 0, {1, 1, 0, 0});
  expect_import("-", 0, {2, 0, 2, 0}, {}, array);
  const std::string parquet = folder.path() / "out.parquet";
  ASSERT_EQ(run({"export", "-o", parquet}).code, 0);
  std::filesystem::rename(parquet, folder.path() / "renamed.csv");
  expect_import(folder.path() / "renamed.csv", 0, {11, 0, 11, 0});
  const auto excel = import(file("book.csv", "PK\x03\x04 and so on"));
  EXPECT_EQ(excel.code, 1);
  expect_told(excel, "an Excel workbook or a ZIP archive: save it as CSV");
}

/// What is posted is known by its first bytes too, where its content type says little or lies.
TEST_F(ImportForms, APostedBodyIsTakenByWhatIsInIt) {
  const testing_support::ServiceProcess service(data);
  auto client = service.client();
  const auto told = [&](const std::string& type, const std::string& body) {
    const auto answer = client.post("/events", body, type);
    EXPECT_EQ(answer->status, 202) << type << answer->body;
    const auto receipt = boost::json::parse(answer->body);
    return std::pair(receipt.at("accepted").as_int64(), receipt.at("rejected").as_int64());
  };
  EXPECT_EQ(told("application/json", line("a") + line("b") + "{broken\n"), std::pair(2L, 1L));
  EXPECT_EQ(told("application/octet-stream", line("c") + line("d")), std::pair(2L, 0L));
  EXPECT_EQ(told("application/octet-stream", "[" + line("e") + "]"), std::pair(1L, 0L));
  EXPECT_EQ(told("text/plain", line("f") + line("g")), std::pair(2L, 0L));
  const auto packed = testing_support::gzip(line("h") + line("i"));
  EXPECT_EQ(told("application/octet-stream", packed + std::string(999, '\0')), std::pair(2L, 0L));
  EXPECT_EQ(told("application/octet-stream", testing_support::zstd(line("j"))), std::pair(1L, 0L));
  EXPECT_EQ(client.post("/events", line("k"), "text/html")->status, 415);
  EXPECT_EQ(client.post("/events", packed, "application/json")->status, 400);
}

TEST_F(ImportForms, AGzipFileThatZerosFillUpIsTakenAsGunzipTakesIt) {
  const auto packed = testing_support::gzip(line("a") + line("b"));
  expect_import(file("tape.gz", packed + std::string(100'000, '\0')), 0, {2, 2, 0, 0});
  const auto done = import(file("bad.gz", packed + std::string(512, '\0') + "rubbish"));
  EXPECT_EQ(done.code, 1);
  EXPECT_EQ(summary_of(done), (Summary{2, 0, 2, 0})) << done.err;
  expect_told(done, "the data is broken");
}

TEST_F(ImportForms, ColumnsOfOthersAreTakenAsTheFlagsSay) {
  const auto path = file("shop.csv",
                         "_file;when;customer;session;country\n"
                         "x;1754042400;ann;s1;UA\n"
                         "x;1754042401;;s2;\n");
  const std::vector<std::string> flags = {
      "--column",       "occurred_at=when",    "--time-unit",     "seconds",
      "--user-id-from", "customer,session",    "--event-id-from", "when,session",
      "--set",          "event_type=purchase", "--rest",          "properties"};
  const auto events = taken(path, flags, 2);
  EXPECT_EQ(events[0].at("user_id"), "ann");
  EXPECT_EQ(events[0].at("event_type"), "purchase");
  EXPECT_EQ(events[0].at("properties").at("country"), "UA");
  EXPECT_EQ(events[1].at("user_id"), "s2");
  expect_import(path, 0, {2, 0, 2, 0}, flags);
  const auto without = import(path);
  EXPECT_EQ(without.code, 1);
  expect_told(without, "unknown column \"_file\"");
  EXPECT_EQ(import(path, {"--column", "user=customer"}).code, 2);
  EXPECT_EQ(import(path, {"--set", "event_id=1"}).code, 2);
  EXPECT_EQ(import(path, {"--delimiter", "x"}).code, 2);
  EXPECT_EQ(import(path, {"--preset", "nobody"}).code, 2);
}

TEST_F(ImportForms, AnExportIsBoundedByDaysOrInstantsAndQuotesFormulasWhereItIsAsked) {
  const std::string formula =
      R"({"event_id":"-1","occurred_at":"2025-08-01T12:00:00Z","user_id":"=1+1",)"
      R"("event_type":"@x","properties":{}})";
  expect_import(file("all.ndjson", line("a", "2025-08-01T10:00:00Z") +
                                       line("b", "2025-08-01T11:00:00Z") + formula + "\n"),
                0, {3, 3, 0, 0});
  const auto ids = [this](const std::vector<std::string>& flags) {
    std::vector<std::string> words = {"export"};
    words.insert(words.end(), flags.begin(), flags.end());
    const auto done = run(words);
    EXPECT_EQ(done.code, 0) << done.err;
    std::string all;
    for (const auto& event : lines_of(std::istringstream(done.out))) {
      all += std::string(event.at("event_id").as_string()) + " ";
    }
    return all;
  };
  EXPECT_EQ(ids({"--from", "2025-08-01T11:00:00Z"}), "b -1 ");
  EXPECT_EQ(ids({"--to", "2025-08-01T11:00:00Z"}), "a ") << "not included";
  EXPECT_EQ(ids({"--from", "2025-08-01T10:00:00.000001Z", "--to", "2025-08-01"}), "b -1 ");
  EXPECT_EQ(ids({"--from", "2025-08-01", "--to", "2025-08-01 14:00:00+03"}), "a ");
  EXPECT_EQ(ids({"--from", "2025-08-02"}), "");
  const auto plain = exported("csv");
  EXPECT_NE(plain.find("-1,2025-08-01T12:00:00Z,=1+1,@x,{}"), std::string::npos) << plain;
  const auto quoted = run({"export", "--format", "csv", "--quote-formulas"});
  EXPECT_NE(quoted.out.find("'-1,2025-08-01T12:00:00Z,'=1+1,'@x,{}"), std::string::npos)
      << quoted.out;
  const auto top = [this](const std::vector<std::string>& flags) {
    const testing_support::ServiceProcess service(data, flags);
    auto client = service.client();
    return client
        .request({.method = http::Method::Get,
                  .target = "/stats/top-events?from=2025-08-01&to=2025-08-01",
                  .headers = {{"Accept", "text/csv"}},
                  .body = {}})
        ->body;
  };
  EXPECT_EQ(top({}), "event_type,count,unique_users\r\nlogin,2,1\r\n'@x,1,1\r\n");
  EXPECT_EQ(top({"--csv-formulas-quoted", "false"}),
            "event_type,count,unique_users\r\nlogin,2,1\r\n@x,1,1\r\n");
}

TEST_F(ImportForms, Mixpanel) {
  const auto path = file(
      "mixpanel.json",
      R"({"event":"Signed Up","properties":{"time":1754042400,"distinct_id":"user123",)"
      R"("$browser":"Chrome","$insert_id":"hpuDqcvpltpC","mp_processing_time_ms":1754042411874}})"
      "\n"
      R"({"event":"Page View","properties":{"time":1754042401,"distinct_id":"91304156",)"
      R"("$city":"Kyiv"}})"
      "\n");
  const auto events = taken(path, {"--preset", "mixpanel"}, 2);
  EXPECT_EQ(in_short(events[0]), "hpuDqcvpltpC 2025-08-01T10:00:00Z user123 Signed Up");
  EXPECT_EQ(events[0].at("properties").at("$browser"), "Chrome");
  EXPECT_EQ(events[1].at("event_id").as_string().size(), 36U) << "made, where there is none";
  expect_import(path, 0, {2, 0, 2, 0}, {"--preset", "mixpanel"});
}

TEST_F(ImportForms, Amplitude) {
  const auto path = file(
      "187520_2025-08-01_10#442.json.gz",
      testing_support::gzip(
          R"({"$insert_id":"5f0adeff","server_received_time":"2025-08-01 10:00:02.000000",)"
          R"("app":187520,"device_carrier":null,"city":"Kyiv","user_id":"datamonster@gmail.com",)"
          R"("uuid":"8e0c45a8-6e9b-11f0-9f2b-0242ac120002","event_time":)"
          R"("2025-08-01 10:00:00.123000","platform":"Web","amplitude_id":123456789,)"
          R"("event_type":"watch_tutorial","device_id":"C8F9E604","event_properties":)"
          R"({"keyString":"valueString","keyInt":11},"user_properties":{"plan":"free"}})"
          "\n"
          R"({"uuid":"9e0c45a8-6e9b-11f0-9f2b-0242ac120002","event_time":)"
          R"("2025-08-01 10:00:01.000000","user_id":null,"device_id":"C8F9E604",)"
          R"("event_type":"session_start","event_properties":{},"$insert_id":null})"
          "\n"));
  const auto events = taken(path, {"--preset", "amplitude"}, 2);
  EXPECT_EQ(in_short(events[0]),
            "5f0adeff 2025-08-01T10:00:00.123000Z datamonster@gmail.com watch_tutorial");
  EXPECT_EQ(events[0].at("properties").at("keyInt"), 11);
  EXPECT_EQ(events[0].at("properties").at("user_properties").at("plan"), "free");
  EXPECT_EQ(in_short(events[1]),
            "9e0c45a8-6e9b-11f0-9f2b-0242ac120002 2025-08-01T10:00:01Z "
            "C8F9E604 session_start");
}

TEST_F(ImportForms, PostHog) {
  const auto path = file(
      "posthog.jsonl",
      R"({"uuid":"018daf23-89b3-7cf8-a4f1-94064c96df90","event":"$pageview",)"
      R"("timestamp":"2025-08-01 10:00:00.123+00:00","distinct_id":"u1","properties":)"
      R"("{\"$current_url\":\"https://example.org/\",\"n\":1}","elements_chain":"","team_id":2})"
      "\n"
      R"({"uuid":"018daf23-89b3-7cf8-a4f1-94064c96df91","event":"signed up",)"
      R"("timestamp":"2025-08-01T10:00:01Z","distinct_id":"u2","properties":{"plan":"pro"}})"
      "\n");
  const auto events = taken(path, {"--preset", "posthog"}, 2);
  EXPECT_EQ(in_short(events[0]),
            "018daf23-89b3-7cf8-a4f1-94064c96df90 2025-08-01T10:00:00.123000Z u1 $pageview");
  EXPECT_EQ(events[0].at("properties").at("$current_url"), "https://example.org/");
  EXPECT_EQ(events[0].at("properties").at("team_id"), 2);
  EXPECT_EQ(events[1].at("properties").at("plan"), "pro");
}

TEST_F(ImportForms, Segment) {
  const auto path = file(
      "segment.json",
      R"({"anonymousId":"507f191e810c19729de860ea","channel":"browser","context":{"ip":"8.8.8.8"},)"
      R"("event":"Order Completed","integrations":{"All":true},"messageId":"ajs-next-1",)"
      R"("originalTimestamp":"2025-08-01T09:59:59.900Z","properties":{"total":12.50},)"
      R"("receivedAt":"2025-08-01T10:00:00.400Z","sentAt":"2025-08-01T10:00:00.100Z",)"
      R"("timestamp":"2025-08-01T10:00:00.000Z","type":"track","userId":"97980cfea0067",)"
      R"("version":2})"
      "\n"
      R"({"anonymousId":"507f191e810c19729de860ea","messageId":"ajs-next-2","name":"Home",)"
      R"("properties":{"path":"/"},"timestamp":"2025-08-01T10:00:01Z","type":"page",)"
      R"("userId":null})"
      "\n"
      R"({"anonymousId":"507f","messageId":"ajs-next-3","timestamp":"2025-08-01T10:00:02Z",)"
      R"("traits":{"email":"a@example.org"},"type":"identify","userId":"9"})"
      "\n");
  const auto events = taken(path, {"--preset", "segment"}, 3);
  EXPECT_EQ(in_short(events[0]), "ajs-next-1 2025-08-01T10:00:00Z 97980cfea0067 Order Completed");
  EXPECT_EQ(events[0].at("properties").at("total"), 12.5);
  EXPECT_EQ(events[0].at("properties").at("context").at("ip"), "8.8.8.8");
  EXPECT_EQ(in_short(events[1]), "ajs-next-2 2025-08-01T10:00:01Z 507f191e810c19729de860ea Home");
  EXPECT_EQ(in_short(events[2]), "ajs-next-3 2025-08-01T10:00:02Z 9 identify");
}

TEST_F(ImportForms, Ga4InBigQuery) {
  const std::string params =
      R"("event_params":[{"key":"page_location","value":{"string_value":"https://example.org/"}},)"
      R"({"key":"ga_session_id","value":{"int_value":"1754042399"}}])";
  const auto path = file(
      "ga4.json",
      R"({"event_date":"20250801","event_timestamp":"1754042400000123","event_name":"page_view",)" +
          params +
          R"(,"user_pseudo_id":"1234.5678","user_id":null,"batch_event_index":"1",)"
          R"("event_bundle_sequence_id":"17"})"
          "\n"
          R"({"event_date":"20250801","event_timestamp":"1754042400000123",)"
          R"("event_name":"page_view",)" +
          params +
          R"(,"user_pseudo_id":"1234.5678","user_id":"ann","batch_event_index":"2",)"
          R"("event_bundle_sequence_id":"17"})"
          "\n");
  const auto events = taken(path, {"--preset", "ga4"}, 2);
  EXPECT_EQ(events[0].at("occurred_at"), "2025-08-01T10:00:00.000123Z");
  EXPECT_EQ(events[0].at("user_id"), "1234.5678");
  EXPECT_EQ(events[1].at("user_id"), "ann");
  EXPECT_EQ(events[0].at("properties").at("event_params").as_array().size(), 2U);
  EXPECT_NE(events[0].at("event_id"), events[1].at("event_id"));
  expect_import(path, 0, {2, 0, 2, 0}, {"--preset", "ga4"});
}

TEST_F(ImportForms, Snowplow) {
  const auto path =
      file("snowplow.tsv",
           "app_id\tplatform\tetl_tstamp\tcollector_tstamp\tevent\tevent_id\tuser_id\t"
           "domain_userid\tpage_url\tevent_name\tderived_tstamp\n"
           "shop\tweb\t2025-08-01 10:00:09.000\t2025-08-01 10:00:01.000\tpage_view\t"
           "c6ef3124-b53a-4b13-a233-0088f79dcbcb\t\tbc2e92ec6c204a14\thttps://example.org/\t"
           "page_view\t2025-08-01 10:00:00.123\n");
  const auto events = taken(path, {"--preset", "snowplow"}, 1);
  EXPECT_EQ(in_short(events[0]),
            "c6ef3124-b53a-4b13-a233-0088f79dcbcb 2025-08-01T10:00:00.123000Z "
            "bc2e92ec6c204a14 page_view");
  EXPECT_EQ(events[0].at("properties").at("page_url"), "https://example.org/");
}

TEST_F(ImportForms, Matomo) {
  const auto path = file("matomo.csv",
                         "idlink_va,idsite,idvisit,idvisitor,server_time,user_id,type,url\n"
                         "901,1,77,3f5a1b2c9d8e7f60,2025-08-01 10:00:00,,action,example.org/\n"
                         "902,1,77,3f5a1b2c9d8e7f60,2025-08-01 10:00:05,ann,download,"
                         "example.org/a.pdf\n");
  const auto events = taken(path, {"--preset", "matomo"}, 2);
  EXPECT_EQ(events[0].at("user_id"), "3f5a1b2c9d8e7f60");
  EXPECT_EQ(events[1].at("user_id"), "ann");
  EXPECT_EQ(events[1].at("event_type"), "download");
  EXPECT_EQ(events[1].at("occurred_at"), "2025-08-01T10:00:05Z");
  EXPECT_EQ(events[0].at("properties").at("url"), "example.org/");
  expect_import(path, 0, {2, 0, 2, 0}, {"--preset", "matomo"});
}

}  // namespace
}  // namespace tidemark
