"""A server that writes whatever it can be made to write, with pgaudit where that is installed."""

import os
import pathlib
import re
import subprocess

TALKATIVE = [
    "log_statement=all",
    "log_min_duration_statement=0",
    "log_parameter_max_length=-1",
    "log_parameter_max_length_on_error=-1",
    "log_min_error_statement=debug5",
    "log_min_messages=debug3",
    "log_error_verbosity=verbose",
    "session_preload_libraries=auto_explain",
    "auto_explain.log_min_duration=0",
    "auto_explain.log_analyze=on",
    "auto_explain.log_verbose=on",
    "auto_explain.log_nested_statements=on",
]
PRINTING = ["debug_print_parse=on", "debug_print_rewritten=on", "debug_print_plan=on"]
COUNTING = ["pg_stat_statements.track=all", "pg_stat_statements.track_utility=on"]
AUDITING = [
    "pgaudit.log=all",
    "pgaudit.log_parameter=on",
    "pgaudit.log_relation=on",
    "pgaudit.role=auditor",
]


def pg_config(option):
    program = os.environ.get("PG_CONFIG", "pg_config")
    return subprocess.run([program, option], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def server_version():
    return int(re.search(r"\d+", pg_config("--version")).group())


def has_pgaudit():
    return pathlib.Path(pg_config("--pkglibdir"), "pgaudit.so").exists()


def loud_settings():
    newer = ["auto_explain.log_parameter_max_length=-1"] if server_version() >= 16 else []
    libraries = ["pg_stat_statements", *(["pgaudit"] if has_pgaudit() else [])]
    return [
        f"shared_preload_libraries={','.join(libraries)}",
        "jerry.bcrypt_cost=4",
        *TALKATIVE,
        *PRINTING,
        *newer,
        *COUNTING,
        *(AUDITING if has_pgaudit() else []),
    ]
