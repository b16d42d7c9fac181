"""A plugin for the HTTP tests where the servers under test were not started from this checkout.

Left out are the tests that start servers of their own with its tools: they say nothing about those.
"""

FIXTURES = {"start_sidecar", "private_cluster", "private_sidecar", "secure_url"}
IMPORTS = {"Cluster", "Sidecar", "TOOLS", "start_and_fail"}


def starts_servers(item):
    chosen = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return bool(FIXTURES & {*item.fixturenames, *map(str, chosen)} or IMPORTS & set(vars(item.module)))


def pytest_collection_modifyitems(config, items):
    own = [item for item in items if starts_servers(item)]
    items[:] = [item for item in items if not starts_servers(item)]
    config.hook.pytest_deselected(items=own)
