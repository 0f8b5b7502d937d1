#include "app/import/presets.hpp"

#include <array>

namespace tidemark::app {
namespace {

// One entry a product; each says where its form is described.
constexpr std::array<ImportPreset, 7> kPresets = {{
    // Raw event export, GET /api/2.0/export: a line is {"event":…,"properties":{…}}, `time` in
    // seconds. https://developer.mixpanel.com/reference/raw-event-export
    {.name = "mixpanel",
     .event_id = "properties.$insert_id",
     .event_id_from = "event,properties.time,properties.distinct_id",
     .occurred_at = "properties.time",
     .user_id = "properties.distinct_id,properties.$user_id,properties.$device_id",
     .event_type = "event",
     .properties = "properties",
     .time_unit = "seconds"},
    // Export API, GET /api/2/export: a line is an object, times as "2025-08-01 10:00:00.123456" in
    // UTC. https://amplitude.com/docs/apis/analytics/export
    {.name = "amplitude",
     .event_id = "$insert_id,insert_id,uuid",
     .event_id_from = "event_type,event_time,user_id,device_id,event_id",
     .occurred_at = "event_time",
     .user_id = "user_id,device_id,amplitude_id",
     .event_type = "event_type",
     .properties = "event_properties",
     .time_unit = "milliseconds"},
    // Batch exports of the model `events`, as JSON lines or Parquet: `properties` is JSON or JSON
    // text. https://posthog.com/docs/cdp/batch-exports/s3
    {.name = "posthog",
     .event_id = "uuid,id",
     .event_id_from = "event,timestamp,distinct_id",
     .occurred_at = "timestamp",
     .user_id = "distinct_id",
     .event_type = "event",
     .properties = "properties",
     .time_unit = "milliseconds"},
    // Storage of raw calls (S3 and others), a call a line: `event` of track calls, `name` of page
    // and screen calls, `type` of all.
    // https://www.twilio.com/docs/segment/connections/storage/catalog/aws-s3
    {.name = "segment",
     .event_id = "messageId,message_id,id",
     .event_id_from = "type,timestamp,userId,anonymousId",
     .occurred_at = "timestamp,originalTimestamp,receivedAt",
     .user_id = "userId,user_id,anonymousId,anonymous_id",
     .event_type = "event,name,type",
     .properties = "properties",
     .time_unit = "milliseconds"},
    // Tables events_YYYYMMDD in BigQuery, extracted as JSON lines or Parquet; `event_timestamp` in
    // microseconds, and no id of its own. https://support.google.com/analytics/answer/7029846
    {.name = "ga4",
     .event_id = "",
     .event_id_from = "event_timestamp,event_name,user_pseudo_id,user_id,event_bundle_sequence_id,"
                      "batch_page_id,batch_ordering_id,batch_event_index,event_params",
     .occurred_at = "event_timestamp",
     .user_id = "user_id,user_pseudo_id",
     .event_type = "event_name",
     .properties = "",
     .time_unit = "microseconds"},
    // Table atomic.events with its column names; times as "2025-08-01 10:00:00.123" in UTC.
    // https://docs.snowplow.io/docs/fundamentals/canonical-event/
    {.name = "snowplow",
     .event_id = "event_id",
     .event_id_from = "event_fingerprint,collector_tstamp,domain_userid,event_name",
     .occurred_at = "derived_tstamp,collector_tstamp",
     .user_id = "user_id,domain_userid,network_userid",
     .event_type = "event_name,event",
     .properties = "",
     .time_unit = "milliseconds"},
    // Table log_link_visit_action joined with log_visit, `server_time` in UTC as MySQL prints it;
    // also actions of Live.getLastVisitsDetails, one per row, `timestamp` in seconds.
    // https://developer.matomo.org/guides/database-schema
    {.name = "matomo",
     .event_id = "",
     .event_id_from = "idlink_va,idpageview,idvisit,idvisitor,visitorId,server_time,timestamp,"
                      "type,url",
     .occurred_at = "server_time,timestamp",
     .user_id = "user_id,userId,idvisitor,visitorId",
     .event_type = "event_action,eventAction,type,action_type",
     .properties = "",
     .time_unit = "seconds"},
}};

}  // namespace

std::span<const ImportPreset> import_presets() { return kPresets; }

}  // namespace tidemark::app
