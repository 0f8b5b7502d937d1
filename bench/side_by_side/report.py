"""The results as a table: a row for what was measured, a column for who was. Behind it a smaller
one: what each process costs of those that are made of several."""

COLUMNS = ("tidemark", "tidemark-server", "clickhouse", "fastapi", "postgres", "duckdb")
OURS = ("tidemark", "tidemark-server")
NONE = "–"


def count(value) -> str:
    if value is None:
        return NONE
    if value >= 1000:
        step = 10 ** max(0, len(str(int(value))) - 3)
        value = round(value / step) * step
    return f"{value:,.0f}"


def rounded(value) -> str:
    if value is None:
        return NONE
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


# Of a load: how many rows were there before it, and how many events a request has.
Load = tuple[int, int]


def _load_of(row: dict) -> Load:
    return row.get("prefilled", 0), row["batch"]


def _row(system: dict, load: Load, loop: str) -> dict:
    return next((row for row in system.get("ingest", [])
                 if _load_of(row) == load and row["loop"] == loop), {})


def _load_name(load: Load) -> str:
    prefilled, batch = load
    name = "single events" if batch == 1 else f"batches of {batch:,}"
    return f"on {prefilled:,} rows, {name}" if prefilled else name


def _ingest_lines(loads: list[Load]):
    for load in loads:
        what = _load_name(load)

        def of(key, form, loop="closed", load=load):
            return lambda system: form(_row(system, load, loop).get(key))

        def half_load(system, load=load):
            row = _row(system, load, "open")
            if not row:
                return NONE
            missed = f", {row['missed']:,} missed" if row["missed"] else ""
            return f"{rounded(row['p50_ms'])} / {rounded(row['p99_ms'])}{missed}"

        def until_visible(system, load=load):
            row = _row(system, load, "open")
            if row.get("visible_at_answer"):
                return "at the answer"
            if row.get("view_p50_ms") is None:
                return NONE
            unseen = f", {row['view_unseen']} unseen" if row["view_unseen"] else ""
            return f"{rounded(row['view_p50_ms'])} / {rounded(row['view_p99_ms'])}{unseen}"

        yield f"{what}: answered, events/s", of("events_per_second", count)
        yield f"{what}: stored, events/s", of("stored_per_second", count)
        yield f"{what}: events per server CPU-second", of("events_per_cpu_second", count)
        yield f"{what}, at half load: p50 / p99 ms", half_load
        yield f"{what}, at half load: answer to visible, p50 / p99 ms", until_visible
        yield f"{what}: peak MB", of("peak_memory_mb", count)


def _question_lines(names: list[str]):
    def of(key, form):
        return lambda system: form(system.get("questions", {}).get(key))

    def answer(name):
        def cell(system):
            told = system.get("questions", {}).get("answers", {}).get(name)
            if not told:
                return NONE
            differs = " (another answer)" if name in system.get("differs", []) else ""
            return (f"{rounded(told['first_ms'])} / {rounded(told['median_ms'])}"
                    + differs)
        return cell

    yield "loading a file, events/s", of("load_events_per_second", count)
    yield "loading: events per server CPU-second", of("load_events_per_cpu_second", count)
    yield "disk, bytes an event", of("disk_bytes_per_event", count)
    yield "peak MB while loading and asking", of("peak_memory_mb", count)
    for name in names:
        yield f"{name}: first / median ms", answer(name)


def lines(results: dict) -> list[list[str]]:
    systems = results["systems"]
    columns = [name for name in COLUMNS if name in systems]
    names = list(dict.fromkeys(name for system in systems.values()
                               for name in system.get("questions", {}).get("answers", {})))
    table = [["", *(systems[name]["title"] for name in columns)]]
    for what, cell in [*_ingest_lines(_loads(results)),
                       *(_question_lines(names) if names else [])]:
        cells = [cell(systems[name]) for name in columns]
        if set(cells) != {NONE}:
            table.append([what, *cells])
    return table


def _loads(results: dict) -> list[Load]:
    return sorted({_load_of(row) for system in results["systems"].values()
                   for row in system.get("ingest", [])})


def part_lines(results: dict) -> list[list[str]]:
    """What each part of those systems costs that are made of several; nothing without them."""
    systems, loads = results["systems"], _loads(results)

    def cell(system: dict, part: str, load: Load) -> str:
        row = _row(system, load, "closed")
        told = row.get("parts", {}).get(part)
        if not told or not row["stored"]:
            return NONE
        micros = told["cpu_seconds"] * 1e6 / row["stored"]
        return f"{rounded(micros)} / {count(told['peak_memory_mb'])}"

    table = [["CPU µs an event / peak MB", *(_load_name(load) for load in loads)]]
    for name in COLUMNS:
        system = systems.get(name, {})
        parts = dict.fromkeys(part for row in system.get("ingest", [])
                              for part in row.get("parts", {}))
        if len(parts) > 1:
            table += [[f"{system['title']}: {part}",
                       *(cell(system, part, load) for load in loads)] for part in parts]
    return table if len(table) > 1 else []


def _text(table: list[list[str]]) -> list[str]:
    width = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    text = []
    for number, row in enumerate(table):
        cells = [row[0].ljust(width[0]), *(c.rjust(w) for c, w in zip(row[1:], width[1:]))]
        text.append("| " + " | ".join(cells) + " |")
        if number == 0:
            rule = ["-" * width[0], *("-" * (w - 1) + ":" for w in width[1:])]
            text.append("| " + " | ".join(rule) + " |")
    return [*text, ""]


def markdown(results: dict) -> str:
    parts = part_lines(results)
    return "\n".join([*_text(lines(results)), *(_text(parts) if parts else []), *notes(results)])


def notes(results: dict) -> list[str]:
    machine = results["machine"]
    told = [f"Taken {results['taken']} on {machine['cores']} cores of {machine['cpu']}, "
            f"{machine['memory_gb']} GB, Linux {machine['kernel']}; the load generator on the same "
            "cores."]
    versions = [system["version"] for system in results["systems"].values()
                if system.get("version")]
    told.append("; ".join(versions) + ".")
    others = [row["others_cores"] for system in results["systems"].values()
              for row in [*system.get("ingest", []), system.get("questions", {})]
              if "others_cores" in row]
    if others and max(others) > 0.25:
        told.append(f"NOT A QUIET MACHINE: other programs used {sum(others) / len(others):.1f} "
                    f"cores on average, {max(others):.1f} at most, while this was taken.")
    for name, system in results["systems"].items():
        told += [f"{name}: {fault}" for fault in system.get("faults", [])]
    return told
