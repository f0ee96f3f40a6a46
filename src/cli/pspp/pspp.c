/*
 * weeg pspp: what inst/pspp/cstabulate.sps calls. No user's text is ever part of a command: requests come in a file.
 *
 *     install           writes that file, with the place of this program, into the user's folder of PSPP
 *     init FOLDER       a session starts: FOLDER/session.sps, which PSPP reads and erases, says where its files will be
 *     begin, run, end DIR   a command starts, is answered, is over: DIR exists in between only; it is in FOLDER
 *     check FOLDER      whether FOLDER is safe, which each of these looks at first
 *
 * PSPP runs what it finds in these files, and goes on when a command of the shell has failed. So they are all in one folder in
 * which nobody else can lay a file; init and begin leave a file that says that they succeeded; and PSPP erases it and asks for
 * check in a file that it reads under ERROR=STOP, before it opens any other.
 */
#define _XOPEN_SOURCE 700

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pspp/pspp.h"

static const char macro_text[] =
#include "pspp_cstabulate.h"
    ;

static const char guard_text[] =
#include "pspp_guard.h"
    ;

enum { INSTALL, INIT, CHECK, BEGIN, RUN, END };
enum { REQUEST, DATA, RESULT, STARTED, PENDING, FILES };

static const char *const session_files[FILES] = {"request", "data.sav", "result.sps", "started", "pending"};

enum { PRIVATE = 0600, STALE = 10, TRIES = 300, PLAIN = 0644, DAY = 24 * 60 * 60 };

static const char *in(const char *dir, const char *name) { return cli_format("%s/%s", dir, name); }

/* Paths stand in quotes in PSPP's syntax and in a command of the shell. */
static const char *plain_path(const char *path) {
  for (const char *c = path; *c != '\0'; c++) {
    if ((unsigned char)*c < ' ' || strchr("'\"\\`$", *c) != NULL) {
      cli_fail("the path %s has a quote, $, ` or \\ in it; PSPP can only use plain ones", path);
    }
  }
  return path;
}

static const char *program_path(void) {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  return length <= 0 ? "weeg" : plain_path(cli_copy(path, (size_t)length));
}

static void write_file(const char *path, const cli_text *text, int mode) {
  weeg_error err = cli_error();
  cli_check(weeg_file_write(path, text->bytes, (int64_t)text->used, mode, &err), &err);
}

static void write_empty(const char *path) { write_file(path, &(cli_text){.bytes = (char[]){""}}, PRIVATE); }

/* ---- the folder ---- */

/* Whoever owns a folder, or may write in it, decides what the names in it mean; in a sticky one, of his own files only. */
static void check_part(const char *path, bool is_private) {
  struct stat about = {0};
  if (lstat(path, &about) != 0) cli_fail("cannot use the folder %s: %s", path, strerror(errno));
  const bool ours = about.st_uid == geteuid(), sticky = (about.st_mode & S_ISVTX) != 0;
  if (!S_ISDIR(about.st_mode)) cli_fail("%s is not a folder", path);
  if (!ours && (is_private || about.st_uid != 0)) {
    cli_fail("the folder %s belongs to somebody else; weeg needs one of yours", path);
  }
  if (is_private && (about.st_mode & 077) != 0) cli_fail("others can open the folder %s; chmod 700 closes it", path);
  if ((about.st_mode & 022) != 0 && !sticky) cli_fail("others can write in the folder %s; chmod go-w ends that", path);
}

/* From the root on: what is looked at later cannot be changed any more by anyone but this user and root. */
static void check_folder(const char *path, bool is_private) {
  if (path[0] != '/') cli_fail("%s is not a full path", path);
  check_part("/", false);
  for (size_t i = 1; path[i - 1] != '\0'; i++) {
    if (path[i] == '/' || path[i] == '\0') check_part(cli_copy(path, i), is_private && path[i] == '\0');
  }
}

static void make_folder(const char *path, mode_t mode) {
  if (mkdir(path, mode) != 0 && errno != EEXIST) cli_fail("cannot make the folder %s: %s", path, strerror(errno));
}

static const char *full_path(const char *path) {
  char *full = realpath(path, NULL);
  if (full == NULL) cli_fail("cannot use the folder %s: %s", path, strerror(errno));
  cli_keep(full, free);
  return plain_path(full);
}

static const char *folder_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? "." : slash == path ? "/" : cli_copy(path, (size_t)(slash - path));
}

/* ---- install ---- */

static const char *fill_in(const char *text, const char *const *marks, const char *const *values) {
  cli_text out = {0};
  while (*text != '\0') {
    int i = 0;
    while (marks[i] != NULL && strncmp(text, marks[i], strlen(marks[i])) != 0) i++;
    if (marks[i] == NULL) cli_add_bytes(&out, text, 1);
    else cli_add(&out, values[i]);
    text += marks[i] == NULL ? 1 : strlen(marks[i]);
  }
  return out.bytes;
}

