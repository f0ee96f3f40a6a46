// What the program sees of a system, for one run: arguments, files in memory or of the user's, a clock, random bytes. Nothing else.
//
// A file is {size, read(at, bytes) -> count} of the user's (see worker.js), or memory that the program makes itself.

const SUCCESS = 0, BADF = 8, EXIST = 20, INVAL = 28, NOENT = 44, NOTCAPABLE = 76;
const CREAT = 1, EXCL = 4, TRUNC = 8;
const REGULAR = 4, DIRECTORY = 3, CHARACTERS = 2;
const ROOT = 3;

// How the program ends where it does not return.
export class Exit extends Error {
  constructor(status) {
    super(`exit ${status}`);
    this.status = status;
  }
}

// A file that grows as it is written, in pieces, as a whole would be copied whenever it grows.
export class Memory {
  constructor() {
    this.pieces = [];
    this.size = 0;
  }

  write(at, bytes) {
    const piece = Memory.PIECE;
    for (let done = 0; done < bytes.length;) {
      const which = Math.floor((at + done) / piece), from = (at + done) % piece;
      while (this.pieces.length <= which) this.pieces.push(new Uint8Array(piece));
      const some = bytes.subarray(done, done + piece - from);
      this.pieces[which].set(some, from);
      done += some.length;
    }
    this.size = Math.max(this.size, at + bytes.length);
    return bytes.length;
  }

  read(at, bytes) {
    const piece = Memory.PIECE, count = Math.max(0, Math.min(bytes.length, this.size - at));
    for (let done = 0; done < count;) {
      const which = Math.floor((at + done) / piece), from = (at + done) % piece;
      const some = this.pieces[which].subarray(from, Math.min(piece, from + count - done));
      bytes.set(some, done);
      done += some.length;
    }
    return count;
  }

  all() {
    const bytes = new Uint8Array(this.size);
    this.read(0, bytes);
    return bytes;
  }
}
Memory.PIECE = 1 << 16;

