// Files that nobody should have made: node tests/web/hostile.mjs PAGE.html FOLDER
//
// Each is opened in one and the same page, and gives a table or a message in words; after each a good file opens and gives the
// same table as before. Nothing of a file becomes an element, and the console stays empty.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { check, file, openBrowser, openPage, root } from "./user.mjs";

const html = "<img src=x onerror=document.title='HTML'><script>document.title='HTML'</script><b>x</b><a href=//x>x</a>";
const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
const utf16 = (text, swapped) => {
  const made = bytes(Buffer.from(`\ufeff${text}`, "utf16le"));
  return swapped ? made.swap16() : made;
};
const times = (count, of) => Array.from({ length: count }, (_, k) => of(k));
const csv = (...rows) => `${rows.map((row) => row.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replace(/"/g, '""')}"` : cell)).join(","))
  .join("\n")}\n`;
const twice = (head, a, b) => csv(head, a, b, a, b, b);

// Pseudo-random bytes, the same each time.
function rubbish(count) {
  let x = 12345;
  return Buffer.from(times(count, () => {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    return x >>> 24;
  }));
}

// SPSS files with some bytes of a sound one changed.
const sav = (name) => readFileSync(join(root, "tests/reference/sav", name));
const small = sav("small.sav"), sets = sav("mrsets.sav"), pspp = sav("pspp.sav");
const cut = (from, share) => from.subarray(0, Math.floor(share * from.length));
function lying(from, at, value) {
  const made = Buffer.from(from);
  made.writeInt32LE(value, at);
  return made;
}

// A text of a sound file, changed for another of the same length.
function renamed(from, text, other) {
  const made = Buffer.from(from), at = made.indexOf(text);
  if (at < 0) throw new Error(`no ${text} in the file`);
  made.write(other.padEnd(text.length).slice(0, text.length), at, "latin1");
  return made;
}
// A compressed file ends in its blocks: how many, and of each where it is and its sizes, unpacked and packed.
const zsav = sav("small.zsav"), end = zsav.length, half = gzipSync(Buffer.from("a,b\nx,1\ny,2\nx,1\n"));
const flipped = (from, at) => Buffer.from(from.map((byte, k) => (k === at ? byte ^ 85 : byte)));
const NOTE = 2; // the type of a record of a variable, of which the first is at 176
const record = (from, type) => {
  for (let at = 176; at < from.length - 4; at += 4) if (from.readInt32LE(at) === type) return at;
  throw new Error(`no record ${type}`);
};

const hostile = {
  "empty.csv": "",
  "one newline.csv": "\n",
  "header alone.csv": "a,b\n",
  "bom alone.csv": "\ufeff",
  "bom.csv": `\ufeff${twice(["a", "b"], ["x", "1"], ["y", "2"])}`,
  "utf16.csv": utf16(twice(["a", "b"], ["é", "1"], ["y", "2"]), false),
  "utf16 swapped.csv": utf16(twice(["a", "b"], ["é", "1"], ["y", "2"]), true),
  "latin1.csv": Buffer.from(twice(["a", "b"], ["é", "1"], ["ÿ", "2"]), "latin1"),
  "crlf.csv": twice(["a", "b"], ["x", "1"], ["y", "2"]).replace(/\n/g, "\r\n"),
  "cr.csv": twice(["a", "b"], ["x", "1"], ["y", "2"]).replace(/\n/g, "\r"),
  "html.csv": twice([html, `${html}2`], [html, "&lt;"], ["</td></table>", "${x}`'\""]),
  [`${html}.csv`.replace(/\//g, "|")]: twice(["a", "b"], ["x", "1"], ["y", "2"]),
  "right to left.csv": twice(["\u202eabc", "\u2067b"], ["\u202e\u200f١٢٣", "\u2066x"], ["שלום", "\u202d"]),
  "nul.csv": bytes("a,b\nx\0y,1\n\0,2\nx\0y,1\n"),
  "controls.csv": twice(["a\u0007", "b\u001b[2J"], ["\u0001", "\u007f"], ["\u009b", "\u2028"]),
  "10 000 columns.csv": csv(...times(4, (row) => times(10000, (k) => (row === 0 ? `v${k}` : `${(row * k) % 3}`)))),
  "one long line.csv": "x".repeat(2000000),
  "one long cell.csv": `a,b\n"${"y".repeat(1000000)}",1\nx,2\n`,
  "open quote.csv": `a,b\n"${"x,1\n".repeat(20000)}`,
  "quotes.csv": `"""","b""c"\n"""",""\n"\n\n","'"\n`,
  "long names.csv": twice(["n".repeat(32768), "é".repeat(16384)], ["l".repeat(32768), "1"], ["m".repeat(32768), "2"]),
  "same names.csv": twice(["a", "a", "a", "A"], ["x", "y", "1", "q"], ["y", "x", "2", "q"]),
  "no names.csv": twice(["", "", " "], ["x", "y", "1"], ["y", "x", "2"]),
  "names of objects.csv": twice(["__proto__", "constructor", "toString", "hasOwnProperty"], ["__proto__", "constructor", "toString", "x"],
    ["valueOf", "__proto__", "y", "x"]),
  "names of results.csv": twice(["level", "estimate", "n", "reason"], ["level", "estimate", "1", "x"], ["reason", "n.base", "2", "y"]),
  "names of elements.csv": twice(["outcome", "group", "result", "body"], ["cookie", "title", "1", "x"], ["forms", "location", "2", "y"]),
  "formulas.csv": twice(["=1+1", "@SUM(A1)"], ["=cmd|'/c calc'!A1", "+1"], ["-2+3", "\t=HYPERLINK(\"//x\")"]),
  "operators.csv": twice(["a ~ b", "`x`", "--weights", "-"], ["a + b", "`", "--help", "1"], ["$(x)", "\\", ";", "2"]),
  "great numbers.csv": twice(["a", "weight"], ["1e999", "1e308"], ["-1e999", "1e308"]),
  "odd numbers.csv": twice(["a", "weight"], ["NaN", "Inf"], ["0x1p3", "-Infinity"]),
  "small numbers.csv": twice(["a", "weight"], ["x", "5e-324"], ["y", "-0"]),
  "ragged.csv": "a,b,c\n1\n1,2,3,4,5\n,,,,,,\n\n1,2\n",
  "one column.csv": "a\nx\ny\nx\n",
  "missing alone.csv": "a,b\n,\n,\nNA,NA\n",
  "rubbish.csv": rubbish(50000),
  "rubbish.sav": rubbish(50000),
  "rubbish.zsav": rubbish(5000),
  "rubbish.por": rubbish(5000),
  "rubbish.weeg": rubbish(5000),
  "rubbish.xlsx": rubbish(5000),
  "zip.csv": bytes("PK\x03\x04\x14\0\0\0\x08\0", rubbish(3000)),
  "zip.sav": bytes("PK\x03\x04\x14\0\0\0\x08\0", rubbish(3000)),
  "empty.sav": "",
  "empty.weeg": "",
  "a page.html": `<!DOCTYPE html><title>x</title>${html}`,
  "csv in disguise.sav": twice(["a", "b"], ["x", "1"], ["y", "2"]),
  "sav in disguise.csv": small,
  "no kind": small,
  "magic alone.sav": "$FL2",
  "zsav magic.sav": bytes("$FL3", small.subarray(4)),
  ...Object.fromEntries([0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99].map((share) => [`cut at ${share}.sav`, cut(small, share)])),
  "cut.zsav": cut(zsav, 0.8),
  "other bytes.zsav": flipped(zsav, end - 100),
  "block of 2^31.zsav": lying(zsav, end - 8, 2147483647),
  "block of -1.zsav": lying(zsav, end - 8, -1),
  "packed block of 2^31.zsav": lying(zsav, end - 4, 2147483647),
  "many blocks.zsav": lying(zsav, end - 28, 2147483647),
  "block elsewhere.zsav": lying(zsav, end - 16, 2147483647),
  "no zsav.zsav": small,
  "cut.csv.gz": cut(half, 0.7),
  "other bytes.csv.gz": flipped(half, half.length - 6),
  "rubbish.csv.gz": bytes(Buffer.from([31, 139, 8, 0]), rubbish(3000)),
  "two.csv.gz": bytes(half, gzipSync("y,2\n")),
  "gzip in gzip.csv.gz": gzipSync(half),
  "sav in gzip.csv.gz": gzipSync(small),
  "one cell of 50 MB.csv.gz": gzipSync(Buffer.alloc(5e7, "x")),
  "no gzip.sav.gz": small,
  "cut.sav.gz": cut(gzipSync(small), 0.7),
  "rubbish in gzip.zsav.gz": gzipSync(rubbish(3000)),
  "cut sets.sav": cut(sets, 0.8),
  "cut pspp.sav": cut(pspp, 0.6),
  "more cases.sav": lying(small, 80, 2147483647),
  "fewer cases.sav": lying(small, 80, -5),
  "case of 2^31.sav": lying(small, 68, 2147483647),
  "case of -1.sav": lying(small, 68, -1),
  "weight at 99999.sav": lying(small, 76, 99999),
  "compression 77.sav": lying(small, 72, 77),
  "other byte order.sav": lying(small, 64, 0x02000000),
  "wide string.sav": lying(small, record(small, NOTE) + 4, 2147483647),
  "strange width.sav": lying(small, record(small, NOTE) + 4, -77),
  "labels without end.sav": lying(small, record(small, 3) + 4, 2147483647),
  "negative labels.sav": lying(small, record(small, 3) + 4, -1),
  "note without end.sav": lying(small, record(small, 7) + 12, 2147483647),
  "note of 2^31.sav": lying(small, record(small, 7) + 8, 2147483647),
  "bias.sav": lying(lying(small, 84, -1), 88, -1),
  "html.sav": renamed(renamed(small, "Een vraag", "<b>x</b>"), "geen antwoord", "<img src=x>"),
};

const good = csv(["answer", "group"], ...times(60, (k) => [k % 3 === 0 ? "yes" : "no", k % 2 === 0 ? "east" : "west"]));

// Runs in the page: opens a file and asks a table of its first two variables; what is seen then.
async function open(name, text, inMain) {
  const find = (id) => document.getElementById(id), until = async (holds) => {
    while (!holds()) await new Promise((resolve) => { setTimeout(resolve, 2); });
  };
  const quiet = () => !document.body.hasAttribute("aria-busy");
  find("problem").textContent = "";
  find("opened").textContent = "";
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  await until(() => quiet() && (find("problem").textContent !== "" || !find("work").hidden));
  const opened = !find("work").hidden;
  for (const id of opened ? ["outcome", "group"] : []) {
    const values = [...find(id).options].map((option) => option.value).filter((value) => value !== "");
    if (values.length === 0) break;
    find(id).value = values[id === "outcome" || values.length < 2 ? 0 : 1];
    find(id).dispatchEvent(new Event("change", { bubbles: true }));
    await until(quiet);
  }
  const foreign = document.querySelectorAll(inMain).length;
  return { opened, foreign, title: document.title, problem: find("problem").textContent,
    table: document.querySelector("#result table")?.textContent ?? "" };
}

const browser = await openBrowser();
try {
  const context = await browser.newContext({ locale: "en-GB" });
  const { page, errors } = await openPage(context, pathToFileURL(file).href, ["error", "warning"], 60000);
  const title = await page.title();
  const opens = (name, content) => page.evaluate(`(${String(open)})(${JSON.stringify(name)}, ${JSON.stringify(
    Buffer.from(content).toString("base64"))}, "#work img, #work b, #work iframe, #opened *, #problem *, #work a[href], main script")`);
  const sound = (await opens("good.csv", good)).table;
  check("the good file gives its table", /east.*66\.7/.test(sound) && /west/.test(sound), sound);
  for (const [name, content] of Object.entries(hostile)) {
    const before = errors.length, started = Date.now();
    const seen = await opens(name, content), after = await opens("good.csv", good);
    if (process.env.VERBOSE) console.log(`# ${name}: ${Date.now() - started} ms ${JSON.stringify(seen).slice(0, 250)}`);
    const said = seen.opened ? seen.table !== "" || seen.problem.length > 15 : seen.problem.length > 15;
    check(`${name.slice(0, 30)}: ${seen.opened ? "opens" : "is refused in words"}, and the page goes on`,
      said && seen.foreign === 0 && seen.title === title && after.table === sound && errors.length === before,
      JSON.stringify([seen, after.table === sound, errors.slice(before)]));
  }
  // figures of a few of them, by arithmetic: columns of the program have other names than the file's, and answers differ in blanks
  await page.uncheck("#protect");
  const rows = () => page.$$eval("#result tbody tr", (all) => all.map((row) => [...row.cells].map((cell) => (cell.querySelector(".share") ?? cell).textContent)));
  for (const other of ["estimate", "n", "level", "reason", "conf.low"]) {
    const [a, b] = other === "level" ? ["outcome", other] : ["level", other];
    await opens("taken names.csv", csv([a, b], ...times(40, (k) => [k % 4 === 0 ? "yes" : "no", k < 20 ? "east" : "west"]), ["yes", "west"]));
    const seen = (await rows()).map((row) => row.map((text) => text.replace(/[†‡]/, "")).slice(0, 4).join(" "));
    check(`a group named ${other} has its figures`, seen.join() === "east 75.0 25.0 20,west 71.4 28.6 21", seen);
  }
  await opens("blanks.csv", csv(["a", "b"], ...times(40, (k) => [k % 2 === 0 ? "not  sure" : "not sure", k < 20 ? "east" : "west"])));
  const heads = await page.$$eval("#result thead th", (all) => all.map((cell) => cell.textContent));
  check("answers that differ in blanks alone are told apart", heads.includes("not sure") && heads.includes("“not\u00a0\u00a0sure”"), heads);
  await opens("empty answers.csv", csv(["a", "b"], ["", "east"], ["", "west"]));
  await page.click("[name=view][value=points]");
  check("why there is no figure is said", /– No figure: \S/.test(await page.textContent("#result")), await page.textContent("#result"));
  check("of no answers there is no chart, but a table", (await page.$$("#result svg")).length === 0 && (await page.$$("#result table")).length === 1);
  await page.click("[name=view][value=table]");
  await opens("many groups.csv", csv(["value", "group"], ...times(8000, (k) => [k * 37 % 8191, `group ${k % 4000}`])));
  const laid = await page.evaluate(() => new Promise((resolve) => {
    const started = performance.now(), look = () => (document.body.hasAttribute("aria-busy") ? setTimeout(look, 5) : resolve(performance.now() - started));
    document.getElementById("group").dispatchEvent(new Event("change", { bubbles: true }));
    look();
  }));
  check("4,000 groups are shown in no time", (await rows()).length === 4000 && laid < 3000, laid);
  check("no message in the console", errors.length === 0, errors);
  check("at least 40 files were tried", Object.keys(hostile).length >= 40, Object.keys(hostile).length);
} finally {
  await browser.close();
}
