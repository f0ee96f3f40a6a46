"""Messages in Dutch: every one that the sources make has a row in src/cli/base/dutch_*.c, with the same conversions in the same
order, and every row is of a message that the sources make.

What is looked for: formats and texts given to the functions of SAYS, and any other text of words in the files that speak. With
files as arguments, texts there that no function says are printed, too: a look at what may have been forgotten.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# which argument is a format or text that is looked up
SAYS = {"weeg_fail": (3,), "weeg_i_say": (3,), "weeg_i_said": (1,), "weeg_fail_row": (2,), "cli_fail": (0,), "cli_usage": (0,),
        "cli_warn": (0,), "cli_format": (0,), "cli_addf": (1,), "cli_said": (0,), "cli_counted": (1, 2)}
# help, files for other programs, the catalogues, and PSPP, whose user reads English
SILENT = re.compile(r"ask/(commands|help)\.c|show/(markup|workbook|zip|json)\.c|/pspp|base/(dutch_\w+|memory|conventions)\.c|core/base/vector")
# no words of messages: a level, names of kinds of files, what is typed, Cramér, and names of statuses
NOT_SAID = {"SQLite format 3", "HEADER RECORD*******LIB", "--na-weights omit", "/MISSING WEIGHT=OMIT", "\\\"q3=q2 == 'yes'\\\"",
            "'media=tv + radio'", "group.%s", "(all others)", "weeg ", "Cram\\u00e9r's V", "Cramer's V", "invalid argument", "out of memory", "too large", "invalid weight",
            "missing design variable", "PSU not nested in stratum", "invalid finite population", "stratum with one PSU",
            "no convergence", "malformed CSV", "unknown status"}
# rows of texts that are made elsewhere: by the system, by ReadStat, and by single words that are looked up where they are shown
ELSEWHERE = re.compile(r"^(No such file|Permission denied|Is a directory|Not a directory|No space left|Too many open|Input/output|"
                       r"File |Unable to|Invalid file|A row in the file|A provided format|This version of|The file's|Unknown error)")
TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|/\*.*?\*/|//[^\n]*', re.S)
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
RUN = re.compile(r'(?:"(?:[^"\\\n]|\\.)*"\s*)+')
CONVERSION = re.compile(r"(?<!\d)%[-+#0 ]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z|j|t)?[a-zA-Z%]")


def code(path):
    """Without comments, characters and preprocessor lines."""
    text = TOKEN.sub(lambda m: m.group() if m.group()[0] == '"' else re.sub(r"[^\n]", " ", m.group()), path.read_text("utf-8"))
    return re.sub(r"^\s*(?:#\s*(?:include|pragma)|WEEG_OMP|_Pragma).*$", "", text, flags=re.M)


def literals(path):
    """Each (text, line, whether a function of SAYS gets it as what it says)."""
    text, calls, at = code(path), [], 0
    while at < len(text):
        if text[at] == '"':
            run = RUN.match(text, at)
            named = [call for call in calls if call[0] != ""]
            yield ("".join(LITERAL.findall(run.group())), text.count("\n", 0, at) + 1,
                   bool(named) and named[-1][1] in SAYS.get(named[-1][0], ()))
            at = run.end()
            continue
        if text[at] in "([{":
            name = re.search(r"(\w+)\s*$", text[max(0, at - 60):at]) if text[at] == "(" else None
            name = name.group(1) if name else "" if text[at] == "(" else text[at]
            calls.append(["" if name in ("if", "while", "for", "return", "switch", "sizeof") else name, 0])
        elif text[at] in ")]}" and calls:
            calls.pop()
        elif text[at] == "," and calls:
            calls[-1][1] += 1
        at += 1


def has_words(text):
    return re.search(r"[A-Za-z]{2}", re.sub(r"\\.|--[a-z-]+", " ", CONVERSION.sub(" ", text))) is not None


def rows():
    """(English, Dutch, file) of the catalogues."""
    for path in sorted(ROOT.glob("src/cli/base/dutch_*.c")):
        text = code(path)
        texts = ["".join(LITERAL.findall(run.group())) for run in RUN.finditer(text[text.index("{"):])]
        for english, dutch in zip(texts[::2], texts[1::2]):
            yield english, dutch, path.name


def main():
    files = [path for folder in ("core", "web", "cli") for path in sorted((ROOT / "src" / folder).rglob("*.[ch]"))]
    everything, needed, wrong = set(), {}, []
    for path in files:
        name, silent = str(path.relative_to(ROOT)), SILENT.search(str(path))
        help_ends = code(path).count("\n", 0, code(path).find("{.name = NULL}")) if name.endswith("ask/options.c") else 0
        if "base/dutch_" in name:
            continue
        for text, line, said in literals(path):
            everything.add(text)
            if silent or text in NOT_SAID or not has_words(text) or line <= help_ends or "omp simd" in text:
                continue
            if said or " " in text:
                needed.setdefault(text, f"{name}:{line}")
                if name in sys.argv[1:] and not said:
                    print(f"     {name}:{line}: {text}")
    known = {}
    for english, dutch, name in rows():
        if english in known:
            wrong.append(f"{name}: two rows of \"{english}\"")
        known[english] = dutch
        if CONVERSION.findall(english) != CONVERSION.findall(dutch):
            wrong.append(f"{name}: other conversions than \"{english}\": \"{dutch}\"")
        if english not in everything and not ELSEWHERE.search(english):
            wrong.append(f"{name}: nothing says \"{english}\"")
    wrong += [f"{place}: no Dutch for \"{text}\"" for text, place in needed.items() if text not in known]
    # those beyond the room would be English without a word
    room = int(re.search(r"MOST_PHRASES = (\d+)", (ROOT / "src/cli/base/said.c").read_text()).group(1))
    if len(known) > room:
        wrong.append(f"src/cli/base/said.c has room for {room} of {len(known)} rows: raise MOST_PHRASES")
    for line in wrong:
        print(f"not ok {line}")
    if len(needed) < 800 or len(known) < 800:
        print(f"not ok only {len(needed)} messages and {len(known)} rows were found")
    elif not wrong:
        print(f"ok each of {len(needed)} messages has its Dutch, with its conversions, and no row is of another")


main()
