// The questions of the benchmark in ClickHouse's SQL; the same ways as ../postgres/questions.py.

"use strict";

function day(first, plus) {
  const date = new Date(first + "T00:00:00Z");
  date.setUTCDate(date.getUTCDate() + plus);
  return `toDate('${date.toISOString().slice(0, 10)}')`;
}

// From `from`, `days` days on; `tz` names whose days.
function within(first, from, days, tz = "UTC") {
  const at = (plus) => `toDateTime64(toString(${day(first, plus)}) || ' 00:00:00', 6, '${tz}')`;
  return `occurred_at >= ${at(from)} AND occurred_at < ${at(from + days)}`;
}

function dau(first, days, segment = "", tz = "UTC") {
  return `SELECT toString(toDate(occurred_at, '${tz}')) AS day, uniqExact(user_id) FROM app.events
    WHERE ${within(first, 0, days, tz)} ${segment} GROUP BY day ORDER BY day`;
}

function topEvents(first, days) {
  return `SELECT event_type, count() AS events, uniqExact(user_id) FROM app.events
    WHERE ${within(first, 0, days)} GROUP BY event_type ORDER BY events DESC, event_type LIMIT 10`;
}

function pairs(first, from, days) {
  return `SELECT DISTINCT user_id, toDate(occurred_at) AS day FROM app.events
    WHERE ${within(first, from, days)}`;
}

// A user counts from an active day until 30 days later or the next active day.
function mau(first, days) {
  return `WITH spans AS (
      SELECT user_id, arraySort(groupArray(day)) AS active,
             arrayMap((come, i) -> (come, if(i < length(active), least(come + 30, active[i + 1]),
                                            come + 30)), active, arrayEnumerate(active)) AS spans
      FROM (${pairs(first, -29, days + 29)}) GROUP BY user_id),
    changes AS (
      SELECT step.1 AS day, sum(step.2) AS change FROM spans
      ARRAY JOIN arrayConcat(arrayMap(span -> (span.1, 1), spans),
                             arrayMap(span -> (span.2, -1), spans)) AS step
      GROUP BY day)
    SELECT toString(day), users FROM (
      SELECT day, sum(change) OVER (ORDER BY day) AS users FROM changes)
    WHERE day BETWEEN ${day(first, 0)} AND ${day(first, days - 1)} ORDER BY day`;
}

// By users: their active days in an array, and all pairs of a cohort's day with a later one.
function retention(first, days, windows, cohort) {
  const last = day(first, days - 1);
  const of = {
    active: `arrayFilter(d -> d <= ${last}, days)`,
    "first seen": `arrayFilter(d -> d BETWEEN ${day(first, 0)} AND ${last}, [first_day])`,
  }[cohort];
  const source = cohort === "active" ? "" : `INNER JOIN (
      SELECT user_id, min(toDate(occurred_at)) AS first_day FROM app.events GROUP BY user_id
    ) AS seen USING user_id`;
  return `SELECT toString(pair.1) AS cohort, toUInt32(pair.2 - pair.1) AS k, count() FROM (
      SELECT user_id, groupArray(day) AS days FROM (${pairs(first, 0, days + windows)})
      GROUP BY user_id) AS active ${source}
    ARRAY JOIN arrayFlatten(arrayMap(c -> arrayMap(d -> (c, d),
      arrayFilter(d -> d BETWEEN c AND c + ${windows}, days)), ${of})) AS pair
    GROUP BY cohort, k ORDER BY cohort, k`;
}

exports.all = (first, days) => ({
  dau: dau(first, days),
  "top events with users": topEvents(first, days),
  mau: mau(first, days),
  "retention x 30, active": retention(first, days, 30, "active"),
  "retention x 30, first seen": retention(first, days, 30, "first seen"),
  "dau of an event type": dau(first, days, "AND event_type = 'purchase'"),
  "dau in Asia/Kathmandu": dau(first, days, "", "Asia/Kathmandu"),
  "dau by a property": dau(first, days,
    "AND JSONExtractString(properties, 'country') = 'UA'"),
});