static void install(const cli_options *options) {
  static const char *const marks[] = {"@PROGRAM@", "@FOLDER@", "@GUARD@", NULL};
  const char *home = getenv("HOME"), *to = options->output;
  if (home == NULL || home[0] != '/') cli_fail("there is no home folder (HOME), in which the files of a session would be");
  const char *of_pspp = in(full_path(home), ".pspp"), *folder = in(of_pspp, "weeg");
  make_folder(of_pspp, 0755);
  make_folder(folder, 0700);
  check_folder(folder, true);
  if (to == NULL) to = in(home, ".pspp/cstabulate.sps");
  const char *beside = full_path(folder_of(to)); /* PSPP may be started anywhere */
  check_folder(beside, false);
  const char *guard = in(beside, "weeg-guard.sps");
  const char *const values[] = {program_path(), folder, guard};
  const char *macro = fill_in(macro_text, marks, values);
  write_file(guard, &(cli_text){.bytes = (char *)guard_text, .used = strlen(guard_text)}, PLAIN);
  write_file(to, &(cli_text){.bytes = (char *)macro, .used = strlen(macro)}, PLAIN);
  (void)printf("%s is written. In PSPP: INSERT FILE='%s'.\n", cli_visible(to),
               cli_visible(in(beside, strrchr(in("", to), '/') + 1)));
}

/* ---- sessions ---- */

/* Two sessions may start at once: the second waits until PSPP has read and erased the file of the first. */
static int open_session_file(const char *path) {
  const struct timespec pause = {0, 10 * 1000 * 1000};
  for (int i = 0; i < TRIES; i++) {
    struct stat about = {0};
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL, PRIVATE);
    if (file >= 0) return file;
    if (errno != EEXIST) cli_fail("cannot write %s: %s", path, strerror(errno));
    if (stat(path, &about) == 0 && time(NULL) - about.st_mtime > STALE) (void)unlink(path);
    else (void)nanosleep(&pause, NULL);
  }
  cli_fail("another session of PSPP is starting; try again");
}

static void remove_session(const char *dir) {
  for (int i = 0; i < FILES; i++) (void)unlink(in(dir, session_files[i]));
  (void)rmdir(dir);
}

/* All files of a folder whose time is over, and it: PSPP, ended by force, may also have left one that it had begun. */
static void remove_stale(const char *dir) {
  struct stat about = {0};
  if (lstat(dir, &about) != 0 || !S_ISDIR(about.st_mode) || time(NULL) - about.st_mtime < DAY) return;
  DIR *list = opendir(dir);
  if (list == NULL) return;
  for (const struct dirent *entry = NULL; (entry = readdir(list)) != NULL;) (void)unlink(in(dir, entry->d_name));
  (void)closedir(list);
  (void)rmdir(dir);
}

static void clear(const char *folder) {
  DIR *list = opendir(folder);
  if (list == NULL) cli_fail("cannot read the folder %s: %s", folder, strerror(errno));
  for (const struct dirent *entry = NULL; (entry = readdir(list)) != NULL;) {
    if (entry->d_name[0] != '.') remove_stale(in(folder, entry->d_name));
  }
  (void)closedir(list);
}

static void init(const char *folder) {
  const char *path = in(folder, "session.sps"), *program = program_path();
  char *dir = cli_format("%s/XXXXXX", plain_path(folder));
  clear(folder);
  const int file = open_session_file(path);
  /* the name is what is wanted: the folder is made when a command starts */
  if (mkdtemp(dir) == NULL || rmdir(dir) != 0) {
    (void)close(file);
    (void)unlink(path);
    cli_fail("cannot make a folder %s: %s", dir, strerror(errno));
  }
  cli_text out = {0};
  cli_addf(&out, "DEFINE !WEEG_STARTED() \"%s\" !ENDDEFINE.\n", in(dir, session_files[STARTED]));
  cli_addf(&out, "DEFINE !WEEG_BEGIN() \"exec '%s' pspp begin '%s'\" !ENDDEFINE.\n", program, dir);
  cli_addf(&out, "DEFINE !WEEG_RUN() \"exec '%s' pspp run '%s'\" !ENDDEFINE.\n", program, dir);
  cli_addf(&out, "DEFINE !WEEG_REQUEST() \"%s\" !ENDDEFINE.\n", in(dir, session_files[REQUEST]));
  cli_addf(&out, "DEFINE !WEEG_DATA() \"%s\" !ENDDEFINE.\n", in(dir, session_files[DATA]));
  cli_addf(&out, "DEFINE !WEEG_RESULT() \"%s\" !ENDDEFINE.\n", in(dir, session_files[RESULT]));
  const ssize_t written = write(file, out.bytes, out.used);
  if (close(file) != 0 || written != (ssize_t)out.used) {
    (void)unlink(path);
    cli_fail("cannot write %s", path);
  }
  write_empty(in(folder, session_files[STARTED]));
}

/* A command that did not come to its end may have left the folder. If it cannot be removed, PSPP still has the request of that
 * command open, and would write it in place of the one that starts now. */
