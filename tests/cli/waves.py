"""waves.py WEEG...: rows that are split at random into files of mixed kinds, read as waves, have the figures of one file with all
of them, to the last digit. Programs by turns, the last one under sanitizers. In the folder of cases.R (make_splits)."""
import json
import os
import random
import subprocess
import sys

programs = sys.argv[1:]
kinds = ["csv"] + (["sav"] if os.path.exists("split-2.sav") else [])
QUESTIONS = [
    ("crosstab", ["strengths ~ wave"]), ("proportion", ["vertrouwen ~ wave + provider"]), ("mean", ["leeftijd ~ wave"]),
    ("proportion", ["~ provider", "--domain", "leeftijd < 36 & wave != 'w2'"]), ("quantile", ["leeftijd ~ wave"]),
    ("proportion", ["~ strengths", "--domain", "provider == 'werkplein' | strengths == 'niet'"]),
    ("multiple", ["knelpunt_banen + knelpunt_schaamte ~ wave", "--yes", "yes"]), ("test", ["strengths ~ provider", "--given", "wave"]),
    ("total", ["leeftijd ~ wave"]), ("logistic", ["vertrouwen ~ wave"]), ("book", ["--rows", "strengths", "--columns", "wave"]),
    ("compare", ["vertrouwen ~ wave", "--contrasts", "trend"]), ("battery", ["~ knelpunt_banen + knelpunt_schaamte", "--sort", "none"]),
]
# the design of the waves, and that of the whole
DESIGNS = [
    ("-s ronde -c psu", "-s stratum -c unit"), ("-c psu", "-s wave -c unit"), ("", "-s wave"), ("-s ronde", "-s stratum"),
    ("-s ronde -c psu --panel", "-s ronde -c psu"), ("--panel", ""),
]


def same(a, b, key=""):
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k], k) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y, key) for x, y in zip(a, b))
    if key == "base.effective":  # a sum over rows as they come, in windows that end with a file
        return abs(a - b) <= 1e-14 * a
    return a == b


def ask(program, file, command, options):
    words = [program, command, file] + options + ["-f", "json", "--lonely", "adjust", "-w", "gewicht"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        return done.stderr
    result = json.loads(done.stdout)
    for key in ("data", "strata", "cluster"):
        result.pop(key, None)
    return result


random.seed(1)
for count in (2, 3, 4):
    labels = ["w%d" % (i + 1) for i in range(count)]
    for turn, (command, options) in enumerate(QUESTIONS):
        of = [random.choice(kinds) for _ in labels]
        if "sav" not in of or random.random() < 0.5:
            of = [random.choice(kinds)] * count
        waves, whole = random.choice(DESIGNS)
        # levels of texts are in the order of their bytes, those of SPSS files in that of their values
        kind = "sav" if "sav" in of else "csv"
        more = ["--levels", "wave=" + ",".join(labels)] if kind == "csv" else []
        files = "wave=" + ",".join("%s:split-%d-%d.%s" % (l, count, i + 1, of[i]) for i, l in enumerate(labels))
        got = ask(programs[turn % len(programs)], files, command, options + waves.split())
        want = ask(programs[0], "split-%d.%s" % (count, kind), command, options + whole.split() + more)
        name = "%s %s, waves in %s, %s" % (command, options[0], " ".join(of), waves or "no design")
        if isinstance(want, str) or isinstance(got, str):
            print("not ok %s: %s" % (name, want if isinstance(want, str) else got))
        else:
            print("%s %s" % ("ok" if same(got, want) else "not ok", name))