// files: a Map of paths, which the program may add to; standard output and error are Memory.
export function makeWasi({ args, files, output, errors }) {
  const open = new Map([
    [0, { file: new Memory(), at: 0, kind: CHARACTERS }], [1, { file: output, at: 0, kind: CHARACTERS }],
    [2, { file: errors, at: 0, kind: CHARACTERS }], [ROOT, { kind: DIRECTORY }],
  ]);
  let memory = null, next = ROOT + 1;
  const view = () => new DataView(memory.buffer);
  const bytes = (at, size) => new Uint8Array(memory.buffer, at, size);
  const text = (at, size) => new TextDecoder().decode(bytes(at, size));
  const coded = args.map((word) => new TextEncoder().encode(`${word}\0`));
  const path = (at, size) => `/${text(at, size).replace(/^[./]+/, "")}`;

  // Calls one(file, place, bytes) for each piece of a list of pieces; stops where one is not filled.
  function pieces(fd, list, count, result, one) {
    const handle = open.get(fd);
    if (handle === undefined || handle.file === undefined) return BADF;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const size = view().getUint32(list + 8 * k + 4, true);
      const done = one(handle.file, handle.at, bytes(view().getUint32(list + 8 * k, true), size));
      handle.at += done;
      sum += done;
      if (done < size) break;
    }
    view().setUint32(result, sum, true);
    return SUCCESS;
  }

  // number: of the file, by which two are told apart
  function stat(to, kind, size, number = 0) {
    bytes(to, 64).fill(0);
    view().setBigUint64(to + 8, BigInt(number), true);
    view().setUint8(to + 16, kind);
    view().setBigUint64(to + 24, 1n, true);
    view().setBigUint64(to + 32, BigInt(size), true);
    return SUCCESS;
  }

  const calls = {
    args_sizes_get(count, size) {
      view().setUint32(count, coded.length, true);
      view().setUint32(size, coded.reduce((sum, word) => sum + word.length, 0), true);
      return SUCCESS;
    },
    args_get(list, to) {
      coded.forEach((word, k) => {
        view().setUint32(list + 4 * k, to, true);
        bytes(to, word.length).set(word);
        to += word.length;
      });
      return SUCCESS;
    },
    environ_sizes_get(count, size) {
      view().setUint32(count, 0, true);
      view().setUint32(size, 0, true);
      return SUCCESS;
    },
    environ_get: () => SUCCESS,
    clock_res_get(id, to) {
      view().setBigUint64(to, 1000000n, true);
      return SUCCESS;
    },
    clock_time_get(id, precision, to) {
      const now = id === 0 ? Date.now() : performance.now();
      view().setBigUint64(to, BigInt(Math.round(now * 1e6)), true);
      return SUCCESS;
    },
    random_get(to, size) {
      for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes(to + at, Math.min(65536, size - at)));
      return SUCCESS;
    },
    sched_yield: () => SUCCESS,
    proc_exit(status) { throw new Exit(status); },

    fd_prestat_get(fd, to) {
      if (fd !== ROOT) return BADF;
      view().setUint32(to, 0, true);
      view().setUint32(to + 4, 1, true);
      return SUCCESS;
    },
    fd_prestat_dir_name(fd, to) {
      if (fd !== ROOT) return BADF;
      bytes(to, 1)[0] = 0x2f;
      return SUCCESS;
    },
    fd_fdstat_get(fd, to) {
      const handle = open.get(fd);
      if (handle === undefined) return BADF;
      bytes(to, 24).fill(0);
      view().setUint8(to, handle.kind);
      view().setBigUint64(to + 8, 0xffffffffn, true);
      view().setBigUint64(to + 16, 0xffffffffn, true);
      return SUCCESS;
    },
    fd_fdstat_set_flags: () => SUCCESS,
    fd_filestat_get(fd, to) {
      const handle = open.get(fd);
      return handle === undefined ? BADF : stat(to, handle.kind, handle.file?.size ?? 0);
    },
    fd_filestat_set_size: () => NOTCAPABLE,
    fd_readdir: () => NOTCAPABLE,
    fd_sync: () => SUCCESS,
    fd_close(fd) { return open.delete(fd) ? SUCCESS : BADF; },
    fd_seek(fd, by, whence, result) {
      const handle = open.get(fd);
      if (handle === undefined || handle.kind !== REGULAR) return handle === undefined ? BADF : INVAL;
      const at = Number(by) + [0, handle.at, handle.file.size][whence];
      if (at < 0) return INVAL;
      handle.at = at;
      view().setBigUint64(result, BigInt(at), true);
      return SUCCESS;
    },
    fd_tell: (fd, result) => calls.fd_seek(fd, 0n, 1, result),
    fd_read: (fd, list, count, result) => pieces(fd, list, count, result, (file, at, to) => file.read(at, to)),
    fd_write: (fd, list, count, result) => pieces(fd, list, count, result, (file, at, from) => file.write?.(at, from) ?? 0),

    path_open(fd, how, name, size, flags, rights, inherited, more, result) {
      const at = path(name, size);
      if (fd !== ROOT) return BADF;
      if (at === "/") {
        view().setUint32(result, ROOT, true);
        return SUCCESS;
      }
      if (files.has(at) && (flags & EXCL)) return EXIST;
      if (!files.has(at) && !(flags & CREAT)) return NOENT;
      if (!files.has(at) || (flags & TRUNC)) files.set(at, new Memory());
      open.set(next, { file: files.get(at), at: 0, kind: REGULAR });
      view().setUint32(result, next++, true);
      return SUCCESS;
    },
    path_filestat_get(fd, how, name, size, to) {
      const at = path(name, size);
      if (at === "/") return stat(to, DIRECTORY, 0);
      return files.has(at) ? stat(to, REGULAR, files.get(at).size, 1 + [...files.keys()].indexOf(at)) : NOENT;
    },
    path_rename(fd, name, size, fd2, name2, size2) {
      const from = path(name, size);
      if (!files.has(from)) return NOENT;
      files.set(path(name2, size2), files.get(from));
      files.delete(from);
      return SUCCESS;
    },
    path_unlink_file: (fd, name, size) => (files.delete(path(name, size)) ? SUCCESS : NOENT),
    poll_oneoff(list, events, count, result) {
      view().setUint32(result, 0, true);
      return SUCCESS;
    },
  };
  const refused = () => NOTCAPABLE;
  return {
    imports: { wasi_snapshot_preview1: new Proxy(calls, { get: (has, name) => has[name] ?? refused }) },
    use(instance) { memory = instance.exports.memory; },
  };
}

// Runs the program once: {status, output, errors, memory}, the last the bytes that it took; a trap is an error that is thrown.
export function run(module, args, files) {
  const output = new Memory(), errors = new Memory();
  const wasi = makeWasi({ args: ["weeg", ...args], files, output, errors });
  const instance = new WebAssembly.Instance(module, wasi.imports);
  wasi.use(instance);
  let status = 0;
  try {
    instance.exports._start();
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    status = error.status;
  }
  return { status, output: output.all(), errors: new TextDecoder().decode(errors.all()),
    memory: instance.exports.memory.buffer.byteLength };
}