static void begin(const char *dir) {
  remove_session(dir);
  const bool pending = mkdir(dir, 0700) != 0;
  if (pending && errno != EEXIST) cli_fail("cannot make the folder %s: %s", dir, strerror(errno));
  if (pending) write_empty(in(dir, session_files[PENDING]));
  write_empty(in(dir, session_files[STARTED]));
}

static void clean_up(void *dir) {
  char **paths = (char **)dir;
  for (int i = 0; i < FILES; i++) (void)unlink(paths[i]);
  (void)rmdir(paths[FILES]);
  for (int i = 0; i <= FILES; i++) free(paths[i]);
  free(dir);
}

/* Whatever ends the program from here on, nothing stays in the folder; the result is written after that. */
static char **keep_session(const char *dir) {
  char **paths = calloc(FILES + 1, sizeof *paths);
  if (paths == NULL) cli_fail("not enough memory");
  for (int i = 0; i <= FILES; i++) paths[i] = strdup(i < FILES ? in(dir, session_files[i]) : dir);
  for (int i = 0; i <= FILES; i++) {
    if (paths[i] == NULL) cli_fail("not enough memory");
  }
  cli_keep(paths, clean_up);
  return paths;
}

static void close_file(void *file) { (void)fclose((FILE *)file); }

/* The request's words; which command it is stands first. It is one line, and after TEMPORARY the same line for every case:
 * nothing lasts there from one case to the next that could tell PSPP to write it once. */
static pspp_words read_request(const char *path, int *command) {
  static const char *const commands[] = {"CSTABULATE", "CSPLAN", NULL};
  FILE *file = fopen(path, "rb");
  if (file == NULL) cli_fail("there are no cases");
  cli_keep(file, close_file);
  cli_text line = {0};
  for (int c = 0; (c = getc(file)) != EOF && c != '\n';) cli_add_bytes(&line, &(char){(char)c}, 1);
  if (line.used == 0) cli_fail("there are no cases");
  char *text = line.bytes;
  size_t size = line.used;
  while (size > 0 && strchr(" \r", text[size - 1]) != NULL) text[--size] = '\0';
  /* the macro ends the request by a semicolon */
  if (size == 0 || text[size - 1] != ';') cli_fail("the request is too long for PSPP to hand on");
  text[size - 1] = '\0';
  pspp_words words = pspp_split(text);
  words.command = "weeg pspp";
  *command = pspp_one_of(&words, commands);
  words.command = commands[*command];
  return words;
}

static void run(const char *dir) {
  char **paths = keep_session(dir);
  int command = 0;
  cli_text out = {0};
  if (access(paths[PENDING], F_OK) == 0) {
    cli_fail("an earlier CSTABULATE or CSPLAN was not carried out (inside DO IF or LOOP?) and is still pending; EXECUTE, or "
             "CLEAR TRANSFORMATIONS, and give this command again");
  }
  pspp_words words = read_request(paths[REQUEST], &command);
  if (command == 0) {
    const pspp_request request = pspp_parse(&words);
    if (access(paths[DATA], R_OK) != 0) cli_fail("CSTABULATE: PSPP could not save the active data set");
    pspp_answer(&request, paths[DATA], &out);
  } else {
    pspp_answer_plan(&words, &out);
  }
  cli_addf(&out, "HOST COMMAND=[\"exec '%s' pspp end '%s'\"].\n", program_path(), dir);
  write_file(paths[RESULT], &out, PRIVATE);
  (void)unlink(paths[REQUEST]);
  (void)unlink(paths[DATA]);
  for (int i = 0; i <= FILES; i++) paths[i][0] = '\0';  /* done: the result stays, until PSPP has read it */
}

/* The folder of all sessions, for the path that a command comes with. */
static void check_place(int command, const char *path) {
  if (command == INIT) {
    check_folder(folder_of(path), false);
    make_folder(path, 0700);
  }
  check_folder(command == INIT || command == CHECK ? path : folder_of(path), true);
}

void cli_pspp(const cli_options *options) {
  static const char *const known[] = {"install", "init", "check", "begin", "run", "end", NULL};
  const cli_list *words = &options->arguments;
  if (words->count == 0) cli_usage("weeg pspp needs install");
  const int what = cli_one_of(words->item[0], known, "weeg pspp");
  if (words->count != (what == INSTALL ? 1 : 2)) {
    cli_usage("weeg pspp %s takes %s", known[what], what == INSTALL ? "no more" : "a path");
  }
  if (what == INSTALL) {
    install(options);
    return;
  }
  if (options->output != NULL) cli_usage("--output is for weeg pspp install");
  /* PSPP shows what a command says on standard output among its own */
  (void)dup2(STDOUT_FILENO, STDERR_FILENO);
  const char *path = words->item[1];
  check_place(what, path);
  switch (what) {
  case INIT: init(path); break;
  case BEGIN: begin(path); break;
  case RUN: run(path); break;
  case END: remove_session(path); break;
  default: break;
  }
}
