"""What is said about metrics is about metrics that there are: the dashboard for Grafana, and the alerts of METRICS.md.

test/http/test_metrics_page.py compares METRICS.md with what is served.
"""

import json
import os
import re
import shutil
import subprocess

import pytest

from pages import ROOT

PAGE = (ROOT / "docs" / "METRICS.md").read_text()
DASHBOARD = json.loads((ROOT / "conf" / "grafana-dashboard.json").read_text())
HISTOGRAM = ("_bucket", "_sum", "_count")
VARIABLE = re.compile(r"\$__(rate_interval|range)")


def metrics():
    """The labels of each metric that there is, by the names of its samples."""
    result = {}
    for name, type_, labels in re.findall(r"^\| `(jerry_\w+)` \| (\w+) \| (.*?) \|", PAGE, re.M):
        names = [name + ending for ending in HISTOGRAM] if type_ == "histogram" else [name]
        for each in names:
            result[each] = set(re.findall(r"`(\w+)`", labels)) | ({"le"} if type_ == "histogram" else set())
    assert len(result) > 20
    return result


def alerts():
    """The file with rules, as the page has it."""
    [rules] = re.findall(r"```yaml\n(groups:.*?)```", PAGE, re.S)
    return rules


def panels():
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def expressions():
    found = [target["expr"] for panel in panels() for target in panel["targets"]]
    alarms = re.findall(r"^ +expr: (.*)$", alerts(), re.M)
    assert len(alarms) == alerts().count("- alert:") > 4
    return found + alarms


def test_every_metric_is_in_the_dashboard_and_every_metric_of_it_exists():
    shown = {name for panel in panels() for target in panel["targets"]
             for name in re.findall(r"\bjerry_\w+", target["expr"])}
    assert shown <= set(metrics())
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown} == {
        re.sub(r"_(bucket|sum|count)$", "", name) for name in metrics()
    }


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_uses_labels_that_there_are(expression):
    known = metrics()
    for name, selector in re.findall(r"\b(jerry_\w+)(?:\{([^}]*)\})?", expression):
        assert name in known
        for label in re.findall(r"(\w+)(?:=~|!~|!=|=)\"", selector):
            assert label in known[name] | {"job", "instance"}, (name, label)
    names = re.findall(r"\bjerry_\w+", expression)
    for by in re.findall(r"\bby \(([^)]*)\)", expression):
        for label in re.findall(r"\w+", by):
            assert any(label in known[name] | {"job", "instance"} for name in names), label


def test_legends_name_labels_that_are_left():
    for panel in panels():
        for target in panel["targets"]:
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                by = re.findall(r"\bby \(([^)]*)\)", target["expr"])
                assert not by or any(label in re.findall(r"\w+", words) for words in by), (panel["title"], label)


def test_panels_have_ids_and_places_of_their_own():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, panel["title"]
                taken.add((x, y))


def test_promtool_can_read_every_expression(tmp_path):
    promtool = os.environ.get("PROMTOOL") or shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not there (Debian: prometheus)")
    # every JSON is YAML
    rules = [{"record": f"test:e{n}", "expr": VARIABLE.sub("5m", text)} for n, text in enumerate(expressions())]
    for name, content in (
        ("alerts", alerts()), ("dashboard", json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    ):
        path = tmp_path / f"{name}.yml"
        path.write_text(content)
        done = subprocess.run([promtool, "check", "rules", str(path)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
