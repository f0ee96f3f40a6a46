// A CSV file of 200 MB, or of so many, goes through in bounded memory: node tests/web/large.mjs PROGRAM.wasm [MB]
//
// The bound is that of web/README.md, whatever the size. The file is made as it is read. Numbers of respondents, weights, times and
// remarks differ in each row.
import { readFileSync } from "node:fs";
import { run } from "../../web/wasi.js";

const MB = 1e6, SIZE = Number(process.argv[3] ?? 200) * MB, BASE = 80 * MB;
const answers = ["alot", "some", "few-", "none"], providers = ["werkplein", "office---"], DAY = 86400;
const two = (k) => String(k).padStart(2, "0");

// Of row k, as long as any other.
function row(k) {
  const number = String(k).padStart(9, "0"), day = Math.floor(k / DAY), second = k % DAY;
  const date = `${2000 + Math.floor(day / 336)}-${two(1 + Math.floor(day / 28) % 12)}-${two(1 + day % 28)}`;
  const time = [second / 3600, second / 60 % 60, second % 60].map((one) => two(Math.floor(one))).join(":");
  return `R${number},1.${number},${date} ${time},${answers[k % 4]},${providers[(k % 7) % 2]},${18 + (k % 60)},remark ${number}: a text of some length\n`;
}

const BLOCK = 20000;

class Made {
  constructor() {
    this.head = Buffer.from("id,weight,seen,trust,provider,age,remark\n");
    this.length = row(0).length;
    this.rows = Math.ceil(SIZE / this.length);
    this.size = this.head.length + this.rows * this.length;
    this.furthest = this.spent = 0;
  }

  block(at) {
    if (this.at !== at) {
      const started = performance.now();
      this.at = at;
      this.bytes = Buffer.from(Array.from({ length: Math.min(BLOCK, this.rows - at * BLOCK) }, (_, k) => row(at * BLOCK + k)).join(""));
      this.spent += performance.now() - started;
    }
    return this.bytes;
  }

  read(at, bytes) {
    const count = Math.max(0, Math.min(bytes.length, this.size - at)), head = this.head.length, size = BLOCK * this.length;
    for (let done = 0; done < count;) {
      const place = at + done - head, [piece, from] = place < 0 ? [this.head, at + done] : [this.block(Math.floor(place / size)), place % size];
      const some = piece.subarray(from, from + count - done);
      bytes.set(some, done);
      done += some.length;
    }
    this.furthest = Math.max(this.furthest, at + count);
    return count;
  }
}

function check(what, holds, seen) {
  console.log(holds ? `ok ${what}` : `not ok ${what}: ${String(seen).slice(0, 300)}`);
}

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const file = new Made(), { rows } = file;

function asked(words) {
  const files = new Map([["/large.csv", file]]), started = performance.now() - file.spent;
  const { status, output, errors, memory } = run(module, [words[0], "/large.csv", ...words.slice(1)], files);
  const seconds = (performance.now() - file.spent - started) / 1000;
  const kept = [...files].filter(([name]) => name.startsWith("/kept/")).reduce((sum, [, one]) => sum + one.size, 0);
  check(`${words[0]}: ${(file.size / MB).toFixed(0)} MB are read`, status === 0 && file.furthest === file.size, errors);
  check(`${words[0]}: in ${(memory / MB).toFixed(0)} MB, ${(kept / MB).toFixed(0)} MB of columns being kept, and ${seconds.toFixed(1)} s`,
    kept >= rows && memory <= BASE + 2 * kept, [memory, kept]);
  file.furthest = 0;
  return JSON.parse(new TextDecoder().decode(output));
}

const listed = asked(["variables"]).rows, own = { id: "text", weight: "number", seen: "datetime", remark: "text" };
check("variables: all rows are counted", listed.length === 7 && listed.every(({ n, missing }) => n === rows && missing === 0),
  JSON.stringify(listed));
check("variables: of those that differ in each row, what they are, and that they are many", Object.entries(own).every(([name, kind]) => {
  const one = listed.find(({ variable }) => variable === name);
  return one.kind === kind && one.answers === null && one["more.than"] === 50000;
}), JSON.stringify(listed));
check("variables: of the others, their answers", listed.filter(({ answers: count }) => count !== null).map(({ answers: count }) => count).join() === "4,2,60",
  JSON.stringify(listed));
const table = asked(["crosstab", "trust ~ provider", "--weights", "weight", "--format", "json"]).rows;
const n = new Map(table.map((one) => [one.provider, one["n.base"]]));
check("crosstab: all rows are in the table", [...n.values()].reduce((sum, one) => sum + one, 0) === rows, JSON.stringify([...n]));
