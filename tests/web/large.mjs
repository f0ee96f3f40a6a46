// A CSV file of 200 MB goes through in bounded memory: node tests/web/large.mjs PROGRAM.wasm
//
// The bound is that of web/README.md. The file is made as it is read: one block of rows, over and over.
import { readFileSync } from "node:fs";
import { run } from "../../web/wasi.js";

const MB = 1e6, SIZE = 200 * MB, BASE = 40 * MB;
const answers = ["a lot", "some", "little", "none"], providers = ["werkplein", "office"];
const row = (k) => [k, (0.5 + (k % 40) / 20).toFixed(2), answers[k % 4], providers[(k % 7) % 2], 18 + (k % 60),
  `note ${k % 97} of a list of remarks of some length`].join();
const blockRows = 100000;

class Repeated {
  constructor() {
    this.head = Buffer.from("id,weight,trust,provider,age,remark\n");
    this.block = Buffer.from(`${Array.from({ length: blockRows }, (_, k) => row(k)).join("\n")}\n`);
    this.blocks = Math.ceil(SIZE / this.block.length);
    this.size = this.head.length + this.blocks * this.block.length;
    this.furthest = 0;
  }

  read(at, bytes) {
    const count = Math.max(0, Math.min(bytes.length, this.size - at)), head = this.head.length;
    for (let done = 0; done < count;) {
      const place = at + done, [piece, from] = place < head ? [this.head, place] : [this.block, (place - head) % this.block.length];
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
const file = new Repeated(), rows = file.blocks * blockRows;

function asked(words) {
  const files = new Map([["/large.csv", file]]);
  const { status, output, errors, memory } = run(module, [words[0], "/large.csv", ...words.slice(1)], files);
  const kept = [...files].filter(([name]) => name.startsWith("/kept/")).reduce((sum, [, one]) => sum + one.size, 0);
  check(`${words[0]}: ${(file.size / MB).toFixed(0)} MB are read`, status === 0 && file.furthest === file.size, errors);
  check(`${words[0]}: in ${(memory / MB).toFixed(0)} MB, ${(kept / MB).toFixed(0)} MB of columns being kept`,
    kept >= rows && memory <= BASE + 2 * kept, [memory, kept]);
  file.furthest = 0;
  return JSON.parse(new TextDecoder().decode(output));
}

const listed = asked(["variables"]).rows;
check("variables: all rows are counted", listed.length === 6 && listed.every(({ n, missing }) => n === rows && missing === 0),
  JSON.stringify(listed));
const table = asked(["crosstab", "trust ~ provider", "--weights", "weight", "--format", "json"]).rows;
const n = new Map(table.map((one) => [one.provider, one["n.base"]]));
check("crosstab: all rows are in the table", [...n.values()].reduce((sum, one) => sum + one, 0) === rows, JSON.stringify([...n]));
