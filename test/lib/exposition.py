"""Prometheus' text format 0.0.4, read strictly: what is unusual in it is an error here.

More is asked than the format demands, by the customs of metrics: every family has a help and a type, its samples stand
together, counters end in _total and nothing else does, a histogram adds up.
"""

import math
import re

TYPES = {"counter", "gauge", "histogram"}
NAME = r"jerry(?:_[a-z0-9]+)+"
HELP = re.compile(rf"# HELP ({NAME}) (\S(?:.*\S)?)")
TYPE = re.compile(rf"# TYPE ({NAME}) (\w+)")
LABEL = re.compile(r'([a-z][a-z_]*)="((?:[^"\\\n]|\\["\\n])*)"')
SAMPLE = re.compile(rf'({NAME})(?:\{{((?:[^"]|"(?:[^"\\]|\\.)*")*)\}})? (\S+)')
VALUE = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+]Inf")

# a name says its unit, and these are not what Prometheus counts in
NO_UNITS = {"ms", "us", "milliseconds", "microseconds", "minutes", "hours", "days", "kb", "mb", "kilobytes", "percent"}


class Family:
    def __init__(self, name, help_, type_):
        self.name = name
        self.help = help_
        self.type = type_
        self.samples = {}  # (name, sorted labels): value

    def names(self):
        endings = ["_bucket", "_sum", "_count"] if self.type == "histogram" else [""]
        return {self.name + ending for ending in endings}


def read_labels(text):
    labels = {}
    at = 0
    while at < len(text):
        found = LABEL.match(text, at)
        assert found, f"no label at {text[at:]!r}"
        name, escaped = found.groups()
        assert name not in labels, f"label {name} twice"
        labels[name] = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], escaped)
        at = found.end()
        if at < len(text):
            assert text[at] == ",", f"no comma in {text!r}"
            at += 1
            assert at < len(text), f"a comma at the end of {text!r}"
    return labels


def read_value(text):
    assert VALUE.fullmatch(text), f"no value: {text!r}"
    return float(text)


def check_histogram(family):
    series = {}
    for (name, labels), value in family.samples.items():
        ending = name[len(family.name):]
        labels = dict(labels)
        bound = labels.pop("le", None)
        assert (bound is not None) == (ending == "_bucket"), (name, labels)
        series.setdefault(tuple(sorted(labels.items())), {}).setdefault(ending, []).append((bound, value))
    for labels, parts in series.items():
        assert set(parts) == {"_bucket", "_sum", "_count"}, (family.name, labels)
        bounds = [read_value(bound) for bound, _ in parts["_bucket"]]
        counts = [value for _, value in parts["_bucket"]]
        assert bounds == sorted(set(bounds)) and bounds[-1] == math.inf, (labels, bounds)
        assert counts == sorted(counts) and counts[0] >= 0, (labels, counts)
        assert [counts[-1]] == [value for _, value in parts["_count"]], labels
        [(_, total)] = parts["_sum"]
        assert total >= 0 and (total == 0 or counts[-1] > 0), (labels, total)


def check_family(family):
    assert family.type in TYPES, family.name
    assert (family.type == "counter") == family.name.endswith("_total"), family.name
    assert not NO_UNITS & set(family.name.split("_")), family.name
    assert family.samples, f"{family.name} has no samples"
    if family.type == "histogram":
        check_histogram(family)
    for (name, labels), value in family.samples.items():
        assert family.type == "gauge" or value >= 0, (name, value)
        assert not math.isinf(value), name
    shapes = {tuple(sorted({label for label, _ in labels} - {"le"})) for _, labels in family.samples}
    assert len(shapes) == 1, f"{family.name} has samples with different labels: {shapes}"


def read(text):
    """The families of a page, by name; an assertion fails where it is not well-formed."""
    families = {}
    family = None
    assert text.endswith("\n")
    lines = text[:-1].split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.startswith("#"):
            help_, type_ = HELP.fullmatch(line), TYPE.fullmatch(lines[at + 1])
            assert help_ and type_ and help_[1] == type_[1], lines[at:at + 2]
            assert help_[1] not in families, f"{help_[1]} begins twice"
            family = families[help_[1]] = Family(help_[1], help_[2], type_[2])
            at += 2
            continue
        found = SAMPLE.fullmatch(line)
        assert found, f"no sample: {line!r}"
        name, labels, value = found.groups()
        assert family and name in family.names(), f"{line!r} does not stand with its family"
        key = name, tuple(sorted(read_labels(labels or "").items()))
        assert key not in family.samples, f"{line!r} twice"
        family.samples[key] = read_value(value)
        at += 1
    for each in families.values():
        check_family(each)
    return families


class Page:
    """A page that has been read; page("name", label="…") is the sum of the samples that have these labels."""

    def __init__(self, text):
        self.text = text
        self.families = read(text)
        self.samples = {key: value for family in self.families.values() for key, value in family.samples.items()}

    def matching(self, name, **labels):
        """The values by their labels; at least one."""
        found = {
            key: value for (sample, key), value in self.samples.items()
            if sample == name and labels.items() <= dict(key).items()
        }
        assert found, f"there is no {name}{labels}"
        return found

    def __call__(self, name, **labels):
        return sum(self.matching(name, **labels).values())

    def label_values(self, name, label):
        return {dict(key)[label] for key in self.matching(name)}
