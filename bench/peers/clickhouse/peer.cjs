// ClickHouse within this process (chdb) behind a plain HTTP front: takes NDJSON, answers questions.
//
// usage: node peer.cjs FOLDER; the words of ../protocol.py on standard input and output.

"use strict";

const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const readline = require("node:readline");
const { Session } = require("chdb");
const questions = require("./questions.cjs");

// fsync_after_insert and fsync_part_directory: the answer means "on disk", as ours does. Ordered as
// product analytics tables are (type, day, user). Repeated ids stay: a ReplacingMergeTree would
// drop them some time after, and each question would pay for FINAL.
const SCHEMA = `
CREATE TABLE app.events (
    event_id UUID,
    occurred_at DateTime64(6, 'UTC'),
    user_id String,
    event_type LowCardinality(String),
    properties String CODEC(ZSTD)
) ENGINE = MergeTree ORDER BY (event_type, toDate(occurred_at), user_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`;

const READING = {
  date_time_input_format: "best_effort",
  input_format_json_read_objects_as_strings: 1,
};
class ClickHousePeer {
  constructor(folder) {
    this.session = new Session(path.join(folder, "data"));
    this.session.query("CREATE DATABASE app ENGINE = Atomic");
    this.session.query(SCHEMA);
    this.waiting = [];
    this.gathering = false;
    this.front = http.createServer((request, response) => this.take(request, response));
  }

  async listen() {
    await new Promise((done) => this.front.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${this.front.address().port}`;
  }

  take(request, response) {
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => {
      this.waiting.push({ body: Buffer.concat(pieces), response });
      if (!this.gathering) this.storeWaiting();
    });
  }

  // What came while one insert was under way makes the next. A server has async_insert for that,
  // which the library takes as an ordinary insert, and which waits 50 to 200 ms for more. Several
  // inserts at once, each of one request, were slower at every size of batch: the library does one
  // thing at a time.
  async storeWaiting() {
    this.gathering = true;
    while (this.waiting.length > 0) {
      await this.store(this.waiting.splice(0));
    }
    this.gathering = false;
  }

  async store(some) {
    const values = Buffer.concat(some.map((one) => one.body));
    let status = 202;
    let text = "";
    try {
      // Bytes go to ClickHouse's own parser as they are.
      await this.session.insert(
        { table: "app.events", values, format: "JSONEachRow", settings: READING });
    } catch (error) {
      status = 500;
      text = String(error.message);
    }
    for (const { response } of some) {
      response.writeHead(status, { "Content-Length": Buffer.byteLength(text) }).end(text);
    }
  }

  one(statement) {
    return Number(this.session.query(statement, "TSV"));
  }

  async load({ file }) {
    const settings = Object.entries(READING).map(([name, value]) => `${name} = '${value}'`);
    const begun = performance.now();
    this.session.query(
      `INSERT INTO app.events SELECT * FROM file('${file}', JSONEachRow,
       'event_id UUID, occurred_at DateTime64(6, ''UTC''), user_id String, event_type String,
        properties String') SETTINGS ${settings}`);
    const seconds = (performance.now() - begun) / 1000;
    // One part, as a table that has been at rest for some time has.
    this.session.query("OPTIMIZE TABLE app.events FINAL");
    return { events: this.one("SELECT count() FROM app.events"), seconds };
  }

  async ask({ question, first, days }) {
    const statement = questions.all(first, days)[question];
    const begun = performance.now();
    const text = this.session.query(statement, "JSONCompactEachRow");
    const seconds = (performance.now() - begun) / 1000;
    return { seconds, rows: text.split("\n").filter(Boolean).map((line) => JSON.parse(line)) };
  }

  async stored() {
    return { events: this.one("SELECT count() FROM app.events") };
  }

  // Waits until what was taken is merged as far as ClickHouse means to: that work belongs to it.
  async settle({ seconds }) {
    const end = Date.now() + seconds * 1000;
    let quiet = 0;
    while (quiet < 5 && Date.now() < end) {
      quiet = this.one("SELECT count() FROM system.merges") === 0 ? quiet + 1 : 0;
      await new Promise((done) => setTimeout(done, 100));
    }
    return { settled: quiet === 5 };
  }

  async disk() {
    return { bytes: this.one(
      "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'app'") };
  }

  stop() {
    this.front.closeAllConnections();
    this.front.close();
    this.session.close();
  }
}

async function main() {
  const folder = process.argv[2];
  const peer = new ClickHousePeer(folder);
  const say = (message) => fs.writeSync(1, JSON.stringify(message) + "\n");
  const version = peer.session.query("SELECT version()", "TSV").trim();
  say({ ready: true, url: await peer.listen(), version: `ClickHouse ${version} (chdb)` });
  process.on("SIGINT", () => {});  // the one who started us hears it, and ends us
  process.on("SIGTERM", () => { peer.stop(); process.exit(0); });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    try {
      say(await peer[command.do](command));
    } catch (error) {
      say({ error: String(error.message) });
    }
  }
  peer.stop();
  process.exit(0);
}

main();
