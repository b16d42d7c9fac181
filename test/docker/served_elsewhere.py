"""A plugin for the HTTP tests where the servers under test were not started from this checkout.

Left out are the tests that start servers of their own with its tools, which say nothing about those, and the tests that
look at their processes.
"""

FIXTURES = {
    "start_sidecar", "private_cluster", "private_sidecar", "secure_url", "processor_time",
    "installation", "hiding", "program"
}
IMPORTS = {"Cluster", "Sidecar", "TOOLS", "start_and_fail"}


def is_about_others(item):
    chosen = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return bool(FIXTURES & {*item.fixturenames, *map(str, chosen)} or IMPORTS & set(vars(item.module)))


def pytest_collection_modifyitems(config, items):
    own = [item for item in items if is_about_others(item)]
    items[:] = [item for item in items if not is_about_others(item)]
    config.hook.pytest_deselected(items=own)
