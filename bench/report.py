"""The figures as Markdown, the targets beside them."""

import datetime
import os
import pathlib
import platform
import re
import subprocess

from endpoints import CONNECTIONS
from load import ENDPOINTS


def table(header, rows):
    """Aligned, so that it reads as well in a terminal."""
    rows = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]

    def line(row):
        cells = [cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))]
        return "| " + " | ".join(cells) + " |"

    rule = "|" + "|".join("-" * (width + 2) if i == 0 else "-" * (width + 1) + ":" for i, width in enumerate(widths)) + "|"
    return "\n".join([line(rows[0]), rule, *map(line, rows[1:])])


def version(*command):
    """The first version number in what a program says about itself."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    return found[0] if found else "unknown"


def machine():
    cpu = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = int(re.search(r"^MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.MULTILINE)[1])
    return f"{os.cpu_count()} × {cpu[1] if cpu else platform.machine()}, {memory / 2**20:.0f} GB, Linux {platform.release()}"


def heading(title, command, bed, load_before, *more):
    """What ran where and when."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    control = pathlib.Path(__file__).resolve().parents[1] / "jerry.control"
    jerry = re.search(r"default_version = '(.*)'", control.read_text())[1]
    return "\n".join(
        [
            f"# {title}",
            "",
            f"- Command: `{command}`",
            f"- Date: {now}; load average before: {load_before:.2f}",
            f"- Machine: {machine()}; servers and clients share it",
            f"- Versions: Jerry {jerry}, PostgreSQL {bed.sql('SHOW server_version').split()[0]}, Kore {version('kore', '-v')},"
            f" wrk {version('wrk', '-v')}",
            *(f"- {line}" for line in more),
            "",
            "How to read this: [README.md](README.md).",
        ]
    )


def met(condition):
    return "met" if condition else "NOT MET"


def targets(endpoints, statements, algorithms, hashes, login, flood, webhooks, footprint):
    """Every figure that has a target."""
    at_32 = endpoints[32]
    validate = statements["SELECT jerry.validate_token($1)"].ratio
    main = flood[32, "one address"]
    refused = main.refused[int(len(main.refused) * 0.99)] * 1e3 if main.refused else float("nan")
    worst = min(flood.values(), key=lambda figures: figures.ratio)
    slowest = max(flood.values(), key=lambda figures: figures.p99_ms)
    meanwhile = min(figures.logins for figures in flood.values()) * login.bcrypt / login.cores
    alone = endpoints[1]["login"].p50_ms / (hashes["own", 1].seconds * 1e3)
    growth = footprint.worked.worker - footprint.warm.worker

    def share_of_livez(endpoint):
        return at_32[endpoint].rate / at_32["livez"].rate

    rows = [
        ("validate-token ÷ livez, 32 connections", f"{share_of_livez('validate-token'):.2f}", "≥ 0.35",
         share_of_livez("validate-token") >= 0.35),
        ("refresh ÷ livez, 32 connections", f"{share_of_livez('refresh'):.2f}", "≥ 0.30", share_of_livez("refresh") >= 0.30),
        ("SQL validate_token ÷ SELECT 1", f"{validate:.2f}", "≥ 0.45", validate >= 0.45),
        *((f"validate_token ÷ HS256: {name}, seen before", f"{algorithms[name].seen[1]:.2f}", "≥ 0.90",
           algorithms[name].seen[1] >= 0.9) for name in ("ES256", "EdDSA")),
        ("hashes/s ÷ pgcrypto's, one at a time", f"{hashes['own', 1].ratio:.2f}", "≥ 0.95", hashes["own", 1].ratio >= 0.95),
        ("hashes/s ÷ pgcrypto's, four at a time", f"{hashes['own', 4].ratio:.2f}", "≥ 2.00", hashes["own", 4].ratio >= 2),
        ("logins/s ÷ (cores × hashes/s of four together)", f"{login.of_together:.2f}", "≥ 0.85", login.of_together >= 0.85),
        ("logins/s ÷ (cores ÷ one bcrypt of pgcrypto)", f"{login.of_pgcrypto:.2f}", "≥ 1.90", login.of_pgcrypto >= 1.9),
        ("a lone login (p50) ÷ one hash", f"{alone:.2f}", "≤ 1.05", alone <= 1.05),
        ("validations under a login flood ÷ without", f"{main.ratio:.2f}", "≥ 0.75", main.ratio >= 0.75),
        ("their p99", f"{main.p99_ms:.1f} ms", "≤ 5 ms", main.p99_ms <= 5),
        ("the worst, at 8 and 32 connections, from 1 and 64 addresses", f"{worst.ratio:.2f}", "≥ 0.75", worst.ratio >= 0.75),
        ("the longest p99 among these", f"{slowest.p99_ms:.1f} ms", "≤ 5 ms", slowest.p99_ms <= 5),
        ("logins/s meanwhile ÷ (cores ÷ one bcrypt of pgcrypto)", f"{meanwhile:.2f}", "≥ 1.00", meanwhile >= 1),
        ("surplus login refused in (p99)", f"{refused:.1f} ms", "≤ 300 ms", refused <= 300),
        *((f"webhooks/s, {parallel} at a time", f"{rate:,.0f}", "≥ 1,000", rate >= 1000)
          for parallel, rate in webhooks.items()),
        ("memory with 1,000 idle connections", f"{footprint.connected.worker:.1f} MB", "≤ 20 MB",
         footprint.connected.worker <= 20),
        (f"growth over {footprint.requests:,} requests", f"{growth:+.1f} MB", "flat (≤ 1 MB)", growth <= 1),
        ("start to ready", f"{footprint.start_seconds * 1e3:.0f} ms", "≤ 500 ms", footprint.start_seconds <= 0.5),
    ]  # fmt: skip
    return table(("Figure", "Measured", "Target", ""), [(*row[:3], met(row[3])) for row in rows])


