"""make bench: measures Jerry against Kore's own limit and PostgreSQL's, and writes bench/results.md.

BENCH_SECONDS    duration of each measurement; everything together takes about a hundred times as long (default: 3)
BENCH_LAYOUTS    1: floods of logins in several layouts of the processors, too; needs root, and changes them for the machine meanwhile
BENCH_REQUESTS   requests after which the sidecar's memory is compared (default: 1000000)
"""

import os
import pathlib

import report
from algorithms import measure_algorithms
from bed import Bed, number
from endpoints import measure_endpoints
from flood import measure_flood, measure_layouts, measure_login
from footprint import measure_footprint
from hashes import measure_hashes
from load import Requests, make_accounts
from statements import measure_statements
from tls import measure_tls
from webhooks import measure_webhooks

RESULTS = pathlib.Path(__file__).with_name("results.md")


def main():
    seconds = number("BENCH_SECONDS", 3)
    count = number("BENCH_REQUESTS", 1_000_000)
    load_before = os.getloadavg()[0]
    with Bed() as bed:
        accounts = make_accounts(bed)
        requests = Requests(bed.folder, accounts)
        sidecar = bed.start_sidecar()
        endpoints = measure_endpoints(sidecar, requests, seconds)
        login = measure_login(bed, sidecar, requests, seconds)
        sidecar.stop()
        flood = measure_flood(bed, requests, seconds)
        layouts = measure_layouts(bed, requests, seconds) if os.environ.get("BENCH_LAYOUTS") == "1" else {}
        hashes = measure_hashes(bed)
        tls = measure_tls(bed, requests, seconds)
        statements = measure_statements(bed, accounts[0], seconds)
        algorithms = measure_algorithms(bed, accounts[0], seconds)
        webhooks = measure_webhooks(bed)
        footprint = measure_footprint(bed, requests, count)
        text = "\n\n".join(
            [
                report.heading("Benchmark", f"make bench BENCH_SECONDS={seconds} BENCH_REQUESTS={count}", bed, load_before),
                report.targets(endpoints, statements, algorithms, hashes, login, flood, webhooks, footprint),
                report.endpoint_table(endpoints),
                report.tls_table(tls),
                report.flood_table(flood),
                *([report.layout_table(layouts)] if layouts else []),
                report.login_table(login),
                report.hash_table(hashes),
                report.statement_table(statements),
                report.algorithm_table(algorithms),
                report.memory_table(footprint),
            ]
        )
    RESULTS.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
