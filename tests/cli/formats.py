"""Whether what the program wrote in this folder is JSON, HTML and Markdown, with the numbers of its CSV."""
import csv
import glob
import json
import re
import xml.dom.minidom


def say(ok, name):
    print(("ok " if ok else "not ok ") + name)


def distinct(pairs):
    assert len({key for key, _ in pairs}) == len(pairs), pairs
    return dict(pairs)


for path in sorted(glob.glob("*.json")):
    with open(path, encoding="utf-8") as file:
        data = json.load(file, object_pairs_hook=distinct)
    about = {"weeg", "command", "rows"} | (set() if path == "described.json" else {"design", "conventions"})
    say(about <= set(data), path)

with open("proportion.json", encoding="utf-8") as file:
    rows = json.load(file)["rows"]
with open("proportion.out.csv", encoding="utf-8", newline="") as file:
    wanted = list(csv.DictReader(file))
coded = all(list(row).index("reason.code") == list(row).index("reason") + 1 for row in rows)
coded = coded and all((row.pop("reason.code") is None) == (row["reason"] is None) for row in rows)
coded = coded and all((row.pop("reliability.code") is None) == (row["reliability.reason"] is None) for row in rows)
say(coded, "in JSON the code of a reason is behind it")
same = len(rows) == len(wanted) and all(
    list(row) == list(want) and all(
        want[key] == "NA" if value is None else want[key] == value if isinstance(value, str) else float(want[key]) == value
        for key, value in row.items())
    for row, want in zip(rows, wanted))
say(same, "JSON has the rows of the CSV")

for path in sorted(glob.glob("*.html")):
    page = xml.dom.minidom.parse(path)
    head = page.getElementsByTagName("th")
    tables = page.getElementsByTagName("table")
    ok = page.documentElement.getAttribute("lang") == "en" and all(cell.getAttribute("scope") for cell in head)
    ok = ok and all(len(table.getElementsByTagName("caption")) == 1 for table in tables)
    say(ok, path)

for path in sorted(glob.glob("*.markdown")):
    with open(path, encoding="utf-8") as file:
        lines = [line for line in file if line.startswith("|")]
    bars = [len(re.findall(r"(?<!\\)\|", line)) for line in lines]
    blocks_agree = all(a == b for a, b in zip(bars, bars[1:]))
    say(blocks_agree and "Conventions: " in open(path, encoding="utf-8").read(), path)

page = xml.dom.minidom.parse("book.html")
links = [link.getAttribute("href") for link in page.getElementsByTagName("a")]
ids = ["#" + head.getAttribute("id") for head in page.getElementsByTagName("h2")]
say(len(links) == 2 and links == ids, "a book has a list of contents with links to its questions")
for table in page.getElementsByTagName("table"):
    rows = table.getElementsByTagName("tr")
    spans = [cell for cell in rows[0].getElementsByTagName("th") if cell.getAttribute("scope") == "colgroup"]
    columns = 2 + sum(int(cell.getAttribute("colspan")) for cell in spans)
    groups = sum(int(group.getAttribute("span")) for group in table.getElementsByTagName("colgroup"))
    wide = all(len(row.getElementsByTagName("td")) == columns - 1 for row in rows[2:])
    say(len(spans) == 2 and columns == groups and wide, "the columns of a book are those of its variables")
with open("book.json", encoding="utf-8") as file:
    book = json.load(file)
say([row["group"] for row in book["tests"]] == ["provider", "ronde"] * 2, "JSON has the tests of a book")
with open("book-csv.out.csv", encoding="utf-8", newline="") as file:
    wanted = [(row["outcome"], row["level"], row["column"], row["higher"].replace("NA", "")) for row in csv.DictReader(file)]
say([(row["outcome"], row["level"], row["column"], row["higher"] or "") for row in book["rows"]] == wanted,
    "and the letters of the CSV")
