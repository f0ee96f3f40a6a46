// The worker: it has the compiled program and the user's files, and answers one request after the other.
//
//     {id, start: bytes of the program, or compiled} -> {id, answer: true}
//     {id, files: [File, ...]}                       -> {id, answer: [path, ...]}: how the program calls them
//     {id, args: [word, ...]}                        -> {id, answer: {status, output, errors, files}}
//                                                       before, {id, share}: of the files that was read, as they are read
//
// Files that the program makes under /kept are columns that it has read (src/web/kept.h): it finds them there the next time, as
// long as the same files are open.
//
// What goes wrong besides is {id, trap: message}: the program runs in memory of its own each time, so the next request is sound.
import { run } from "./wasi.js";

// Bytes read at once: the browser hands a piece of a file over in about a millisecond, whatever its size.
const AHEAD = 4 << 20;

// A file of the user's, read as far as it is asked for and never whole.
class Sliced {
  constructor(file) {
    this.file = file;
    this.size = file.size;
    this.reader = new FileReaderSync();
    this.from = 0;
    this.piece = new Uint8Array(0);
    this.tell = () => {};
  }

  // Of the first piece, which every request looks at, there is a copy.
  fetch(place) {
    if (place < AHEAD && this.first !== undefined) {
      [this.piece, this.from] = [this.first, 0];
      return;
    }
    const from = place < AHEAD ? 0 : place;
    this.piece = new Uint8Array(this.reader.readAsArrayBuffer(this.file.slice(from, from + AHEAD)));
    this.from = from;
    if (from === 0) this.first = this.piece;
    this.tell(this.piece.length);
  }

  read(at, bytes) {
    const count = Math.max(0, Math.min(bytes.length, this.size - at));
    for (let done = 0; done < count;) {
      const place = at + done;
      if (place < this.from || place >= this.from + this.piece.length) this.fetch(place);
      if (place >= this.from + this.piece.length) return done;
      const some = this.piece.subarray(place - this.from, place - this.from + count - done);
      bytes.set(some, done);
      done += some.length;
    }
    return count;
  }
}

let module = null, files = [], kept = [];

// The name as the program sees it: short, without what means something in its words, with what it knows kinds of files by.
const pathOf = ({ name }, k) => `/files/${k + 1}/${[...name.replace(/[^\p{L}\p{N}. _()-]/gu, "_")].slice(-50).join("")}`;

// How far the reading of all files is, by the pieces that were fetched. For the names of columns they are opened alone.
function tellShares(id, command) {
  const all = files.reduce((sum, [, { size }]) => sum + size, 0);
  let fetched = 0;
  for (const [, file] of files) {
    file.tell = (bytes) => {
      fetched += bytes;
      if (command !== "columns") self.postMessage({ id, share: Math.min(1, fetched / all) });
    };
  }
}

function answer({ id, start, files: given, args }) {
  if (start !== undefined) {
    module = start instanceof WebAssembly.Module ? start : new WebAssembly.Module(start);
    return true;
  }
  if (given !== undefined) {
    files = given.map((file, k) => [pathOf(file, k), new Sliced(file)]);
    kept = [];
    return files.map(([path]) => path);
  }
  const seen = new Map([...files, ...kept]);
  tellShares(id, args[0]);
  const { status, output, errors } = run(module, args, seen);
  kept = [...seen].filter(([name]) => name.startsWith("/kept/"));
  const made = [...seen].filter(([name]) => !/^[/](files|kept)[/]/.test(name)).map(([name, memory]) => ({ name, bytes: memory.all() }));
  return { status, output: new TextDecoder().decode(output), errors, files: made };
}

self.onmessage = ({ data }) => {
  try {
    self.postMessage({ id: data.id, answer: answer(data) });
  } catch (error) {
    self.postMessage({ id: data.id, trap: String(error) });
  }
};
