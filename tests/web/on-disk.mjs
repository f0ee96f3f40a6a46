// A file on disk as the program in WebAssembly reads one (web/wasi.js).
import { closeSync, openSync, readSync, statSync } from "node:fs";

export class OnDisk {
  constructor(path) {
    this.handle = openSync(path);
    this.size = statSync(path).size;
  }

  read(at, bytes) { return readSync(this.handle, bytes, 0, bytes.length, at); }

  close() { closeSync(this.handle); }
}
