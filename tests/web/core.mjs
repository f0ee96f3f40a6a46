// A test program of the core in WebAssembly: node tests/web/core.mjs TEST.wasm
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { run } from "../../web/wasi.js";

const { status, output, errors } = run(new WebAssembly.Module(readFileSync(process.argv[2])), [], new Map());
const said = `${new TextDecoder().decode(output)}${errors}`.trim();
console.log(`${status === 0 ? "ok" : "not ok"} ${basename(process.argv[2], ".wasm")} in WebAssembly: ${said}`);
