"""exchange.py WEEG FOLDER: with --threshold, nothing that is shown depends on which of the hidden answers somebody gave.

Answers that are hidden in a group are drawn anew among these, items that are hidden are named by others of the group, and
respondents of groups that are hidden change groups among these, with all else that they are.
Wherever the same cells are hidden then, every output must have the same bytes, whatever the weights and sampling units. Without
--threshold they differ.
"""
import csv
import json
import os
import random
import subprocess
import sys

weeg, folder = sys.argv[1:3]
random.seed(3)
path = os.path.join(folder, "exchange.csv")
DESIGN = ["-w", "w", "-s", "s", "-c", "c"]
OUTPUTS = [["crosstab", "q ~ g"], ["crosstab", "q ~ g", "--percent", "column"], ["crosstab", "q ~ g", "--percent", "total"],
           ["proportion", "q ~ g"], ["compare", "q ~ g", "--measures", "difference"],
           ["compare", "q ~ g", "--against", "rest"], ["compare", "q ~ g", "--against", "total"],
           ["mean", "x ~ g"], ["quantile", "x ~ g", "--probs", ".25,.5"], ["compare", "x ~ g", "--measures", "mean-difference"],
           ["compare", "x ~ g", "--measures", "mean-ratio", "--against", "rest"], ["multiple", "m + k ~ g"]]
ITEMS = ["m", "k"]


def rows(kind):
    answers, groups = ["never", "rarely", "often", "always", "unknown"], ["a", "b", "c", "d", "e", "f", ""]
    size = {"a": 120, "b": 150, "c": 90, "d": 200, "e": 6 if kind % 2 else 70, "f": 3 if kind % 2 else 80, "": [0, 4, 40][kind % 3]}
    out = []
    for g in groups:
        for _ in range(size[g]):
            rare = [2, 4, 1, 3][(groups.index(g) + kind) % 4]
            answer = random.choices(answers, [rare if g != "b" else 30, 10, 30, 20, 25 if kind < 4 or g != "d" else 1])[0]
            psu = random.randrange(20)
            named = [int(random.random() < (0.05 if g in "ac" else 0.4)), int(random.random() < 0.3)]
            out.append([g, answer, psu % 3, psu, round(random.uniform(0.5, 3), 3), random.randrange(18, 80)] + named)
    return out


def write(data):
    with open(path, "w", newline="") as to:
        csv.writer(to).writerows([["g", "q", "s", "c", "w", "x"] + ITEMS] + data)


def run(words, threshold=True, form="json"):
    end = ["--threshold", "10"] if threshold else []
    levels = ["--levels", "q=never,rarely,often,always,unknown"] if words[1].startswith("q") else []
    asked = [weeg, words[0], path] + words[1:] + DESIGN + levels + ["--levels", "g=a,b,c,d,e,f", "--format", form] + end
    return subprocess.run(asked, capture_output=True, check=True).stdout


def hidden_cells():
    """Cells of groups that are shown, and groups that are not."""
    found = [r for r in json.loads(run(["proportion", "q ~ g"]))["rows"] if r["reason.code"] == "protected"]
    return {(r["g"], r["level"]) for r in found if r["n.base"] is not None}, {r["g"] for r in found if r["n.base"] is None}


def hidden_items():
    """Pairs of a group and an item."""
    found = [r for r in json.loads(run(["multiple", "m + k ~ g"]))["rows"] if r["reason.code"] == "protected"]
    return {(r["g"], ITEMS.index(r["level"])) for r in found if r["n.base"] is not None}


def everything(threshold):
    return [run(words, threshold, form) for words in OUTPUTS for form in ("json", "csv", "text", "html")]


same = differ = tried = 0
for kind in range(8):
    data = rows(kind)
    write(data)
    hidden, named, shown, plain = hidden_cells(), hidden_items(), everything(True), run(OUTPUTS[0], False)
    for attempt in range(6):
        other = [list(row) for row in data]
        cells, groups = hidden
        for answer in {row[1] for row in other}:
            mine = [row for row in other if row[0] in groups and row[1] == answer]
            drawn = [row[0] for row in mine]
            random.shuffle(drawn)
            for row, g in zip(mine, drawn):
                row[0] = g
        for g in {cell[0] for cell in cells}:
            answers = sorted(level for group, level in cells if group == g)
            mine = [row for row in other if row[0] == g and row[1] in answers]
            drawn = [row[1] for row in mine]
            if attempt % 2: # counts change
                drawn = [random.choice(answers[:2]) if random.random() < 0.1 else x for x in drawn]
            random.shuffle(drawn)
            for row, answer in zip(mine, drawn):
                row[1] = answer
        for g, item in named:
            mine = [row for row in other if row[0] == g]
            drawn = [row[6 + item] for row in mine]
            random.shuffle(drawn)
            for row, names in zip(mine, drawn):
                row[6 + item] = names
        write(other)
        if hidden_cells() != hidden or hidden_items() != named:
            continue
        tried += 1
        same += everything(True) == shown
        differ += run(OUTPUTS[0], False) != plain
print(f"{tried} exchanges, {same} with the same output, {differ} with another one without protection", file=sys.stderr)
sys.exit(not (tried >= 20 and same == tried and differ == tried))
