"""Writes a directory as Django's datastore.py leaves it: a pickle for each key. Usage: pickles.py DIRECTORY PROTOCOL"""

import collections
import datetime
import os
import pickle
import sys

directory, protocol = sys.argv[1], int(sys.argv[2])


class Feed:
    def __init__(self):
        self.title = "an object"


class Harm:
    def __reduce__(self):
        return os.system, ("touch " + os.path.join(directory, "..", "harm"),)


shared = ["the same list"]
within = ["itself"]
within.append(within)

DATA = {
    "nothing": None,
    "booleans": [True, False],
    "whole numbers": [0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 2**31, -(2**31) - 1, 2**53 - 1, -(2**53) + 1],
    "large numbers": [2**53, -(2**63), 2**64, -(2**2100)],
    "floats": [0.5, -0.0, 1e300, float("inf"), float("-inf"), float("nan")],
    "text": ["", "plain", "größe", "日本語", "🎉", "a\nb\\c\u0000", "\\u0041", "quote ' \""],
    "long text": "x" * 70_000,
    "bytes": [b"", b"abc", bytes(range(256)), b"y" * 70_000, bytearray(b"array")],
    "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
    "lists": [[], [[]], list(range(3_000))],
    "dictionaries": {"": 1, "b": {"c": [None]}, "__proto__": "a key as any other", "constructor": 2},
    "dictionary of numbers": {1: "one", None: "nothing", (1, 2): "tuple"},
    "ordered": collections.OrderedDict([("z", 1), ("a", 2)]),
    "sets": [set(), {1}, frozenset(["x"])],
    "shared": [shared, shared],
    "within itself": within,
    "größe 🎉": "a key of any text",
}

OTHERS = {
    "an object": Feed(),
    "a date": datetime.datetime(2020, 1, 1),
    "harm": Harm(),
    "harm within": {"list": [1, Harm()]},
    "a function": {"f": len},
    "a type": [set],
}


def write(key, content):
    with open(os.path.join(directory, key), "wb") as file:
        file.write(content)
    os.utime(os.path.join(directory, key), (1_600_000_500, 1_600_000_000))


os.makedirs(directory, exist_ok=True)
for key, value in {**DATA, **OTHERS}.items():
    write(key, pickle.dumps(value, protocol))
write("cut", pickle.dumps(["a list", "of text"], protocol)[:-4])
write("followed", pickle.dumps(1, protocol) + b"more")
write("no pickle", b"<html>")
write("a.lock", b"")
os.makedirs(os.path.join(directory, "a directory"), exist_ok=True)
