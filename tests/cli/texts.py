"""Names and levels of a CSV file, and words of the command line, with what moves a terminal's cursor, turns text around or breaks
XML: whether it comes out of `weeg` in any format. Takes the program."""
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import xml.dom.minidom
import xml.parsers.expat

WEEG = sys.argv[1]
HOSTILE = {
    "escape": "\x1b[31mred", "link": "\x1b]8;;http://x\x07link", "bell": "a\x07b", "csi": "\u009b31m", "delete": "a\x7fb",
    "return": "safe\rgone", "lines": "a\n\nb", "tab": "a\tb", "bidi": "\u202eabc", "isolate": "\u2066x", "mark": "a\u061cb",
    "nothing": "a\u200bb", "order": "a\ufeffb", "separator": "a\u2028b", "none": "a\uffffb", "tag": "a\U000e0041b",
    "control": "a\x01\x1fc", "markup": "a|b`c<i>d</i>[x](y)\\",
}
UNSHOWN = ({*range(32)} - {10}) | {*range(127, 160), 0x61C, 0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F),
                                   *range(0x2060, 0x2070), 0xFEFF, 0xFFFF, 0xE0041}


def say(ok, name):
    print(("ok " if ok else "not ok ") + name)


def weeg(*words):
    done = subprocess.run([WEEG, *words], capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


def shown(written):
    try:
        return not UNSHOWN & {ord(c) for c in written.decode("utf-8")}
    except UnicodeDecodeError:
        return False


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def cells(kind, written):
    """The texts in JSON or CSV, which keep what is in the data."""
    if kind == "json":
        return {value for row in json.loads(written)["rows"] for value in row.values() if isinstance(value, str)}
    return {cell for row in csv.reader(io.StringIO(written.decode("utf-8"), newline="")) for cell in row}


def right(kind, written, text):
    """Whether the rows of a format are what they should be. CSV is for programs: it is the data as they are."""
    if kind in ("json", "csv") and text and text not in cells(kind, written):
        return False
    try:
        if kind == "html" and xml.dom.minidom.parseString(written).getElementsByTagName("i"):
            return False
    except xml.parsers.expat.ExpatError:
        return False
    return kind == "csv" or shown(written)


def wrong_answers(text, name):
    questions = [["describe"], ["proportion", "a ~ " + name if name else "~ a"]]
    questions += [[verb, "a ~ " + name] for verb in ("crosstab", "test", "compare") if name]
    for question in questions:
        for kind in ("text", "markdown", "html", "json", "csv"):
            code, out, err = weeg(question[0], "rows.csv", *question[1:], "-f", kind)
            exact = text if question[0] in ("describe", "proportion") else ""
            if code != 0 or not right(kind, out, exact) or not shown(err):
                yield question[0] + " as " + kind


def wrong_errors(text):
    for words in (["proportion", "rows.csv", "`no" + text + "`"], ["proportion", "rows.csv", "a", "--interval", text],
                  ["proportion", text + ".csv", "~ a"], ["proportion", "rows.csv", "a", "--domain", "a == '" + text], [text],
                  ["describe", "rows.csv", "--" + text], ["proportion", "rows.csv", "~ a", "--levels", "a=p," + text + "x"]):
        code, out, err = weeg(*words)
        if code not in (1, 2) or out or not err or not shown(err):
            yield "the error of " + repr(words[-1])


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for key, text in HOSTILE.items():
        with open("rows.csv", "w", encoding="utf-8", newline="") as file:
            file.write("a," + quoted(text) + "\n")
            for k in range(24):
                file.write(quoted(text if k % 3 else "p") + "," + quoted("v" if k % 2 else text + "q") + "\n")
        # a name in backticks has none itself
        wrong = [*wrong_answers(text, "" if "`" in text else "`" + text + "`"), *wrong_errors(text)]
        say(not wrong, "texts with " + key + "; ".join(["", *wrong]))

    bad = b"a\xffb\xed\xa0\x80"
    with open("named.csv", "w", encoding="utf-8") as file:
        file.write("a\n1\n0\n1\n")
    code, out, err = weeg("proportion", "named.csv", b"~ " + bad)
    say(code in (1, 2) and b"a\\xffb\\xed\\xa0\\x80" in err, "bytes that are not UTF-8 are written in messages")
    code, out, err = weeg("multiple", "named.csv", "~ a", "--labels", b"a=" + bad, "-f", "json")
    say(code == 0 and "a\ufffdb\ufffd\ufffd\ufffd" in cells("json", out), "they are U+FFFD in JSON")
