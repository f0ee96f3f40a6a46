// The analyses as the page runs them, on the SPSS files: node tests/same/page.mjs PROGRAM.wasm DIR
// For each DIR/DESIGN/N.args it writes DIR/DESIGN/N.page.out, the JSON that the page gets.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../web/wasi.js";
import { OnDisk } from "../web/on-disk.mjs";

const [wasm, dir] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(wasm));

const lines = (path) => readFileSync(path, "utf8").split("\n").filter((line) => line !== "");

for (const design of readdirSync(dir)) {
  const folder = join(dir, design);
  if (!existsSync(join(folder, "options"))) continue;
  for (const name of readdirSync(folder).filter((one) => one.endsWith(".args"))) {
    const words = [...lines(join(folder, name)), ...lines(join(folder, "options")), "--format", "json"]
      .map((word) => (word === "FILE" ? join(folder, "data.sav") : word));
    const files = words.filter((word) => word.startsWith(dir)).map((path) => [path, new OnDisk(path)]);
    const { status, output, errors } = run(module, words, new Map(files));
    for (const [, file] of files) file.close();
    if (status !== 0) console.log(`not ok the page: ${words.join(" ")}: ${errors.trim()}`);
    else writeFileSync(join(folder, name.replace(/args$/, "page.out")), output);
  }
}
console.log("ok the page runs the analyses");