def endpoint_table(endpoints):
    rows = []
    for connections in CONNECTIONS:
        livez = endpoints[connections]["livez"].rate
        for endpoint in ENDPOINTS:
            f = endpoints[connections][endpoint]
            rows.append((endpoint, connections, f"{f.rate:,.0f}" if f.rate >= 100 else f"{f.rate:.1f}", f"{f.rate / livez:.3f}",
                         f"{f.p50_ms:.2f}", f"{f.p99_ms:.2f}", f"{f.refused:,.0f}"))  # fmt: skip
    return table(("Endpoint", "Connections", "Requests/s", "÷ livez", "p50 ms", "p99 ms", "Refused/s"), rows)


def tls_table(tls):
    rows = [(what, f"{plain.rate:,.0f}", f"{secure.rate:,.0f}", f"{secure.rate / plain.rate:.2f}", f"{secure.p99_ms:.2f}")
            for what, plain, secure in tls]  # fmt: skip
    return table(("32 connections", "Requests/s", "With TLS", "Ratio", "p99 ms"), rows)


def statement_table(statements):
    rows = [(f"`{name}`", f"{figures.us:.1f}", f"{figures.ratio:.2f}") for name, figures in statements.items()]
    return table(("Statement", "µs", "Rate ÷ SELECT 1"), rows)


def algorithm_table(algorithms):
    """Each as microseconds, and its rate beside that of HS256."""

    def cell(figure):
        us, ratio = figure
        return f"{us:,.1f} ({ratio:.2f})"

    rows = [(name, *map(cell, (f.seen, f.new, f.refresh, f.login))) for name, f in algorithms.items()]
    return table(("µs (rate ÷ HS256)", "validate_token, seen before", "new token", "refresh", "login"), rows)


def login_table(login):
    return table(
        ("64 clients log in", ""),
        [
            ("one bcrypt, alone", f"{login.bcrypt * 1e3:.1f} ms"),
            ("four together", f"{login.together * 1e3:.1f} ms"),
            ("logins/s", f"{login.rate:.2f}"),
            ("cores ÷ one bcrypt", f"{login.cores / login.bcrypt:.2f}"),
            ("cores × hashes/s of four together", f"{login.cores * 4 / login.together:.2f}"),
        ],
    )


def hash_table(hashes):
    names = {("pgcrypto", 1): "one by pgcrypto", ("own", 1): "one by Jerry", ("own", 4): "four by Jerry"}
    rows = [(names[provider, count], f"{figures.seconds * 1e3:.1f}", f"{figures.seconds * 1e3 / count:.1f}",
             f"{figures.ratio:.2f}") for (provider, count), figures in hashes.items()]  # fmt: skip
    return table(("Password hashes in one backend", "Together ms", "Each ms", "Hashes/s ÷ pgcrypto"), rows)


def flood_table(flood):
    rows = []
    for (connections, source), f in flood.items():
        median = f"{f.refused[len(f.refused) // 2] * 1e3:.1f}" if f.refused else "none"
        rows.append((source, connections, f"{f.unloaded:,.0f}", f"{f.loaded:,.0f}", f"{f.ratio:.2f}", f"{f.p99_ms:.1f}",
                     f"{f.logins:.1f}", median))  # fmt: skip
    return table(("64 clients log in from", "Connections that validate", "Validations/s without", "With", "Ratio", "p99 ms",
                  "Logins/s", "Surplus login refused in, ms"), rows)  # fmt: skip


def layout_table(layouts):
    rows = []
    for (layout, connections), f in layouts.items():
        cells = (f, "", "", "") if isinstance(f, str) else (f"{f.ratio:.2f}", f"{f.p99_ms:.1f}", f"{f.logins:.1f}",
                                                           met(f.ratio >= 0.75 and f.p99_ms <= 5))  # fmt: skip
        rows.append((layout, connections, *cells))
    return table(("64 clients log in from one address", "Connections that validate", "Ratio", "p99 ms", "Logins/s",
                  "≥ 0.75, ≤ 5 ms"), rows)  # fmt: skip


def memory_table(footprint):
    rows = [
        ("just started", footprint.idle),
        ("with 1,000 idle connections", footprint.connected),
        ("after the warm-up", footprint.warm),
        (f"after {footprint.requests:,} requests more", footprint.worked),
    ]
    return table(
        ("Resident memory", "Worker MB", "With Kore's parent MB"),
        [(name, f"{memory.worker:.1f}", f"{memory.total:.1f}") for name, memory in rows],
    )
